/* np_reduce.c - lanes summed the same way by any number of ranks
 *
 * The sum is written down once more here, in the order that was promised; all
 * ranks must have its bits, with shared memory and without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "train/reduce.h"

enum { LANES = 7, COUNT = 5 * CH_SUM_BLOCK + 123 };

static struct ch_comm *comm;
static int rank, size;
static struct ch_err e;

/* Floats that may be blank, or none: whole blocks, and parts of two others. */
enum { BLANK_FIRST = 100, BLANK_END = COUNT - 200 };
static bool has_blank;

/* Nobody uses block 2. */
static bool is_blank(size_t lane, size_t i, int round)
{
    size_t block = i / CH_SUM_BLOCK;

    return has_blank && i >= BLANK_FIRST && i < BLANK_END &&
           (block == 2 || (2 * block + lane + (size_t)round) % 4);
}

/* A gradient whose sum depends on the order of the lanes. */
static float gradient(size_t lane, size_t i, int round)
{
    uint32_t x = (uint32_t)(lane * 2654435761u + i * 40503u + 77u *
                            (uint32_t)round);

    if (is_blank(lane, i, round))
        return 0;
    x ^= x >> 15;
    x *= 0x2c1b3c6du;
    x ^= x >> 12;
    return ((float)(x & 0xffff) - 32768.0f) * (lane % 2 ? 1e-3f : 3.0f);
}

/* In pairs: the first half, rounded up, and the others. */
static float sum_of(size_t first, size_t end, size_t i, int round)
{
    size_t mid = first + (end - first + 1) / 2;

    return end - first == 1 ? gradient(first, i, round)
                            : sum_of(first, mid, i, round) +
                                  sum_of(mid, end, i, round);
}

static float expected_sum(size_t i, int round)
{
    return sum_of(0, LANES, i, round);
}

static double expected_squares(int round)
{
    static float block[CH_SUM_BLOCK];
    double sum = 0;

    for (size_t at = 0; at < COUNT; at += CH_SUM_BLOCK) {
        size_t n = COUNT - at < CH_SUM_BLOCK ? COUNT - at : CH_SUM_BLOCK;

        for (size_t i = 0; i < n; i++)
            block[i] = expected_sum(at + i, round);
        sum += ch_kernel_get()->sum_squares(n, block);
    }
    return sum;
}

static void write_lanes(struct ch_reduce *r, int round)
{
    for (size_t l = r->first_lane; l < r->end_lane; l++) {
        if (!r->lane[l].is_added)
            ch_reduce_blank(r, l);
        for (size_t i = 0; i < COUNT; i++) {
            if (r->is_shared && is_blank(l, i, round))
                continue;
            assert_int_equal(ch_reduce_use(r, l, i, i + 1, &e), 0);
            r->grad[l][i] = gradient(l, i, round) +
                            (r->lane[l].is_added ? r->grad[l][i] : 0);
        }
        assert_int_equal(ch_reduce_fold(r, l, &e), 0);
    }
}

/* Of any number of threads, another at each rank. */
static size_t threads_of(const char *way)
{
    return strcmp(way, "exchange") ? 1 + (size_t)rank % 3 : 1;
}

static void open_reduce(struct ch_reduce *r, const char *way)
{
    e = (struct ch_err) CH_ERR_INIT;
    setenv("CHORUS_REDUCE", way, 1);
    assert_int_equal(ch_reduce_init(r, comm, &(struct ch_reduce_size) {
                                        COUNT, 2, LANES, threads_of(way),
                                        has_blank ? BLANK_FIRST : 0,
                                        has_blank ? BLANK_END : 0
                                    }, &e), 0);
    assert_int_equal(r->is_shared, !strcmp(way, "shared"));
}

static void check_sums(const char *way)
{
    static struct ch_reduce r;

    open_reduce(&r, way);
    for (int round = 0; round < 3; round++) {
        write_lanes(&r, round);
        assert_int_equal(ch_reduce_sum(&r, &e), 0);
        for (size_t i = r.first; i < r.end; i++)
            assert_true(r.sum[i - r.first] == expected_sum(i, round));
        assert_true(r.square_sum == expected_squares(round));
        assert_int_equal(ch_reduce_publish(&r, &e), 0);
    }
    ch_reduce_release(&r);
}

