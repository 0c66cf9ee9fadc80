/* arena.c - memory for one step, forgotten at once
 *
 * Under ASan every piece is followed by a gap that is poisoned like all memory
 * not given out, so running off a piece is found at once.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* ---------------------------------------------------------- guarded blocks
 * They are few, and listed. */
struct guarded {
    struct guarded *next;
    void *block, *mapped;
    size_t bytes;              /* mapped */
};
static struct guarded *guarded;
static bool is_guarding;
static char is_locked;

static void lock(void)
{
    while (__atomic_test_and_set(&is_locked, __ATOMIC_ACQUIRE))
        continue;
}

static void unlock(void)
{
    __atomic_clear(&is_locked, __ATOMIC_RELEASE);
}

void ch_block_guard(bool on)
{
    is_guarding = on;
}

/* Pages, the last ones the block's, between two that cannot be touched. */
static void *get_guarded(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (bytes + page - 1) / page * page, all = room + 2 * page;
    struct guarded *g = all > bytes ? malloc(sizeof *g) : NULL;
    unsigned char *at = g ? mmap(NULL, all, PROT_NONE, MAP_PRIVATE |
                                 MAP_ANONYMOUS, -1, 0)
                          : MAP_FAILED;

    if (at == MAP_FAILED ||
        mprotect(at + page, room, PROT_READ | PROT_WRITE)) {
        if (at != MAP_FAILED)
            munmap(at, all);
        free(g);
        return NULL;
    }
    *g = (struct guarded) { .block = at + page + room - bytes, .mapped = at,
                            .bytes = all };
    lock();
    g->next = guarded;
    guarded = g;
    unlock();
    return g->block;
}

/* False: it is another block. */
static bool release_guarded(void *block)
{
    struct guarded **at = &guarded, *g;

    lock();
    while (*at && (*at)->block != block)
        at = &(*at)->next;
    g = *at;
    if (g)
        *at = g->next;
    unlock();
    if (!g)
        return false;
    munmap(g->mapped, g->bytes);
    free(g);
    return true;
}

/* Nothing is one line, so that NULL always means no memory. */
void *ch_block_room(size_t count, size_t size)
{
    size_t bytes;

    if (!ch_mul_ok(count, size, &bytes) || !round_up(bytes, &bytes))
        return NULL;
    if (!bytes)
        bytes = ALIGN;
    return is_guarding ? get_guarded(bytes) : aligned_alloc(ALIGN, bytes);
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
    if (!block || !release_guarded(block))
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
