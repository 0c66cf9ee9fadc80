/* straggler.h - which rank the others wait for
 *
 * At the end of an epoch the ranks tell one another how long they loaded,
 * computed and waited: one small message, of clocks that are read anyway.
 */
#ifndef CH_TRAIN_STRAGGLER_H
#define CH_TRAIN_STRAGGLER_H

#include "train/phase.h"
#include "train/schedule.h"

/* Over the ranks, in seconds. */
struct ch_straggler_range {
    double min, median, max;
};

struct ch_straggler {
    struct ch_straggler_range load, compute, wait;
    int rank;                  /* that did most but waiting */
    char host[64];
};

struct ch_trainlog;
/* Collective.  Rank 0 logs what was found, for people and in log (NULL on other
 * ranks). */
int ch_straggler_tell(struct ch_comm *comm, const struct ch_phases *mine,
                      struct ch_trainlog *log, const struct ch_schedule *s,
                      struct ch_err *e);
/* Collective; *out is the same on all ranks. */
int ch_straggler_find(struct ch_comm *comm, const struct ch_phases *mine,
                      struct ch_straggler *out, struct ch_err *e);

#endif
