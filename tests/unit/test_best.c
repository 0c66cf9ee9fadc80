/* test_best.c - scores, and the n best */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "caption/best.h"

static void scores_are_the_formulas(void **state)
{
    struct ch_decode_options o = { .length_power = 0.7 };

    (void)state;
    o.length = CH_LENGTH_NONE;
    assert_true(ch_best_score(&o, -6, 3) == -6);
    o.length = CH_LENGTH_AVERAGE;
    assert_true(ch_best_score(&o, -6, 3) == -1.5);
    o.length = CH_LENGTH_POWER;
    assert_true(fabs(ch_best_score(&o, -6, 3) + 6 / pow(4, 0.7)) < 1e-12);
    o.length = CH_LENGTH_WU;
    assert_true(fabs(ch_best_score(&o, -6, 3) + 6 / pow(1.5, 0.7)) < 1e-12);
    assert_true(ch_best_score(&o, -6, 0) == -6);
}

static void put(struct ch_best *b, int32_t word, double score, bool is_set)
{
    struct ch_hypothesis h = { .count = 1, .id = { word }, .score = score };

    ch_best_put(b, &h, is_set);
}

static void the_best_come_first_and_equal_ones_as_they_came(void **state)
{
    struct ch_hypothesis at[3];
    struct ch_best b = { .at = at, .most = 3 };

    (void)state;
    put(&b, 5, -2, true);
    put(&b, 6, -1, true);
    put(&b, 7, -2, true);
    put(&b, 8, -2, true);
    put(&b, 9, -1, true);
    assert_int_equal(b.count, 3);
    assert_int_equal(at[0].id[0], 6);
    assert_int_equal(at[1].id[0], 9);
    assert_int_equal(at[2].id[0], 5);
}

static void what_is_there_is_put_twice_only_when_drawn(void **state)
{
    struct ch_hypothesis at[3];
    struct ch_best b = { .at = at, .most = 3 };

    (void)state;
    put(&b, 5, -2, true);
    put(&b, 5, -2, true);
    assert_int_equal(b.count, 1);
    put(&b, 5, -2, false);
    assert_int_equal(b.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_the_formulas),
        cmocka_unit_test(the_best_come_first_and_equal_ones_as_they_came),
        cmocka_unit_test(what_is_there_is_put_twice_only_when_drawn),
    };

    return cmocka_run_group_tests_name("best", tests, NULL, NULL);
}
