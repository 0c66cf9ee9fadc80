/* arena.c - memory for one step, forgotten at once
 *
 * Under ASan every piece is followed by a gap that is poisoned like all memory
 * not given out, so running off a piece is found at once.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#if defined __SANITIZE_ADDRESS__
#define HAS_ASAN 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(at, n) ASAN_POISON_MEMORY_REGION(at, n)
#define UNPOISON(at, n) ASAN_UNPOISON_MEMORY_REGION(at, n)
#define GAP 64
#else
#define POISON(at, n) ((void)(at), (void)(n))
#define UNPOISON(at, n) ((void)(at), (void)(n))
#define GAP 0
#endif

/* A cache line, and the widest vector of any kernel. */
#define ALIGN 64

int ch_mul_ok(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* *out = n rounded up to whole lines; 0 when it does not fit. */
static int round_up(size_t n, size_t *out)
{
    if (n > SIZE_MAX - ALIGN - GAP)
        return 0;
    *out = (n + ALIGN - 1) / ALIGN * ALIGN;
    return 1;
}

/* Nothing is one line, so that NULL always means no memory. */
void *ch_block_room(size_t count, size_t size)
{
    size_t bytes;

    if (!ch_mul_ok(count, size, &bytes) || !round_up(bytes, &bytes))
        return NULL;
    return aligned_alloc(ALIGN, bytes ? bytes : ALIGN);
}

void *ch_block_get(size_t count, size_t size)
{
    void *block = ch_block_room(count, size);

    if (block)
        memset(block, 0, count * size);
    return block;
}

void ch_block_release(void *block)
{
    free(block);
}

int ch_arena_init(struct ch_arena *a, size_t bytes, struct ch_err *e)
{
    *a = (struct ch_arena){ 0 };
    a->block = ch_block_room(bytes, 1);
    if (!a->block)
        return ch_fail(e, CH_ENOMEM,
                       "cannot get %zu bytes for one step; "
                       "make the batch smaller", bytes);
    a->size = bytes;
    POISON(a->block, bytes);
    return 0;
}

void ch_arena_release(struct ch_arena *a)
{
    if (a->block)
        UNPOISON(a->block, a->size);
    ch_block_release(a->block);
    *a = (struct ch_arena){ 0 };
}

size_t ch_arena_need(size_t count, size_t size)
{
    size_t bytes;

    /* More than there is of anything: the arena's init then refuses. */
    if (!ch_mul_ok(count, size, &bytes) || !round_up(bytes, &bytes))
        return SIZE_MAX;
    return bytes + GAP;
}

void *ch_arena_get(struct ch_arena *a, size_t count, size_t size)
{
    size_t need = ch_arena_need(count, size);
    unsigned char *piece = a->block + a->used;

    assert(need <= a->size - a->used);
    UNPOISON(piece, count * size);
    a->used += need;
    if (a->used > a->peak)
        a->peak = a->used;
    return piece;
}

void ch_arena_reset(struct ch_arena *a)
{
    if (a->block)
        POISON(a->block, a->size);
    a->used = 0;
}
