/* phase.h - where the time of a rank's steps goes
 *
 * Every step is timed; a clock is read a dozen times in it.  What several
 * threads do at once counts as one thread's part of it.
 *
 * Ranks:    only gather and tell are collective.
 * Memory:   nothing is allocated but by tell.
 */
#ifndef CH_TRAIN_PHASE_H
#define CH_TRAIN_PHASE_H

#include "chorus/comm.h"

enum ch_phase {
    CH_PHASE_LOAD,           /* read, standardise */
    CH_PHASE_FORWARD,        /* up to the output layer */
    CH_PHASE_OUTPUT,         /* the output layer and the loss, there and back */
    CH_PHASE_BACKWARD,       /* the rest of the gradient */
    CH_PHASE_WAIT,           /* for other threads and ranks, and their data */
    CH_PHASE_SUM,            /* gradients of lanes into one */
    CH_PHASE_UPDATE,         /* the optimiser, and what else a step does */
    CH_PHASES
};

struct ch_phases {
    double s[CH_PHASES];     /* seconds */
};

const char *ch_phase_name(enum ch_phase phase);
void ch_phases_add(struct ch_phases *to, const struct ch_phases *more);
double ch_phases_total(const struct ch_phases *p);
/* Loss and gradient: from forward to backward. */
double ch_phases_compute(const struct ch_phases *p);

/* Collective.  mine arrives as all[rank] at every rank. */
int ch_phases_gather(struct ch_comm *comm, const struct ch_phases *mine,
                     struct ch_phases *all, struct ch_err *e);

/* A table of all phases over n ranks, for people: columns are the mean, its
 * part of the whole, and the ranks that took least and most.  Row 0 is the
 * head, row CH_PHASES + 1 the sum; the text is cut at `size`. */
#define CH_PHASE_ROWS (CH_PHASES + 2)
void ch_phases_row(const struct ch_phases *all, size_t n, size_t row,
                   char *text, size_t size);

/* Collective.  Rank 0 logs the table of what the ranks did, under a title. */
int ch_phases_tell(struct ch_comm *comm, const struct ch_phases *mine,
                   const char *title, struct ch_err *e);

#endif
