/* debug.h - what a debug run tells of its steps
 *
 * Of each lane its loss and a hash of its gradient, of each tensor the norm of
 * the step's gradient, and of each rank a hash of the weights that the step
 * left.  Nothing of it depends on the number of ranks, so the lines of two jobs
 * can be compared; and a lane's with what --replay tells of it.
 */
#ifndef CH_TRAIN_DEBUG_H
#define CH_TRAIN_DEBUG_H

#include "train/replica.h"

/* Of the values of all tensors, the gaps between them left out. */
uint64_t ch_debug_hash(const struct ch_decoder *d, const float *x);
/* Root of the sum of the squares of a tensor's values. */
double ch_debug_norm(const struct ch_param_info *tensor, const float *x);

/* Own lanes, computed and not yet summed: in a debug run each has a place of
 * its own. */
void ch_debug_lanes(const struct ch_replica *r,
                    const struct ch_replica_report *report);
/* One of them, at the step that is next. */
void ch_debug_lane(const struct ch_replica *r, size_t lane,
                   const struct ch_replica_report *report);
/* Collective.  After ch_reduce_sum(), of so many words. */
int ch_debug_gradient(struct ch_replica *r, uint64_t words, struct ch_err *e);
/* The weights, as this rank holds them after its step. */
void ch_debug_weights(const struct ch_replica *r);

#endif
