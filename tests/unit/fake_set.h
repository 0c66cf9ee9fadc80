/* fake_set.h - a data set in memory, in place of shards on disk
 *
 * A test that includes it defines what lanes and batches ask of a set.
 * Record i has counts[i] captions; caption c of it has words,
 * FAKE_WORDS(i, c) many, 0 to 9, and features i + f / 10.
 */
#ifndef TESTS_UNIT_FAKE_SET_H
#define TESTS_UNIT_FAKE_SET_H

#include <string.h>

#include "data/shard.h"

#define FAKE_CAPTIONS 20
#define FAKE_PLACES 4
#define FAKE_WORDS(i, c) (((i) * 7 + (c) * 3) % 10)

struct ch_set {
    const size_t *counts;
    size_t broken_record;        /* SIZE_MAX: none */
    int32_t broken_id;
    size_t features, grids_read;
    size_t damaged;              /* as many records, the first */
    unsigned char ids[FAKE_CAPTIONS][12 * 4];
};

/* The k-th id of a caption: <start>, words from 3, <end>. */
static inline int32_t fake_id(size_t i, size_t c, size_t k)
{
    if (k == 0)
        return CH_WORD_START;
    if (k == FAKE_WORDS(i, c) + 1)
        return CH_WORD_END;
    return (int32_t)(3 + (i + 5 * c + 11 * k) % 40);
}

int ch_set_captions(struct ch_set *s, size_t i, struct ch_caption_record *out,
                    struct ch_err *e)
{
    (void)e;
    memset(out, 0, sizeof *out);
    out->caption_count = s->counts[i];
    for (size_t c = 0; c < s->counts[i]; c++) {
        size_t n = FAKE_WORDS(i, c) + 2;

        for (size_t k = 0; k < n; k++) {
            int32_t id = fake_id(i, c, k);

            if (i == s->broken_record && k == 1)
                id = s->broken_id;
            for (int b = 0; b < 4; b++)
                s->ids[c][4 * k + (size_t)b] =
                    (unsigned char)((uint32_t)id >> (8 * b));
        }
        out->caption[c] = (struct ch_caption) {
            .id_count = n, .id = s->ids[c]
        };
    }
    return 0;
}

int ch_set_check(struct ch_set *s, size_t i, bool is_grid,
                 struct ch_caption_record *out, struct ch_err *e)
{
    (void)is_grid;
    if (i < s->damaged)
        return ch_fail(e, CH_EFORMAT, "record %zu is damaged", i);
    return ch_set_captions(s, i, out, e);
}

/* Place l has 100 l added. */
int ch_set_grid(struct ch_set *s, size_t i, float *value, struct ch_err *e)
{
    (void)e;
    s->grids_read++;
    for (size_t l = 0; l < FAKE_PLACES; l++)
        for (size_t f = 0; f < s->features; f++)
            value[l * s->features + f] = (float)i + (float)f / 10 +
                                         100 * (float)l;
    return 0;
}

int ch_set_feature(struct ch_set *s, size_t i, float *value, struct ch_err *e)
{
    (void)e;
    for (size_t f = 0; f < s->features; f++)
        value[f] = (float)i + (float)f / 10;
    return 0;
}

#endif
