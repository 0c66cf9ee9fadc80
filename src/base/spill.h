/* spill.h - memory that lies in a file without a name
 *
 * Large blocks are shared maps of one file: what the system has no room for it
 * writes there, and reads again when it is asked for.  So a list may be larger
 * than memory, and takes none that others need.  The room on the disk is taken
 * when a block is made, so a full disk is an error and no signal.  The file is
 * gone with the process, however it ends.
 *
 * Life:     open -> resize... -> (all blocks freed) -> close
 * Threads:  one at a time.
 */
#ifndef CH_BASE_SPILL_H
#define CH_BASE_SPILL_H

#include "chorus/err.h"

/* Smaller blocks are plain memory. */
#define CH_SPILL_FROM ((size_t)1 << 18)

struct ch_spill;
int ch_spill_open(struct ch_spill **out, const char *folder, struct ch_err *e);
void ch_spill_close(struct ch_spill *s);
/* As realloc(): a block of `old` bytes becomes one of `size`; size 0 frees it.
 * NULL, 0: there is none yet, and the new one is zero.  NULL when there is no
 * room, and the old block stays.  s NULL: all is plain memory. */
void *ch_spill_resize(struct ch_spill *s, void *at, size_t old, size_t size);
/* After a NULL: CH_EIO when the disk is full, CH_ENOMEM otherwise.  what: "the
 * annotations". */
int ch_spill_fail(const struct ch_spill *s, const char *what,
                  struct ch_err *e);

#endif
