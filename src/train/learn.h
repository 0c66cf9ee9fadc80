/* learn.h - what a lane learns at the run's place
 *
 * Everything that a lane's gradient depends on is here: weights, the examples
 * of (epoch, step, lane), and the random numbers of their places.
 */
#ifndef CH_TRAIN_LEARN_H
#define CH_TRAIN_LEARN_H

#include "train/phase.h"
#include "train/replica.h"

/* Who learns what, from when on, and how long it took: load to backward. */
struct ch_learn_task {
    size_t lane, desk;
    bool is_alone;             /* its gradient is added to nothing */
    double begun_s;
    struct ch_phases phases;
};
/* Load a lane of the step that is next; its loss, and its gradient to where it
 * goes. */
int ch_learn_lane(struct ch_replica *r, struct ch_learn_task *task,
                  struct ch_replica_report *report, struct ch_err *e);

/* All own lanes, by all threads.  task and report are of all lanes; how each
 * fared is in its report, and e is the error of the lowest that failed. */
void ch_learn_lanes(struct ch_replica *r, struct ch_learn_task *task,
                    struct ch_replica_report *report, struct ch_err *e);

/* The loss of some examples of the lane's order alone, without a gradient. */
int ch_learn_part(struct ch_replica *r, size_t lane, size_t first,
                  size_t count, double *loss, struct ch_err *e);

#endif
