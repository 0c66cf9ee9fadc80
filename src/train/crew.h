/* crew.h - the threads that share the lanes of a rank
 *
 * A lane is one piece of work, computed by one thread in the same way whichever
 * it is: so threads, as ranks, change nothing but the time.
 *
 * Life:     open -> run ... -> close
 * Threads:  one thread opens, runs and closes.
 * Memory:   nothing is allocated by run.
 */
#ifndef CH_TRAIN_CREW_H
#define CH_TRAIN_CREW_H

#include "chorus/err.h"

#include <stddef.h>

#define CH_CREW_MOST 64

/* Work on a lane, as thread number `member` of the crew. */
typedef int (*ch_crew_fn)(void *context, size_t lane, size_t member,
                          struct ch_err *e);

struct ch_crew;
/* For lanes [first, end).  1 thread: the caller itself. */
int ch_crew_open(struct ch_crew **out, size_t threads, size_t first,
                 size_t end, struct ch_err *e);
void ch_crew_close(struct ch_crew *c);       /* NULL is fine */

/* work() on every lane, once, also after one failed; the error is that of the
 * lowest lane. */
int ch_crew_run(struct ch_crew *c, ch_crew_fn work, void *context,
                struct ch_err *e);

/* Between the two one member at a time. */
void ch_crew_enter(struct ch_crew *c);
void ch_crew_leave(struct ch_crew *c);

#endif
