/* fuzz_meteor.c - any bytes as captions, and as the data of METEOR
 *
 * The first byte tells which: 'd' and the rest is a file of data, whose hash is
 * made to fit so that what is behind it is reached; anything else and the rest
 * is a caption and, behind the first line, its reference.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/tiny_meteor.h"
#include "base/hash.h"
#include "score/meteor_align.h"
#include "score/meteor_norm.h"
#include "score/meteor_stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Matches ascend, lie inside, and share no word. */
static void check_matches(const struct ch_meteor_match *m, size_t count,
                          const struct ch_meteor_sentence *hyp,
                          const struct ch_meteor_sentence *ref)
{
    unsigned char used[CH_METEOR_MAX_WORDS] = { 0 };
    size_t next = 0;

    for (size_t i = 0; i < count; i++) {
        if (m[i].ref < next || m[i].hyp + m[i].hyp_words > hyp->words)
            abort();
        next = (size_t)m[i].ref + m[i].ref_words;
        for (size_t k = m[i].hyp; k < (size_t)m[i].hyp + m[i].hyp_words; k++)
            if (used[k]++)
                abort();
    }
    if (next > ref->words)
        abort();
}

static void align(const struct ch_meteor_book *b)
{
    struct ch_meteor_sentence hyp = ch_meteor_book_sentence(b, 0);
    struct ch_meteor_sentence ref = ch_meteor_book_sentence(b, 1);
    const struct ch_meteor_match *match;
    struct ch_meteor_aligner *a;
    struct ch_meteor_stats s;
    struct ch_err e = CH_ERR_INIT;
    size_t count;
    double score;

    if (ch_meteor_align_open(&a, &e) ||
        ch_meteor_align_pair(a, b, &hyp, &ref, &match, &count, &e))
        abort();
    check_matches(match, count, &hyp, &ref);
    ch_meteor_stats_count(&s, b, &hyp, &ref, match, count);
    score = ch_meteor_stats_score(&s);
    if (!(score >= 0 && score <= 1 + 1e-12))
        abort();
    ch_meteor_align_close(a);
}

/* Both ways, so that phrases of either side are looked up. */
static void compare(const struct ch_meteor_data *d, const char *hyp, size_t h,
                    const char *ref, size_t r)
{
    struct ch_meteor_book *b;
    struct ch_err e = CH_ERR_INIT;

    if (ch_meteor_book_open(&b, d, &e))
        abort();
    if (!ch_meteor_book_add(b, hyp, h, &e) &&
        !ch_meteor_book_add(b, ref, r, &e))
        align(b);
    ch_meteor_book_close(b);
}

static void read_data(const uint8_t *bytes, size_t n)
{
    static const char hyp[] = "the dogs next to a man saw geese . a lot of v.";
    static const char ref[] = "a person beside the hound sees many geese . Mr.";
    char *copy = malloc(n + 1);
    struct ch_meteor_data *d;
    struct ch_err e = CH_ERR_INIT;

    if (!copy)
        abort();
    if (n)
        memcpy(copy, bytes, n);
    if (n >= CH_METEOR_HASHED) {
        uint64_t hash = ch_hash(copy + CH_METEOR_HASHED, n - CH_METEOR_HASHED);

        memcpy(copy + 16, &hash, sizeof hash);
    }
    if (!ch_meteor_data_read(&d, copy, n, "input", &e)) {
        compare(d, hyp, strlen(hyp), ref, strlen(ref));
        compare(d, ref, strlen(ref), hyp, strlen(hyp));
    }
    ch_meteor_data_close(d);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct ch_meteor_data *data;
    const char *text = (const char *)bytes + 1, *end;

    if (n == 0)
        return 0;
    if (bytes[0] == 'd') {
        read_data(bytes + 1, n - 1);
        return 0;
    }
    if (!data)
        data = tiny_meteor_open();
    end = memchr(text, '\n', n - 1);
    if (end)
        compare(data, text, (size_t)(end - text), end + 1,
                n - 2 - (size_t)(end - text));
    else
        compare(data, text, n - 1, text, n - 1);
    return 0;
}
