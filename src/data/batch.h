/* batch.h - examples become the arrays one step of a lane computes on
 *
 * Rows are captions, sorted by falling length (equal lengths stay in the
 * order of the lane), so at time t the first live[t] rows still have a word.
 * Words are time-major: all rows' first words, then all second words, ...;
 * there is no padding.
 *
 * Life:     init -> fill ... -> release
 * Memory:   nothing is allocated after init.
 */
#ifndef CH_DATA_BATCH_H
#define CH_DATA_BATCH_H

#include "data/lanes.h"

struct ch_batch_rows {
    size_t B, T, N, F;       /* captions, most words, all words, features */
    size_t *live;            /* [T] */
    int32_t *input;          /* [N] words fed, from <start> */
    int32_t *target;         /* [N] words to predict, to <end> */
    size_t L;                /* places of a grid; 0: pooled features */
    size_t M;                /* images: grids are read once each */
    float *feature;          /* [B][F], or [M][L][F], as stored */
    uint32_t *image;         /* [B] a row's image */
    uint32_t *example;       /* [B] numbers in the data set */

    size_t room_B, room_T;
    struct ch_caption_record *record;
    struct ch_batch_pick *pick;      /* [B] examples while they are sorted */
    int32_t *ids;                    /* [B][T + 1] of the rows */
};

/* Room for B captions of T words to predict, with pooled features (L = 0) or
 * grids of L places. */
int ch_batch_init(struct ch_batch_rows *b, size_t B, size_t T, size_t L,
                  size_t F, struct ch_err *e);
void ch_batch_release(struct ch_batch_rows *b);   /* zeroed is fine */

/* `count` examples of the lane, from place `first` of its order; 0 makes an
 * empty batch.  vocab_size: word ids must be below it. */
int ch_batch_fill(struct ch_batch_rows *b, struct ch_set *set,
                  const struct ch_lane *lane, size_t first, size_t count,
                  size_t vocab_size, struct ch_err *e);

#endif
