/* test_reduce_blank.c - what of a lane's gradient is blank, and what is used;
 * the sums are np_reduce's */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "train/reduce_blank.h"

enum { LANES = 4, BLOCKS = 5, COUNT = (BLOCKS - 1) * CH_SUM_BLOCK + 50,
       FIRST = 100, END = COUNT - 10 };

struct fixture {
    struct ch_comm *comm;
    struct ch_reduce reduce;
};

static int open_fixture(void **state, const char *way)
{
    static struct fixture f;
    struct ch_err e = CH_ERR_INIT;

    setenv("CHORUS_REDUCE", way, 1);
    *state = &f;
    return ch_comm_open(&f.comm, &e) ||
           ch_reduce_init(&f.reduce, f.comm, &(struct ch_reduce_size) {
                              COUNT, 1, LANES, 1, FIRST, END
                          }, &e);
}

static int open_shared(void **state)
{
    return open_fixture(state, "shared");
}

static int open_sent(void **state)
{
    return open_fixture(state, "exchange");
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;

    ch_reduce_release(&f->reduce);
    ch_comm_close(f->comm);
    return 0;
}

static void expect_used(struct ch_reduce *r, size_t lane,
                        const char used[BLOCKS + 1])
{
    for (size_t b = 0; b < BLOCKS; b++)
        assert_int_equal(ch_reduce_used(r, r->grad[lane])[b], used[b] - '0');
}

static void whole_blocks_are_blank_until_they_are_used(void **state)
{
    struct ch_reduce *r = &((struct fixture *)*state)->reduce;
    struct ch_err e = CH_ERR_INIT;

    expect_used(r, 0, "10001");
    assert_int_equal(ch_reduce_use(r, 0, 2 * CH_SUM_BLOCK - 1,
                                   2 * CH_SUM_BLOCK + 1, &e), 0);
    expect_used(r, 0, "11101");
    ch_reduce_blank(r, 0);
    expect_used(r, 0, "10001");
}

static void blanking_clears_the_range_and_nothing_beside_it(void **state)
{
    struct ch_reduce *r = &((struct fixture *)*state)->reduce;
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_reduce_use(r, 0, 0, COUNT, &e), 0);
    for (size_t i = 0; i < COUNT; i++)
        r->grad[0][i] = 1;
    ch_reduce_blank(r, 0);
    for (size_t i = 0; i < COUNT; i++)
        assert_true(r->grad[0][i] == (i < FIRST || i >= END ? 1.0f : 0.0f));
}

/* Lane 2 is in the second buffer, to which lane 3 is added before the fold. */
static void a_fold_uses_what_either_lane_used(void **state)
{
    struct ch_reduce *r = &((struct fixture *)*state)->reduce;
    struct ch_err e = CH_ERR_INIT;

    for (size_t l = 0; l < LANES; l++) {
        if (!r->lane[l].is_added) {
            memset(r->grad[l], 0, COUNT * sizeof(float));
            ch_reduce_blank(r, l);
        }
        if (l % 2 == 0) {
            size_t at = (1 + l / 2) * CH_SUM_BLOCK;

            assert_int_equal(ch_reduce_use(r, l, at, at + 1, &e), 0);
            r->grad[l][at] = 1;
        }
        assert_int_equal(ch_reduce_fold(r, l, &e), 0);
    }
    expect_used(r, 0, "11101");
    assert_int_equal(ch_reduce_sum(r, &e), 0);
    assert_true(r->square_sum == 2);
    assert_ptr_equal(r->sum_used, ch_reduce_used(r, r->grad[0]));
    assert_true(r->sum[2 * CH_SUM_BLOCK] == 1.0f);
}

static void what_is_sent_has_no_blank_blocks(void **state)
{
    struct ch_reduce *r = &((struct fixture *)*state)->reduce;

    assert_true(r->blank_first == r->blank_end);
    assert_null(r->sum_used);
    expect_used(r, 0, "11111");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            whole_blocks_are_blank_until_they_are_used, open_shared,
            close_fixture),
        cmocka_unit_test_setup_teardown(
            blanking_clears_the_range_and_nothing_beside_it, open_shared,
            close_fixture),
        cmocka_unit_test_setup_teardown(a_fold_uses_what_either_lane_used,
                                        open_shared, close_fixture),
        cmocka_unit_test_setup_teardown(what_is_sent_has_no_blank_blocks,
                                        open_sent, close_fixture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
