/* np_comm.c - what ranks say to each other; under mpirun with any number */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chorus/comm.h"

#define RANK_MAX 64

static struct ch_comm *comm;
static int rank, size;
static struct ch_err e;

static int clear_error(void **state)
{
    (void)state;
    e = (struct ch_err) CH_ERR_INIT;
    return 0;
}

static void broadcast_brings_rank_0s_bytes(void **state)
{
    char text[16] = "";

    (void)state;
    if (rank == 0)
        strcpy(text, "from rank 0");
    assert_int_equal(ch_comm_broadcast(comm, text, sizeof text, &e), 0);
    assert_string_equal(text, "from rank 0");
}

/* Rank r gives r bytes of the letter 'a' + r: rank 0 gives none. */
static void gather_joins_pieces_of_any_length_in_rank_order(void **state)
{
    char mine[RANK_MAX], all[RANK_MAX * RANK_MAX], expected[sizeof all];
    size_t bytes[RANK_MAX], total = 0;

    (void)state;
    memset(mine, 'a' + rank, sizeof mine);
    for (int r = 0; r < size; r++) {
        bytes[r] = (size_t)r;
        memset(expected + total, 'a' + r, (size_t)r);
        total += (size_t)r;
    }
    assert_int_equal(ch_comm_gather(comm, mine, all, bytes, &e), 0);
    assert_memory_equal(all, expected, total);
}

static void gather_takes_a_piece_that_is_in_its_place(void **state)
{
    int all[RANK_MAX];
    size_t bytes[RANK_MAX];

    (void)state;
    for (int r = 0; r < size; r++) {
        all[r] = -1;
        bytes[r] = sizeof *all;
    }
    all[rank] = 7 * rank;
    assert_int_equal(ch_comm_gather(comm, &all[rank], all, bytes, &e), 0);
    for (int r = 0; r < size; r++)
        assert_int_equal(all[r], 7 * r);
}

/* Rank r sends q + 1 floats 100 r + q to rank q: uneven, and rank 0 sends
 * nothing to rank 1. */
static size_t sent(int from, int to)
{
    return from == 0 && to == 1 ? 0 : (size_t)to + 1;
}

static void exchange_brings_every_piece_to_its_rank(void **state)
{
    float send[RANK_MAX * (RANK_MAX + 1)], receive[RANK_MAX * (RANK_MAX + 1)];
    size_t to_count[RANK_MAX], to_start[RANK_MAX];
    size_t from_count[RANK_MAX], from_start[RANK_MAX], out = 0, in = 0;
    struct ch_comm_part to = { to_count, to_start };
    struct ch_comm_part from = { from_count, from_start };

    (void)state;
    for (int q = 0; q < size; q++) {
        to_start[q] = out;
        to_count[q] = sent(rank, q);
        for (size_t i = 0; i < to_count[q]; i++)
            send[out++] = (float)(100 * rank + q);
        from_start[q] = in;
        from_count[q] = sent(q, rank);
        in += from_count[q];
    }
    assert_int_equal(ch_comm_exchange(comm, send, to, receive, from, &e), 0);
    for (int q = 0; q < size; q++)
        for (size_t i = 0; i < from_count[q]; i++)
            assert_true(receive[from_start[q] + i] == (float)(100 * q + rank));
}

static void shared_memory_is_zeroed_and_aligned(void **state)
{
    void *all[RANK_MAX];

    (void)state;
    assert_int_equal(ch_comm_share(comm, 1000 * (size_t)(rank + 1), all, &e),
                     0);
    for (int r = 0; r < size; r++) {
        const unsigned char *at = all[r];

        assert_int_equal((uintptr_t)at % 64, 0);
        for (size_t i = 0; i < 1000 * (size_t)(r + 1); i++)
            assert_int_equal(at[i], 0);
    }
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
}

static void what_is_written_before_a_fence_is_seen_by_all_after(void **state)
{
    void *all[RANK_MAX];

    (void)state;
    assert_int_equal(ch_comm_share(comm, sizeof(int), all, &e), 0);
    for (int round = 1; round < 100; round++) {
        *(int *)all[rank] = round * (rank + 1);
        assert_int_equal(ch_comm_fence(comm, &e), 0);
        for (int r = 0; r < size; r++)
            assert_int_equal(*(int *)all[r], round * (r + 1));
        assert_int_equal(ch_comm_fence(comm, &e), 0);
    }
}

static void a_page_is_seen_by_all_and_given_again(void **state)
{
    void *all[RANK_MAX], *again[RANK_MAX];

    (void)state;
    assert_int_equal(ch_comm_page(comm, all, &e), 0);
    *(int *)all[rank] = rank + 1;
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
    for (int r = 0; r < size; r++)
        assert_int_equal(*(int *)all[r], r + 1);
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
    assert_int_equal(ch_comm_page(comm, again, &e), 0);
    for (int r = 0; r < size; r++) {
        assert_ptr_equal(again[r], all[r]);
        assert_int_equal(*(int *)all[r], 0);
    }
}

static void calls_are_counted_when_they_begin_and_end(void **state)
{
    uint64_t calls = 0;
    int x = 0;

    (void)state;
    ch_comm_watch(comm, &calls);
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
    assert_int_equal(calls, 2);
    assert_int_equal(ch_comm_broadcast(comm, &x, sizeof x, &e), 0);
    assert_int_equal(calls, 4);
    ch_comm_watch(comm, NULL);
    assert_int_equal(ch_comm_barrier(comm, &e), 0);
    assert_int_equal(calls, 4);
}