/* Also where nothing is shared, and all is used. */
static void what_is_blank_is_zero_in_the_sums(void **state)
{
    static struct ch_reduce r;

    (void)state;
    has_blank = true;
    check_sums("shared");
    check_sums("exchange");
    open_reduce(&r, "shared");
    write_lanes(&r, 0);
    assert_int_equal(ch_reduce_sum(&r, &e), 0);
    for (size_t b = r.first / CH_SUM_BLOCK; b * CH_SUM_BLOCK < r.end; b++)
        assert_int_equal(r.sum_used[b - r.first / CH_SUM_BLOCK], b != 2);
    assert_int_equal(ch_reduce_publish(&r, &e), 0);
    ch_reduce_release(&r);
    has_blank = false;
}

static void lanes_are_added_as_a_tree_in_shared_memory(void **state)
{
    (void)state;
    check_sums("shared");
}

static void lanes_are_added_as_a_tree_when_they_are_sent(void **state)
{
    (void)state;
    check_sums("exchange");
}

static void hosts_add_up_before_they_send(void **state)
{
    (void)state;
    check_sums("hosts:2");
    check_sums("hosts:3");
    check_sums("hosts:100");
}

static void of_a_host_one_part_is_sent(void **state)
{
    static struct ch_reduce r;
    size_t sent = 0;

    (void)state;
    open_reduce(&r, "hosts:100");
    for (size_t i = 0; i < r.part_count; i++)
        sent += !r.is_added[i];
    assert_int_equal(sent, 1);
    assert_int_equal(r.merge_count, 0);
    ch_reduce_release(&r);
}

/* The same up to rounding: MPI chooses the order. */
static void check_plain_sums(const char *way)
{
    static struct ch_reduce r;
    double squares;

    open_reduce(&r, way);
    r.is_plain = true;
    for (int round = 0; round < 3; round++) {
        write_lanes(&r, round);
        assert_int_equal(ch_reduce_sum(&r, &e), 0);
        for (size_t i = r.first; i < r.end; i++) {
            float expected = expected_sum(i, round), most = 0;

            for (size_t l = 0; l < LANES; l++)
                most += fabsf(gradient(l, i, round));
            assert_true(fabsf(r.sum[i - r.first] - expected) <= 1e-6f * most);
        }
        squares = expected_squares(round);
        assert_true(fabs(r.square_sum - squares) <= 1e-5 * squares);
        assert_int_equal(ch_reduce_publish(&r, &e), 0);
    }
    ch_reduce_release(&r);
}

static void mpi_adds_the_same_but_for_rounding(void **state)
{
    (void)state;
    check_plain_sums("shared");
    check_plain_sums("exchange");
}

static void check_publish(const char *way)
{
    static struct ch_reduce r;

    open_reduce(&r, way);
    for (size_t i = r.first; i < r.end; i++)
        r.params[i] = (float)i;
    assert_int_equal(ch_reduce_publish(&r, &e), 0);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(r.params[i] == (float)i);
    assert_int_equal(ch_reduce_publish(&r, &e), 0);
    ch_reduce_release(&r);
}

static void every_rank_sees_all_slices_after_publish(void **state)
{
    (void)state;
    check_publish("shared");
    check_publish("exchange");
}

static void check_spread(const char *way)
{
    static struct ch_reduce r;

    open_reduce(&r, way);
    for (size_t i = 0; rank == 0 && i < COUNT; i++)
        r.params[i] = (float)(2 * i);
    assert_int_equal(ch_reduce_spread(&r, &e), 0);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(r.params[i] == (float)(2 * i));
    assert_int_equal(ch_reduce_spread(&r, &e), 0);
    ch_reduce_release(&r);
}

static void rank_0s_parameters_reach_all_ranks(void **state)
{
    (void)state;
    check_spread("shared");
    check_spread("exchange");
}

