/* fuzz_vocab.c - any bytes as vocabulary.txt, and as a caption */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/vocab.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A vocabulary that was taken is written, and taken again as the same. */
static void check_vocab(const uint8_t *bytes, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer text = { 0 };
    struct ch_vocab *v, *again;

    if (ch_vocab_parse(&v, (const char *)bytes, n, "input", &e))
        return;
    ch_vocab_text(v, &text);
    if (ch_vocab_parse(&again, text.at, text.size, "copy", &e) ||
        ch_vocab_hash(v) != ch_vocab_hash(again))
        abort();
    for (size_t i = 0; i < ch_vocab_size(v); i++) {
        const char *word = ch_vocab_word(v, (int32_t)i);
        if (ch_vocab_id(again, word, strlen(word)) != (int32_t)i)
            abort();
    }
    ch_vocab_close(again);
    ch_vocab_close(v);
    ch_buffer_release(&text);
}

/* A normalised caption is UTF-8 without blanks at its ends, and its own
 * vocabulary gives it back. */
static void check_caption(const uint8_t *bytes, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer text = { 0 }, back = { 0 };
    struct ch_vocab_builder *b = NULL;
    struct ch_vocab *v = NULL;
    int32_t *id = calloc(n + 3, sizeof *id);

    if (id && ch_text_normalise((const char *)bytes, n, &text, &e) == 0 &&
        text.size > 0) {
        if (ch_text_check(text.at, text.size) < text.size ||
            text.at[0] == ' ' || text.at[text.size - 1] == ' ' ||
            ch_vocab_builder_open(&b, &e) ||
            ch_vocab_builder_count(b, text.at, &e) ||
            ch_vocab_build(b, 0, 1, &v, NULL, &e))
            abort();
        ch_vocab_decode(v, id, ch_vocab_encode(v, text.at, n, id), &back);
        if (strcmp(back.at, text.at) != 0)
            abort();
    }
    ch_vocab_close(v);
    ch_vocab_builder_close(b);
    ch_buffer_release(&back);
    ch_buffer_release(&text);
    free(id);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    check_vocab(bytes, n);
    check_caption(bytes, n);
    return 0;
}
