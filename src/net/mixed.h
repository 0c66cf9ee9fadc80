/* mixed.h - words fed in place of those of the caption
 *
 * Scheduled sampling (Bengio et al., NIPS 2015): with a probability, a word is
 * fed that the model itself draws from what it says after the words fed so
 * far; word dropout: with a probability, <unk> is fed.  What is predicted stays
 * the caption's.  The gradient does not go through what is drawn.
 *
 * Draws are a function of (seed, epoch, example, step).
 */
#ifndef CH_NET_MIXED_H
#define CH_NET_MIXED_H

#include "net/decoder.h"

struct ch_mixed {
    float sampling, unk_rate;   /* probabilities, their sum at most 1 */
    int32_t unk;                /* id of <unk> */
    uint64_t seed;
    uint32_t epoch;
};

/* Bytes of arena for up to B captions. */
size_t ch_mixed_bytes(const struct ch_decoder *d, size_t B);
/* input [N] becomes what is fed: the batch's own words but for those that are
 * drawn.  The first word of a caption stays.  Resets the arena. */
void ch_mixed_words(const struct ch_decoder *d, const float *params,
                    const struct ch_batch *batch, const struct ch_mixed *m,
                    int32_t *input, struct ch_arena *arena);

#endif
