/* test_reduce.c - lanes of one rank; many ranks are np_reduce's */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "train/reduce.h"

enum { LANES = 3, COUNT = CH_SUM_BLOCK + 40 };

/* A lane's gradient: x everywhere, written or added. */
static void give(struct ch_reduce *r, size_t lane, float x)
{
    struct ch_err e = CH_ERR_INIT;

    for (size_t i = 0; i < COUNT; i++)
        r->grad[lane][i] = r->lane[lane].is_added ? r->grad[lane][i] + x : x;
    assert_int_equal(ch_reduce_fold(r, lane, &e), 0);
}

struct fixture {
    struct ch_comm *comm;
    struct ch_reduce reduce;
};

static int open_fixture(void **state, const char *way, size_t threads)
{
    static struct fixture f;
    struct ch_err e = CH_ERR_INIT;

    setenv("CHORUS_REDUCE", way, 1);
    *state = &f;
    return ch_comm_open(&f.comm, &e) ||
           ch_reduce_init(&f.reduce, f.comm, &(struct ch_reduce_size) {
                              COUNT, 1, LANES, threads, 0, 0
                          }, &e);
}

static int open_shared(void **state)
{
    return open_fixture(state, "shared", 1);
}

static int open_threads(void **state)
{
    return open_fixture(state, "shared", 2);
}

static int open_sent(void **state)
{
    return open_fixture(state, "exchange", 1);
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;

    ch_reduce_release(&f->reduce);
    ch_comm_close(f->comm);
    return 0;
}

/* 1 + 2^-24 + 2^-24 is 1 from the left, and 1 + 2^-23 the other way. */
static void lanes_are_added_as_the_tree_says(void **state)
{
    struct ch_reduce *r = &((struct fixture *)*state)->reduce;
    struct ch_err e = CH_ERR_INIT;

    give(r, 0, 1);
    give(r, 1, 0x1p-24f);
    give(r, 2, 0x1p-24f);
    assert_int_equal(ch_reduce_sum(r, &e), 0);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(r->sum[i] == 1.0f);
    assert_true(r->square_sum == COUNT);
}

static void one_rank_owns_all_lanes_and_parameters(void **state)
{
    const struct ch_reduce *r = &((struct fixture *)*state)->reduce;

    assert_int_equal(r->first_lane, 0);
    assert_int_equal(r->end_lane, LANES);
    assert_int_equal(r->first, 0);
    assert_int_equal(r->end, COUNT);
}

static void gradients_and_parameters_do_not_overlap(void **state)
{
    struct ch_reduce *r = &((struct fixture *)*state)->reduce;
    struct ch_err e = CH_ERR_INIT;

    for (size_t l = 0; l < LANES; l++)
        give(r, l, (float)(l + 1));
    for (size_t i = 0; i < COUNT; i++)
        r->params[i] = 9;
    assert_int_equal(ch_reduce_sum(r, &e), 0);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(r->sum[i] == 1 + 2 + 3);
}

static void a_gradient_that_is_not_a_number_shows_in_the_sum(void **state)
{
    struct ch_reduce *r = &((struct fixture *)*state)->reduce;
    struct ch_err e = CH_ERR_INIT;

    give(r, 0, 0);
    give(r, 1, 0);
    memset(r->grad[1], 0xff, sizeof(float));      /* a NaN */
    give(r, 2, 0);
    assert_int_equal(ch_reduce_sum(r, &e), 0);
    assert_true(r->square_sum != r->square_sum);
}

static void a_plain_sum_of_one_rank_is_the_same(void **state)
{
    struct ch_reduce *r = &((struct fixture *)*state)->reduce;

    r->is_plain = true;
    lanes_are_added_as_the_tree_says(state);
}

#define ALL(f)                                                                \
    { #f " (shared)", f, open_shared, close_fixture, NULL },                   \
    { #f " (threads)", f, open_threads, close_fixture, NULL },                 \
    { #f " (sent)", f, open_sent, close_fixture, NULL }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(lanes_are_added_as_the_tree_says),
        ALL(a_plain_sum_of_one_rank_is_the_same),
        ALL(one_rank_owns_all_lanes_and_parameters),
        ALL(gradients_and_parameters_do_not_overlap),
        ALL(a_gradient_that_is_not_a_number_shows_in_the_sum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
