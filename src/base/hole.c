/* hole.c - memory that is given back, and is zeros when it is used again */
#include "base/hole.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Linux 5.14; headers may be older. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* The whole pages in [at, end), or those that it touches. */
struct pages {
    char *at;
    size_t bytes;
};

static struct pages inner(char *at, size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t skip = (page - (uintptr_t)at % page) % page;

    if (skip >= bytes)
        return (struct pages) { at, 0 };
    return (struct pages) { at + skip, (bytes - skip) / page * page };
}

static struct pages outer(char *at, size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), skip = (uintptr_t)at % page;

    return (struct pages) { at - skip,
                            (skip + bytes + page - 1) / page * page };
}

static int advice_of(enum ch_hole how)
{
    return how == CH_HOLE_SHARED ? MADV_REMOVE : MADV_DONTNEED;
}

/* Is a page zero after it is given back so? */
static bool is_way(enum ch_hole how, struct pages p)
{
    volatile char *first = p.at;
    bool is_zero;

    *first = 1;
    is_zero = !madvise(p.at, p.bytes, advice_of(how)) && !*first;
    *first = 0;
    return is_zero;
}

enum ch_hole ch_hole_find(void *at, size_t bytes)
{
    struct pages p = inner(at, bytes);

    if (!p.bytes)
        return CH_HOLE_NONE;
    if (is_way(CH_HOLE_SHARED, p))
        return CH_HOLE_SHARED;
    return is_way(CH_HOLE_PRIVATE, p) ? CH_HOLE_PRIVATE : CH_HOLE_NONE;
}

void ch_hole_make(enum ch_hole how, void *at, size_t bytes)
{
    char *begin = at, *end = begin + bytes;
    struct pages p = inner(at, bytes);

    if (how == CH_HOLE_NONE || !p.bytes ||
        madvise(p.at, p.bytes, advice_of(how))) {
        memset(at, 0, bytes);
        return;
    }
    memset(begin, 0, (size_t)(p.at - begin));
    memset(p.at + p.bytes, 0, (size_t)(end - p.at) - p.bytes);
}

bool ch_hole_fill(enum ch_hole how, void *at, size_t bytes)
{
    struct pages p = outer(at, bytes);

    /* A system that does not know the advice says EINVAL. */
    return how == CH_HOLE_NONE ||
           !madvise(p.at, p.bytes, MADV_POPULATE_WRITE) || errno == EINVAL;
}
