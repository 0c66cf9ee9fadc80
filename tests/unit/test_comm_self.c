/* test_comm_self.c - a job of one rank */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "chorus/comm.h"

static int open_comm(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    return ch_comm_open((struct ch_comm **)state, &e);
}

static int close_comm(void **state)
{
    ch_comm_close(*state);
    return 0;
}

static void a_job_without_mpirun_is_rank_0_of_1(void **state)
{
    int host = 1;

    assert_int_equal(ch_comm_rank(*state), 0);
    assert_int_equal(ch_comm_size(*state), 1);
    assert_int_equal(ch_comm_is_one_host(*state), 1);
    assert_int_equal(ch_comm_hosts(*state, &host, NULL), 0);
    assert_int_equal(host, 0);
    assert_true(strlen(ch_comm_host(*state)) > 0);
}

static void agree_returns_the_own_error_unchanged(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    int rc = ch_fail(&e, CH_EIO, "the disk is full");

    assert_int_equal(ch_comm_agree(*state, rc, &e), CH_EIO);
    assert_string_equal(e.msg, "the disk is full");
    assert_int_equal(ch_comm_agree(*state, 0, &e), 0);
}

static void gather_copies_the_own_piece(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    size_t bytes = 3;
    char all[4] = "...";

    assert_int_equal(ch_comm_gather(*state, "abc", all, &bytes, &e), 0);
    assert_string_equal(all, "abc");
    assert_int_equal(ch_comm_gather(*state, all, all, &bytes, &e), 0);
    assert_string_equal(all, "abc");
}

static void exchange_moves_the_own_piece_to_its_place(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    const float send[4] = { 1, 2, 3, 4 };
    float receive[4] = { 0 };
    size_t count = 2, from = 1, to = 2;

    assert_int_equal(ch_comm_exchange(*state, send,
                                      (struct ch_comm_part) { &count, &from },
                                      receive,
                                      (struct ch_comm_part) { &count, &to },
                                      &e), 0);
    assert_true(receive[0] == 0 && receive[1] == 0);
    assert_true(receive[2] == 2 && receive[3] == 3);
}

static void share_gives_zeroed_memory_on_64_bytes(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    void *all = NULL;

    assert_int_equal(ch_comm_share(*state, 1000, &all, &e), 0);
    assert_int_equal((uintptr_t)all % 64, 0);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(((unsigned char *)all)[i], 0);
}

static void the_65th_shared_memory_is_refused(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    void *all;

    for (int i = 0; i < 64; i++)
        assert_int_equal(ch_comm_share(*state, 1, &all, &e), 0);
    assert_int_equal(ch_comm_share(*state, 1, &all, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "more than 64 shared memories");
}

static void waiting_for_nobody_ends_at_once(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    int x = 5;

    assert_int_equal(ch_comm_barrier(*state, &e), 0);
    assert_int_equal(ch_comm_fence(*state, &e), 0);
    assert_int_equal(ch_comm_broadcast(*state, &x, sizeof x, &e), 0);
    assert_int_equal(x, 5);
}

static void counters_count(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    int64_t before = -1;
    size_t cores = 0;

    assert_int_equal(ch_comm_cores(*state, &cores, &e), 0);
    assert_true(cores >= 1);
    assert_int_equal(ch_comm_counters(*state, 2, &e), 0);
    assert_int_equal(ch_comm_count(*state, 1, 3, &before, &e), 0);
    assert_int_equal(before, 0);
    assert_int_equal(ch_comm_count(*state, 1, 1, &before, &e), 0);
    assert_int_equal(before, 3);
    assert_int_equal(ch_comm_count(*state, 0, 1, &before, &e), 0);
    assert_int_equal(before, 0);
}

static void close_accepts_null(void **state)
{
    (void)state;
    ch_comm_close(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_comm, close_comm)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_job_without_mpirun_is_rank_0_of_1),
        TEST(agree_returns_the_own_error_unchanged),
        TEST(gather_copies_the_own_piece),
        TEST(exchange_moves_the_own_piece_to_its_place),
        TEST(share_gives_zeroed_memory_on_64_bytes),
        TEST(the_65th_shared_memory_is_refused),
        TEST(waiting_for_nobody_ends_at_once),
        TEST(counters_count),
        cmocka_unit_test(close_accepts_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
