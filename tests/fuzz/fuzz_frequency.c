/* fuzz_frequency.c - any bytes as document frequencies
 *
 * The hash is put behind them: without it nothing would come past the first
 * check.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "score/frequency.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct ch_ngram_set words(void)
{
    static const char *const reference[] = { "a dog runs on grass", "a b" };
    static const struct ch_score_item one = { "1", "a dog", reference, 2 };
    struct ch_ngram_set s;
    struct ch_err e = CH_ERR_INIT;

    if (ch_ngram_read(&s, &one, 1, &e))
        abort();
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    enum { LAST = sizeof "xxh3\t0123456789abcdef\n" };
    struct ch_ngram_set s = words();
    struct ch_err e = CH_ERR_INIT;
    uint64_t images = 0;
    char *text = malloc(n + LAST), hex[17];

    if (!text)
        abort();
    if (n)
        memcpy(text, bytes, n);
    ch_hash_hex(ch_hash(text, n), hex);
    snprintf(text + n, LAST, "xxh3\t%s\n", hex);
    if (!ch_frequency_parse(&s, CH_TOKENS_none, text, n + LAST - 1, "input",
                            &images, &e))
        for (size_t i = 0; i < s.id_count; i++)
            if (s.images[i] > images)
                abort();
    ch_ngram_release(&s);
    free(text);
    return 0;
}
