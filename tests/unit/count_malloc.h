/* count_malloc.h - how often a test asks for memory
 *
 * Not with the sanitizers, whose malloc must stay: CAN_COUNT_MALLOC is 0 then.
 * valgrind puts its own malloc in place of this one, and nothing is counted.
 */
#ifndef TESTS_UNIT_COUNT_MALLOC_H
#define TESTS_UNIT_COUNT_MALLOC_H

#include <stdlib.h>

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) &&         \
    defined(__GLIBC__)
#define CAN_COUNT_MALLOC 1

static size_t allocations;
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t alignment, size_t n);

void *malloc(size_t n)
{
    allocations++;
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    allocations++;
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    allocations++;
    return __libc_realloc(p, n);
}

void *aligned_alloc(size_t alignment, size_t n)
{
    allocations++;
    return __libc_memalign(alignment, n);
}
#else
#define CAN_COUNT_MALLOC 0
#endif

#endif
