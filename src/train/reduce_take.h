/* reduce_take.h - where parameters and gradients lie */
#ifndef CH_TRAIN_REDUCE_TAKE_H
#define CH_TRAIN_REDUCE_TAKE_H

#include "train/reduce.h"

/* Collective.  Memory for what ch_reduce_init() has planned: shared by all
 * ranks when it can be and is not forbidden, else what is sent, shared by the
 * ranks of each host. */
int ch_reduce_take(struct ch_reduce *r, struct ch_err *e);

#endif
