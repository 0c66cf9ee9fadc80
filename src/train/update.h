/* update.h - the summed gradient changes the parameters
 *
 * Adam with clipping by the norm of the mean gradient, as PyTorch's
 * clip_grad_norm_() and Adam.  The moments exist only for the own slice.
 */
#ifndef CH_TRAIN_UPDATE_H
#define CH_TRAIN_UPDATE_H

#include "chorus/train.h"
#include "kernel/kernel.h"

struct ch_update {
    size_t count;            /* floats of the slice */
    float *m, *v;            /* Adam's moments */
    double norm;             /* of the mean gradient of the last step, before
                                clipping */
};

int ch_update_init(struct ch_update *u, size_t count, struct ch_err *e);
void ch_update_release(struct ch_update *u);   /* zeroed is fine */

/* What a gradient that is a sum over `words` words is multiplied by so that it
 * is the mean, no longer than `clip` (0: any length).  *norm: of the mean. */
double ch_update_scale(double square_sum, uint64_t words, double clip,
                       double *norm);

/* One step on the own slice; block by block, so that it is cut the same way
 * for any number of ranks. */
void ch_update_step(struct ch_update *u, const struct ch_adam *a,
                    const float *sum, float *params);

#endif
