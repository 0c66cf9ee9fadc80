/* guard.h - nothing that is not finite gets into a checkpoint
 *
 * A loss or a gradient that is not finite stops the run before its step
 * changes a weight, and names rank, lane, images and the tensor where it shows
 * first; weights or an optimiser's state that are not finite are not saved.
 *
 * Ranks:    all functions are collective.  Each returns 0, or CH_EFORMAT and
 *           sets r->is_nan on all ranks, or another error.
 */
#ifndef CH_TRAIN_GUARD_H
#define CH_TRAIN_GUARD_H

#include "train/replica.h"

/* report: of all lanes, gathered. */
int ch_guard_losses(struct ch_replica *r,
                    const struct ch_replica_report *report, struct ch_err *e);
/* After ch_reduce_sum(): its square_sum is a number when all values are. */
int ch_guard_gradient(struct ch_replica *r, struct ch_err *e);
/* Weights and the optimiser's state, before they are saved. */
int ch_guard_weights(struct ch_replica *r, struct ch_err *e);

#endif
