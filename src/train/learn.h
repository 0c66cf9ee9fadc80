/* learn.h - what a lane learns at the run's place
 *
 * Everything that a lane's gradient depends on is here: weights, the examples
 * of (epoch, step, lane), and the random numbers of their places.
 */
#ifndef CH_TRAIN_LEARN_H
#define CH_TRAIN_LEARN_H

#include "train/replica.h"

/* Load lane `lane` of the step that is next; its loss and, into the lane's
 * place, its gradient.  loaded_s: the clock after loading. */
int ch_learn_lane(struct ch_replica *r, size_t lane,
                  struct ch_replica_report *report, double *loaded_s,
                  struct ch_err *e);

/* The loss of some examples of the lane's order alone, without a gradient. */
int ch_learn_part(struct ch_replica *r, size_t lane, size_t first,
                  size_t count, double *loss, struct ch_err *e);

#endif
