/* test_mean.c - intervals against published tables and examples */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "rate/mean.h"

static void assert_near(double found, double expected, double within)
{
    if (!(fabs(found - expected) <= within))
        fail_msg("expected %.9g, found %.9g", expected, found);
}

/* Any table of Student's distribution, two-sided. */
static void student_is_that_of_the_tables(void **state)
{
    static const struct { double level, freedom, t; } row[] = {
        { 0.95, 1, 12.706 }, { 0.95, 2, 4.303 }, { 0.95, 4, 2.776 },
        { 0.95, 9, 2.262 }, { 0.95, 30, 2.042 }, { 0.95, 120, 1.980 },
        { 0.99, 5, 4.032 }, { 0.90, 10, 1.812 }, { 0.999, 3, 12.924 },
        { 0.95, 1e9, 1.960 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        assert_near(ch_mean_student(row[i].level, row[i].freedom), row[i].t,
                    5.1e-4);
}

/* NIST/SEMATECH e-Handbook of Statistical Methods 1.3.5.2: data set
 * ZARR13.DAT, 195 values. */
static void the_handbooks_heat_flow_has_its_interval(void **state)
{
    const struct ch_interval i = ch_mean_interval(9.261460, 0.022789, 195,
                                                  0.95);

    (void)state;
    assert_near(i.low, 9.258242, 1e-6);
    assert_near(i.high, 9.264679, 1e-6);
}

static void a_mean_of_few_values_is_wide(void **state)
{
    const double x[] = { 2, 4, 4, 4, 5, 5, 7, 9 };
    const struct ch_mean m = ch_mean_of(x, 8, 0.95);

    (void)state;
    assert_near(m.mean, 5, 0);
    assert_near(m.sd, sqrt(32.0 / 7), 1e-15);
    assert_near(m.interval.high - m.mean, 2.364624 * m.sd / sqrt(8), 1e-5);
    assert_near(m.mean - m.interval.low, m.interval.high - m.mean, 1e-15);
}

static void one_value_has_no_interval(void **state)
{
    const double x = 3;
    const struct ch_mean one = ch_mean_of(&x, 1, 0.95);
    const struct ch_mean none = ch_mean_of(&x, 0, 0.95);

    (void)state;
    assert_near(one.mean, 3, 0);
    assert_true(isnan(one.sd) && isnan(one.interval.low));
    assert_true(isnan(none.mean) && isnan(none.interval.high));
}

/* Newcombe, "Two-sided confidence intervals for the single proportion",
 * Statistics in Medicine 1998, table I, method 3. */
static void shares_have_newcombes_score_intervals(void **state)
{
    static const struct { double hits, n, low, high; } row[] = {
        { 81, 263, 0.2553, 0.3662 }, { 15, 148, 0.0624, 0.1605 },
        { 0, 20, 0.0000, 0.1611 }, { 1, 29, 0.0061, 0.1718 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct ch_interval s = ch_mean_share(row[i].hits, row[i].n, 0.95);

        assert_near(s.low, row[i].low, 5.1e-5);
        assert_near(s.high, row[i].high, 5.1e-5);
    }
    assert_true(isnan(ch_mean_share(0, 0, 0.95).low));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(student_is_that_of_the_tables),
        cmocka_unit_test(the_handbooks_heat_flow_has_its_interval),
        cmocka_unit_test(a_mean_of_few_values_is_wide),
        cmocka_unit_test(one_value_has_no_interval),
        cmocka_unit_test(shares_have_newcombes_score_intervals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
