/* test_phase.c - the table of where the time goes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "train/phase.h"

static const struct ch_phases two[] = {
    { { 1, 2, 3, 4, 0, 5, 5 } }, { { 3, 2, 3, 4, 1, 5, 2 } }
};

static void expect_row(size_t row, const char *expected)
{
    char text[128];

    ch_phases_row(two, 2, row, text, sizeof text);
    assert_string_equal(text, expected);
}

static void a_row_says_mean_part_and_extremes(void **state)
{
    (void)state;
    expect_row(0, "phase     mean s      %   least s (rank)   "
               "most s (rank)");
    expect_row(1 + CH_PHASE_LOAD,
               "load        2.00   10.0      1.00 (0)         3.00 (1)");
    expect_row(1 + CH_PHASE_UPDATE,
               "update      3.50   17.5      2.00 (1)         5.00 (0)");
    expect_row(1 + CH_PHASES,
               "all        20.00  100.0     20.00 (0)        20.00 (0)");
}

static void a_rank_that_did_nothing_has_rows_too(void **state)
{
    const struct ch_phases none = { { 0 } };
    char text[128];

    (void)state;
    ch_phases_row(&none, 1, 1, text, sizeof text);
    assert_string_equal(text, "load        0.00    0.0      0.00 (0)     "
                        "    0.00 (0)");
}

static void a_long_row_is_cut(void **state)
{
    char text[8];

    (void)state;
    ch_phases_row(two, 2, 1, text, sizeof text);
    assert_string_equal(text, "load   ");
}

static void sums_are_of_phases(void **state)
{
    struct ch_phases p = two[0];

    (void)state;
    ch_phases_add(&p, &two[1]);
    assert_true(p.s[CH_PHASE_WAIT] == 1);
    assert_true(ch_phases_total(&p) == 40);
    assert_true(ch_phases_compute(&two[0]) == 9);
}

static void one_rank_gathers_itself(void **state)
{
    struct ch_comm *comm = NULL;
    struct ch_err e = CH_ERR_INIT;
    struct ch_phases all[1] = { { { 0 } } };

    (void)state;
    assert_int_equal(ch_comm_open(&comm, &e), 0);
    assert_int_equal(ch_phases_gather(comm, &two[1], all, &e), 0);
    assert_memory_equal(all, &two[1], sizeof *all);
    ch_comm_close(comm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_says_mean_part_and_extremes),
        cmocka_unit_test(a_rank_that_did_nothing_has_rows_too),
        cmocka_unit_test(a_long_row_is_cut),
        cmocka_unit_test(sums_are_of_phases),
        cmocka_unit_test(one_rank_gathers_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
