/* test_hole.c - holes are zeros, and what is beside them stays */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/hole.h"

enum { PAGES = 8, SKIP = 64 };

static size_t page(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t resident(unsigned char *at)
{
    unsigned char in[PAGES];
    size_t count = 0;

    assert_int_equal(mincore(at, PAGES * page(), in), 0);
    for (size_t i = 0; i < PAGES; i++)
        count += in[i] & 1;
    return count;
}

/* All but the first and last bytes, which share their pages with them. */
static void make(enum ch_hole how, unsigned char *at)
{
    size_t bytes = PAGES * page();

    memset(at, 7, bytes);
    ch_hole_make(how, at + SKIP, bytes - 2 * SKIP);
    for (size_t i = 0; i < bytes; i += SKIP / 2)
        assert_int_equal(at[i], i < SKIP || i >= bytes - SKIP ? 7 : 0);
}

static unsigned char *map(int flags)
{
    void *at = mmap(NULL, PAGES * page(), PROT_READ | PROT_WRITE,
                    flags | MAP_ANONYMOUS, -1, 0);

    assert_true(at != MAP_FAILED);
    return at;
}

static void pages_of_one_process_are_given_back(void **state)
{
    unsigned char *at = map(MAP_PRIVATE);

    (void)state;
    assert_int_equal(ch_hole_find(at, PAGES * page()), CH_HOLE_PRIVATE);
    make(CH_HOLE_PRIVATE, at);
    munmap(at, PAGES * page());
}

static void pages_that_are_shared_are_given_back(void **state)
{
    unsigned char *at = map(MAP_SHARED);

    (void)state;
    assert_int_equal(ch_hole_find(at, PAGES * page()), CH_HOLE_SHARED);
    make(CH_HOLE_SHARED, at);
    munmap(at, PAGES * page());
}

static void a_hole_takes_memory_only_where_it_is_filled(void **state)
{
    unsigned char *at = map(MAP_SHARED);

    (void)state;
    memset(at, 7, PAGES * page());
    assert_int_equal(resident(at), PAGES);
    ch_hole_make(CH_HOLE_SHARED, at, PAGES * page());
    assert_int_equal(resident(at), 0);
    assert_true(ch_hole_fill(CH_HOLE_SHARED, at + page() + 1, page()));
    at[page() + 1] = 1;
    at[2 * page()] = 1;
    assert_int_equal(resident(at), 2);
    munmap(at, PAGES * page());
}

/* A file of one page has no memory behind it, as a full file system has none:
 * writing there would end the process. */
static void no_memory_is_told_before_it_is_written(void **state)
{
    char path[] = "/tmp/chorus-test-hole-XXXXXX";
    int fd = mkstemp(path);
    unsigned char *at;

    (void)state;
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(ftruncate(fd, (off_t)page()), 0);
    at = mmap(NULL, 2 * page(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(at != MAP_FAILED);
    assert_true(ch_hole_fill(CH_HOLE_SHARED, at, page()));
    assert_false(ch_hole_fill(CH_HOLE_SHARED, at + page(), page()));
    munmap(at, 2 * page());
    close(fd);
}

/* Less than a page, or nothing that can be given back. */
static void where_there_are_no_holes_zeros_are_written(void **state)
{
    unsigned char *at = ch_block_get(PAGES, page());

    (void)state;
    assert_non_null(at);
    assert_int_equal(ch_hole_find(at, page() - 1), CH_HOLE_NONE);
    make(CH_HOLE_NONE, at);
    assert_true(ch_hole_fill(CH_HOLE_NONE, at, page()));
    ch_block_release(at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_of_one_process_are_given_back),
        cmocka_unit_test(pages_that_are_shared_are_given_back),
        cmocka_unit_test(a_hole_takes_memory_only_where_it_is_filled),
        cmocka_unit_test(no_memory_is_told_before_it_is_written),
        cmocka_unit_test(where_there_are_no_holes_zeros_are_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
