/* arena.h - memory for one step, forgotten at once
 *
 * One aligned allocation made at the start; pieces are taken from it and all
 * given back together.  Asking beyond its size is a programmer's error
 * (assert): sizes are computed beforehand.  Under ASan the pieces are kept
 * apart by poisoned gaps.
 *
 * Threads:  one arena per thread.
 */
#ifndef CH_BASE_ARENA_H
#define CH_BASE_ARENA_H

#include "chorus/err.h"

#include <stdbool.h>

struct ch_arena {
    unsigned char *block;
    size_t size, used, peak;
};

int ch_arena_init(struct ch_arena *a, size_t bytes, struct ch_err *e);
void ch_arena_release(struct ch_arena *a);   /* zeroed struct is fine */

/* count pieces of `size` bytes, 64-byte aligned, not zeroed. */
void *ch_arena_get(struct ch_arena *a, size_t count, size_t size);
/* Room that ch_arena_get(count, size) takes: for computing sizes. */
size_t ch_arena_need(size_t count, size_t size);
void ch_arena_reset(struct ch_arena *a);

/* A block of its own, 64-byte aligned and zeroed; NULL when there is none.
 * Released with ch_block_release().  room: not zeroed, so pages that nobody
 * writes to take no memory. */
void *ch_block_get(size_t count, size_t size);
void *ch_block_room(size_t count, size_t size);
void ch_block_release(void *block);
/* From now on a block ends at a page that nobody may touch, and another lies
 * before it: running off it ends the process there and then. */
void ch_block_guard(bool on);

/* *out = a * b; 0 when it does not fit, for numbers from outside. */
int ch_mul_ok(size_t a, size_t b, size_t *out);

#endif
