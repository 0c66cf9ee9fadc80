/* stop.h - signals and clocks that ask a run to stop
 *
 * TERM, INT, USR1, USR2 and XCPU are remembered, and heard at the end of the
 * step; a second INT ends the process at once.  A rank alone may hear one, or
 * find the time over: it wishes, and all ranks act on the wishes of all.
 *
 * A shard that is cut short while it is mapped ends the process with one
 * sentence, and exit code 1, where it would otherwise be a crash (SIGBUS); so
 * does any other mapped file, which is named.
 *
 * Life:     watch -> asked ... -> forget
 */
#ifndef CH_TRAIN_STOP_H
#define CH_TRAIN_STOP_H

#include <stdint.h>

/* Signals go here; what was done with them before comes back with forget. */
void ch_stop_watch(void);
void ch_stop_forget(void);
/* A bit for the signal that was caught; 0: none was. */
uint64_t ch_stop_wish(void);
/* "SIGTERM": of the first of some bits. */
const char *ch_stop_name(uint64_t wish);

/* Seconds until the job's end as SLURM_JOB_END_TIME says it (a time since
 * 1970), a margin for the checkpoint taken off; 0 when it does not.  Never
 * below 1. */
double ch_stop_job_end_s(void);

#endif