static void agree_of_well_ranks_is_0_and_leaves_the_error(void **state)
{
    (void)state;
    assert_int_equal(ch_comm_agree(comm, 0, &e), 0);
    assert_int_equal(e.code, 0);
    assert_string_equal(e.msg, "");
}

static void agree_tells_all_the_error_of_the_lowest_failing_rank(void **state)
{
    char expected[256], host[64];
    int rc = 0;

    (void)state;
    gethostname(host, sizeof host);
    if (rank >= size / 2)       /* also of one rank */
        rc = ch_fail_at(&e, CH_EFORMAT, "file", 17, "bad things on %d", rank);
    assert_int_equal(ch_comm_agree(comm, rc, &e), CH_EFORMAT);
    snprintf(expected, sizeof expected, "rank %d (%s): file: byte 17: bad "
             "things on %d", size / 2, host, size / 2);
    if (size == 1)
        snprintf(expected, sizeof expected, "file: byte 17: bad things on 0");
    assert_string_equal(e.msg, expected);
    assert_int_equal(e.code, CH_EFORMAT);
    assert_string_equal(e.path, "file");
    assert_int_equal(e.offset, 17);
}

static void ranks_of_one_machine_are_on_one_host(void **state)
{
    int host[RANK_MAX];

    (void)state;
    assert_int_equal(ch_comm_is_one_host(comm), 1);
    assert_int_equal(ch_comm_hosts(comm, host, &e), 0);
    for (int r = 0; r < size; r++)
        assert_int_equal(host[r], 0);
    assert_true(rank >= 0 && rank < size);
    assert_true(strlen(ch_comm_host(comm)) > 0);
}

enum { COUNTERS = 3, TIMES = 500 };

/* Every number is given to one rank only. */
static void count_all_ranks(void)
{
    static char mine[RANK_MAX * TIMES], all[RANK_MAX * RANK_MAX * TIMES];
    size_t bytes[RANK_MAX], total = (size_t)size * TIMES;
    int64_t before = -1, last = -1;

    memset(mine, 0, sizeof mine);
    assert_int_equal(ch_comm_counters(comm, COUNTERS, &e), 0);
    for (int i = 0; i < TIMES; i++) {
        assert_int_equal(ch_comm_count(comm, 1, 1, &before, &e), 0);
        assert_in_range(before, 0, total - 1);
        assert_true(before > last);
        mine[before] = 1;
        last = before;
    }
    assert_int_equal(ch_comm_count(comm, 2, 0, &before, &e), 0);
    assert_int_equal(before, 0);
    assert_int_equal(ch_comm_count_last(comm, &e), 0);
    for (int r = 0; r < size; r++)
        bytes[r] = total;
    assert_int_equal(ch_comm_gather(comm, mine, all, bytes, &e), 0);
    for (size_t i = 0; i < total; i++) {
        int given = 0;
        for (int r = 0; r < size; r++)
            given += all[(size_t)r * total + i];
        assert_int_equal(given, 1);
    }
}

static void counters_count_all_ranks(void **state)
{
    (void)state;
    count_all_ranks();
}

/* Rank 0 answers by message between hosts. */
static void counters_that_are_asked_count_all_ranks(void **state)
{
    struct ch_comm *before = comm;

    (void)state;
    setenv("CHORUS_COUNTERS", "messages", 1);
    assert_int_equal(ch_comm_open(&comm, &e), 0);
    count_all_ranks();
    ch_comm_close(comm);
    comm = before;
    unsetenv("CHORUS_COUNTERS");
}

static void ranks_that_may_run_anywhere_share_the_cores(void **state)
{
    size_t cores = 0;

    (void)state;
    assert_int_equal(ch_comm_cores(comm, &cores, &e), 0);
    assert_in_range(cores, 1, (size_t)sysconf(_SC_NPROCESSORS_ONLN));
    /* The tests run unbound. */
    if (size >= sysconf(_SC_NPROCESSORS_ONLN))
        assert_int_equal(cores, 1);
}

#define TEST(f) cmocka_unit_test_setup(f, clear_error)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(broadcast_brings_rank_0s_bytes),
        TEST(gather_joins_pieces_of_any_length_in_rank_order),
        TEST(gather_takes_a_piece_that_is_in_its_place),
        TEST(exchange_brings_every_piece_to_its_rank),
        TEST(shared_memory_is_zeroed_and_aligned),
        TEST(what_is_written_before_a_fence_is_seen_by_all_after),
        TEST(a_page_is_seen_by_all_and_given_again),
        TEST(calls_are_counted_when_they_begin_and_end),
        TEST(agree_of_well_ranks_is_0_and_leaves_the_error),
        TEST(agree_tells_all_the_error_of_the_lowest_failing_rank),
        TEST(ranks_of_one_machine_are_on_one_host),
        TEST(counters_count_all_ranks),
        TEST(counters_that_are_asked_count_all_ranks),
        TEST(ranks_that_may_run_anywhere_share_the_cores),
    };
    int failed;

    if (ch_comm_open(&comm, &e)) {
        fprintf(stderr, "np_comm: %s\n", e.msg);
        return 1;
    }
    rank = ch_comm_rank(comm);
    size = ch_comm_size(comm);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed)      /* others may wait for ever */
        ch_comm_abort(comm, 1);
    ch_comm_close(comm);
    return 0;
}