static void slices_go_to_rank_0_and_back(void **state)
{
    static struct ch_reduce r;
    float *all = NULL, *slice;
    size_t n;

    (void)state;
    open_reduce(&r, "exchange");
    n = r.end - r.first;
    slice = calloc(n + 1, sizeof *slice);
    assert_non_null(slice);
    if (rank == 0) {
        all = calloc(COUNT, sizeof *all);
        assert_non_null(all);
    }
    for (size_t i = 0; i < n; i++)
        slice[i] = (float)(r.first + i);
    assert_int_equal(ch_reduce_collect(&r, slice, all, &e), 0);
    for (size_t i = 0; rank == 0 && i < COUNT; i++) {
        assert_true(all[i] == (float)i);
        all[i] += 1;
    }
    assert_int_equal(ch_reduce_deal(&r, all, slice, &e), 0);
    for (size_t i = 0; i < n; i++)
        assert_true(slice[i] == (float)(r.first + i + 1));
    free(all);
    free(slice);
    ch_reduce_release(&r);
}

static void every_rank_knows_every_lanes_thing(void **state)
{
    uint64_t all[LANES] = { 0 };
    size_t end = ch_lanes_first(LANES, rank + 1, size);

    (void)state;
    for (size_t l = ch_lanes_first(LANES, rank, size); l < end; l++)
        all[l] = 10 + l;
    assert_int_equal(ch_reduce_lanes(comm, LANES, sizeof *all, all, &e), 0);
    for (size_t l = 0; l < LANES; l++)
        assert_int_equal(all[l], 10 + l);
}

static void a_way_that_is_not_known_is_refused_by_all(void **state)
{
    static struct ch_reduce r;

    (void)state;
    e = (struct ch_err) CH_ERR_INIT;
    setenv("CHORUS_REDUCE", "magic", 1);
    assert_int_equal(ch_reduce_init(&r, comm, &(struct ch_reduce_size) {
                                        COUNT, 0, LANES, 1, 0, 0
                                    }, &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "CHORUS_REDUCE is \"magic\", expected "
                           "shared, exchange or hosts:N"));
}

/* As of ranks on another host, where mpirun did not pass it on. */
static void what_rank_0_is_told_all_do(void **state)
{
    static struct ch_reduce r;

    (void)state;
    e = (struct ch_err) CH_ERR_INIT;
    if (rank == 0)
        setenv("CHORUS_REDUCE", "exchange", 1);
    else
        unsetenv("CHORUS_REDUCE");
    assert_int_equal(ch_reduce_init(&r, comm, &(struct ch_reduce_size) {
                                        COUNT, 0, LANES, 1, 0, 0
                                    }, &e), 0);
    assert_false(r.is_shared);
    ch_reduce_release(&r);
}

/* One lane is enough for one rank only. */
static void more_ranks_than_lanes_are_refused_with_the_remedy(void **state)
{
    int rc;

    (void)state;
    e = (struct ch_err) CH_ERR_INIT;
    rc = ch_reduce_check(comm, 1, &e);
    if (size == 1) {
        assert_int_equal(rc, 0);
        return;
    }
    assert_int_equal(rc, CH_EUSAGE);
    assert_non_null(strstr(e.msg, "ranks, but only 1 lane to share; start at "
                           "most 1 rank, or begin a run with --lanes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_are_added_as_a_tree_in_shared_memory),
        cmocka_unit_test(what_is_blank_is_zero_in_the_sums),
        cmocka_unit_test(lanes_are_added_as_a_tree_when_they_are_sent),
        cmocka_unit_test(hosts_add_up_before_they_send),
        cmocka_unit_test(of_a_host_one_part_is_sent),
        cmocka_unit_test(mpi_adds_the_same_but_for_rounding),
        cmocka_unit_test(every_rank_sees_all_slices_after_publish),
        cmocka_unit_test(rank_0s_parameters_reach_all_ranks),
        cmocka_unit_test(slices_go_to_rank_0_and_back),
        cmocka_unit_test(every_rank_knows_every_lanes_thing),
        cmocka_unit_test(a_way_that_is_not_known_is_refused_by_all),
        cmocka_unit_test(what_rank_0_is_told_all_do),
        cmocka_unit_test(more_ranks_than_lanes_are_refused_with_the_remedy),
    };
    int failed;

    if (ch_comm_open(&comm, &e)) {
        fprintf(stderr, "np_reduce: %s\n", e.msg);
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
