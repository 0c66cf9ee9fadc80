/* watchdog.h - no rank waits for ever
 *
 * Every rank has a thread that looks, some times in every --hang-timeout,
 * whether the rank's work goes on, and at the pulses of all ranks: those of its
 * host in memory they share, those of other hosts as they send them.  When work
 * has stood still for that time, the lowest rank that is well names those that
 * are not: a rank whose thread does not look any more (its process is stopped,
 * its host is cut off), or one that neither waits for others nor gets anywhere.
 * That one prints its own stack.  Then the job ends with exit code 1.
 *
 * A job that is stopped as a whole and goes on later has not been silent.
 *
 * Life:     open -> (the rank tells its pulse where it is) ... -> close
 * Ranks:    open is collective.
 */
#ifndef CH_TRAIN_WATCHDOG_H
#define CH_TRAIN_WATCHDOG_H

#include "data/shard.h"
#include "train/pulse.h"

struct ch_watchdog;
/* timeout_s 0: pulses are there, but nobody looks. */
int ch_watchdog_open(struct ch_watchdog **out, struct ch_comm *comm,
                     double timeout_s, struct ch_err *e);
void ch_watchdog_close(struct ch_watchdog *w);      /* NULL is fine */

/* Of a job that hangs every rank of this host prints its stack, not just who is
 * named. */
void ch_watchdog_tell_all(struct ch_watchdog *w);

/* Of this rank; until close. */
struct ch_pulse *ch_watchdog_pulse(struct ch_watchdog *w);
/* What the records of a pulse are of; both outlive the watchdog. */
void ch_watchdog_name_sets(struct ch_watchdog *w, const struct ch_set *train,
                           const struct ch_set *val);

#endif
