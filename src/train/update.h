/* update.h - the summed gradient changes the parameters
 *
 * PyTorch's optimisers and clipping, on the own slice of the parameters.  An
 * optimiser keeps none, one or two numbers per parameter: the blocks of its
 * state, one for the moving average of the weights (--ema) behind them.  They
 * exist only for the own slice.
 *
 * Weight decay spares vectors (biases): it is added to the gradient, but for
 * AdamW, which shrinks the weights themselves.
 */
#ifndef CH_TRAIN_UPDATE_H
#define CH_TRAIN_UPDATE_H

#include "chorus/train.h"
#include "kernel/kernel.h"
#include "net/decoder.h"

#define CH_UPDATE_BLOCKS 3

/* The names of the blocks in files, in their order; how many. */
size_t ch_update_blocks(const struct ch_train_options *o,
                        const char *name[CH_UPDATE_BLOCKS]);
/* Options that say "the optimiser's own" get its value. */
void ch_update_settle(struct ch_train_options *o);

struct ch_update {
    const struct ch_train_options *o;      /* settled */
    const struct ch_decoder *decoder;
    size_t first, count;     /* floats of the slice */
    size_t block_count;
    float *block[CH_UPDATE_BLOCKS];
    bool is_lent;            /* they lie in arrays of the caller's */
    float *ema;              /* one of the blocks, or NULL */
    const unsigned char *used;   /* set after init, or NULL; of each block of
                                the sum: 0: it is zero, and is not read */
    double norm;             /* of the mean gradient of the last step, before
                                clipping */
};

/* o and decoder are borrowed until release; so are `whole`, the arrays whose
 * slices the blocks are, zeroed, one for each; NULL: blocks of its own. */
int ch_update_init(struct ch_update *u, const struct ch_train_options *o,
                   const struct ch_decoder *decoder, size_t first,
                   size_t count, float *const *whole, struct ch_err *e);
void ch_update_release(struct ch_update *u);   /* zeroed is fine */

/* The averaged weights begin as the weights. */
void ch_update_begin_ema(struct ch_update *u, const float *params);
/* The own slice of params and the averaged weights change places. */
void ch_update_swap_ema(struct ch_update *u, float *params);

/* What a gradient that is a sum over `words` words is multiplied by so that it
 * is the mean, no longer than `clip` (0: any length).  *norm: of the mean. */
double ch_update_scale(double square_sum, uint64_t words, double clip,
                       double *norm);

/* Step number `step`, from 1, at a rate; scale: what makes the sum the mean,
 * clipped by norm. */
struct ch_update_at {
    uint64_t step;
    double rate, scale;
};
/* One step on the own slice; block by block, so that it is cut the same way
 * for any number of ranks.  sum is used up. */
void ch_update_step(struct ch_update *u, const struct ch_update_at *at,
                    float *sum, float *params);

#endif
