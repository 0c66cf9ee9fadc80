/* test_arena.c - pieces are aligned, apart, and never more than there is */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

#if defined __SANITIZE_ADDRESS__
#define HAS_ASAN 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#endif

static void pieces_are_aligned_and_apart(void **state)
{
    struct ch_arena a;
    struct ch_err e = CH_ERR_INIT;
    unsigned char *x, *y;

    (void)state;
    assert_int_equal(ch_arena_init(&a, ch_arena_need(3, 1) +
                                   ch_arena_need(10, 8), &e), 0);
    x = ch_arena_get(&a, 3, 1);
    y = ch_arena_get(&a, 10, 8);
    assert_int_equal((uintptr_t)x % 64, 0);
    assert_int_equal((uintptr_t)y % 64, 0);
    memset(x, 1, 3);
    memset(y, 2, 80);
    assert_int_equal(x[2], 1);
    assert_true(y >= x + 64);
    ch_arena_release(&a);
}

static void needs_summed_are_exactly_enough(void **state)
{
    struct ch_arena a;
    struct ch_err e = CH_ERR_INIT;
    size_t bytes = 0;

    (void)state;
    for (size_t i = 0; i < 200; i++)
        bytes += ch_arena_need(i, 4);
    assert_int_equal(ch_arena_init(&a, bytes, &e), 0);
    for (size_t i = 0; i < 200; i++)
        memset(ch_arena_get(&a, i, 4), 7, 4 * i);
    assert_int_equal(a.used, a.size);
    ch_arena_release(&a);
}

static void reset_gives_the_same_memory_again(void **state)
{
    struct ch_arena a;
    struct ch_err e = CH_ERR_INIT;
    void *x;

    (void)state;
    assert_int_equal(ch_arena_init(&a, ch_arena_need(100, 1), &e), 0);
    x = ch_arena_get(&a, 100, 1);
    ch_arena_reset(&a);
    assert_int_equal(a.used, 0);
    assert_ptr_equal(ch_arena_get(&a, 100, 1), x);
    assert_int_equal(a.peak, ch_arena_need(100, 1));
    ch_arena_release(&a);
}

static void asking_beyond_the_size_aborts(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    if (child == 0) {
        struct ch_arena a;
        struct ch_err e = CH_ERR_INIT;

        signal(SIGABRT, SIG_DFL);
        fclose(stderr);
        if (ch_arena_init(&a, 64, &e))
            _exit(1);
        ch_arena_get(&a, 1000, 1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

/* What ASan would stop at: the gap, memory not given out, and memory given
 * back. */
static void memory_that_is_nobodys_is_poisoned(void **state)
{
#ifdef HAS_ASAN
    struct ch_arena a;
    struct ch_err e = CH_ERR_INIT;
    unsigned char *x;

    (void)state;
    assert_int_equal(ch_arena_init(&a, 1024, &e), 0);
    assert_true(__asan_address_is_poisoned(a.block));
    x = ch_arena_get(&a, 100, 1);
    assert_false(__asan_address_is_poisoned(x + 99));
    assert_true(__asan_address_is_poisoned(x + 100));
    ch_arena_reset(&a);
    assert_true(__asan_address_is_poisoned(x));
    ch_arena_release(&a);
#else
    (void)state;
    skip();
#endif
}

static void more_than_memory_is_an_error(void **state)
{
    struct ch_arena a;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_arena_init(&a, SIZE_MAX, &e), CH_ENOMEM);
    assert_string_equal(e.msg, "cannot get 18446744073709551615 bytes for "
                        "one step; make the batch smaller");
    ch_arena_release(&a);
}

static void a_need_that_overflows_is_more_than_memory(void **state)
{
    (void)state;
    assert_true(ch_arena_need(SIZE_MAX / 2, 3) == SIZE_MAX);
    assert_true(ch_arena_need(SIZE_MAX, 1) == SIZE_MAX);
}

static void a_block_is_aligned_and_zeroed(void **state)
{
    unsigned char *b = ch_block_get(1000, 3);

    (void)state;
    assert_non_null(b);
    assert_int_equal((uintptr_t)b % 64, 0);
    for (size_t i = 0; i < 3000; i++)
        assert_int_equal(b[i], 0);
    ch_block_release(b);
}

/* What a child does with a guarded block ends it. */
static void expect_killed(ptrdiff_t offset, bool writes)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        volatile unsigned char *b;

        signal(SIGSEGV, SIG_DFL);
        ch_block_guard(true);
        b = ch_block_get(1000, 64);
        if (!b)
            _exit(1);
        if (writes)
            b[offset] = 1;
        else
            _exit(b[offset]);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static void running_off_a_guarded_block_ends_the_process(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip();                    /* it tells such an end in its own way */
#endif
    expect_killed(64000, false);
    expect_killed(64000, true);
    expect_killed(-4096, true);
}

static void a_guarded_block_is_aligned_and_zeroed(void **state)
{
    (void)state;
    ch_block_guard(true);
    for (size_t n = 0; n < 9000; n += 300) {
        unsigned char *b = ch_block_get(n, 1);

        assert_non_null(b);
        assert_int_equal((uintptr_t)b % 64, 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(b[i]++, 0);
        ch_block_release(b);
    }
    ch_block_release(NULL);
    assert_null(ch_block_get(SIZE_MAX / 4, 3));
    ch_block_guard(false);
}

static void a_block_of_nothing_is_not_null(void **state)
{
    void *b = ch_block_get(0, 4);

    (void)state;
    assert_non_null(b);
    ch_block_release(b);
    ch_block_release(NULL);
}

static void a_block_whose_size_overflows_is_null(void **state)
{
    (void)state;
    assert_null(ch_block_get(SIZE_MAX / 2, 4));
}

static void products_are_checked(void **state)
{
    size_t out = 1;

    (void)state;
    assert_true(ch_mul_ok(6, 7, &out));
    assert_int_equal(out, 42);
    assert_true(ch_mul_ok(SIZE_MAX, 1, &out));
    assert_false(ch_mul_ok(SIZE_MAX, 2, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_apart),
        cmocka_unit_test(needs_summed_are_exactly_enough),
        cmocka_unit_test(reset_gives_the_same_memory_again),
        cmocka_unit_test(asking_beyond_the_size_aborts),
        cmocka_unit_test(memory_that_is_nobodys_is_poisoned),
        cmocka_unit_test(more_than_memory_is_an_error),
        cmocka_unit_test(a_need_that_overflows_is_more_than_memory),
        cmocka_unit_test(a_block_is_aligned_and_zeroed),
        cmocka_unit_test(running_off_a_guarded_block_ends_the_process),
        cmocka_unit_test(a_guarded_block_is_aligned_and_zeroed),
        cmocka_unit_test(a_block_of_nothing_is_not_null),
        cmocka_unit_test(a_block_whose_size_overflows_is_null),
        cmocka_unit_test(products_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
