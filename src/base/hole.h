/* hole.h - memory that is given back, and is zeros when it is used again
 *
 * A hole is made of the whole pages of a range; until they are written they
 * take no memory.  Reading one may take its memory, too.
 *
 * Threads:  plain functions of what they are given.
 */
#ifndef CH_BASE_HOLE_H
#define CH_BASE_HOLE_H

#include <stdbool.h>
#include <stddef.h>

/* How pages are given back: those of this process, or those that processes
 * share; NONE: not at all, zeros are written. */
enum ch_hole { CH_HOLE_NONE, CH_HOLE_PRIVATE, CH_HOLE_SHARED };

/* Found by trying it on zeros that nobody uses. */
enum ch_hole ch_hole_find(void *at, size_t bytes);
/* All of it becomes zero. */
void ch_hole_make(enum ch_hole how, void *at, size_t bytes);
/* Before a part of a hole is written: false when there is no memory for it,
 * which writing would find out by a signal. */
bool ch_hole_fill(enum ch_hole how, void *at, size_t bytes);

#endif
