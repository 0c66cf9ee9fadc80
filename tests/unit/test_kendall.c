/* test_kendall.c - rank correlation against its definition */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "score/kendall.h"

static void assert_tau(const double *x, const double *y, size_t n, double b,
                       double c)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_kendall tau;

    assert_int_equal(ch_kendall_tau(x, y, n, &tau, &e), 0);
    if (!(fabs(tau.b - b) <= 1e-14) || !(fabs(tau.c - c) <= 1e-14))
        fail_msg("%zu pairs: expected %.17g and %.17g, found %.17g and %.17g",
                 n, b, c, tau.b, tau.c);
}

static void equal_orders_agree_and_opposite_ones_do_not(void **state)
{
    const double up[] = { 1, 2, 3, 4 }, down[] = { 9, 7, 5, 3 };

    (void)state;
    assert_tau(up, up, 4, 1, 1);
    assert_tau(up, down, 4, -1, -1);
}

/* Without ties: 6 pairs, one of them discordant. */
static void one_swap_of_four_is_two_thirds(void **state)
{
    const double x[] = { 1, 2, 3, 4 }, y[] = { 1, 3, 2, 4 };

    (void)state;
    assert_tau(x, y, 4, 4.0 / 6, 4.0 / 6);
}

/* The example of SciPy's manual: pairs 10, tied in x 2, in y 1; concordant 1,
 * discordant 5 (one pair is tied in both); 3 different x, 4 different y. */
static void ties_are_corrected_for(void **state)
{
    const double x[] = { 12, 2, 1, 12, 2 }, y[] = { 1, 4, 7, 1, 0 };

    (void)state;
    assert_tau(x, y, 5, -0.47140452079103173, 2 * -4.0 * 3 / (25.0 * 2));
}

static void what_does_not_vary_has_no_correlation(void **state)
{
    const double x[] = { 1, 1, 1 }, y[] = { 1, 2, 3 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_kendall tau;

    (void)state;
    assert_int_equal(ch_kendall_tau(x, y, 3, &tau, &e), 0);
    assert_true(isnan(tau.b) && isnan(tau.c));
    assert_int_equal(ch_kendall_tau(x, y, 0, &tau, &e), 0);
    assert_true(isnan(tau.b) && isnan(tau.c));
    assert_int_equal(ch_kendall_tau(x, y, 1, &tau, &e), 0);
    assert_true(isnan(tau.b) && isnan(tau.c));
}

static int sign_of(double v)
{
    return (v > 0) - (v < 0);
}

static size_t different(const double *x, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        size_t j = 0;

        while (x[j] != x[i])
            j++;
        count += j == i;
    }
    return count;
}

/* All pairs, one by one. */
static void assert_like_definition(const double *x, const double *y, size_t n)
{
    double surplus = 0, x_pairs = 0, y_pairs = 0, size = (double)n;
    size_t a = different(x, n), b = different(y, n), m = a < b ? a : b;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            int dx = sign_of(x[i] - x[j]), dy = sign_of(y[i] - y[j]);

            surplus += dx * dy;
            x_pairs += dx != 0;
            y_pairs += dy != 0;
        }
    if (m >= 2)
        assert_tau(x, y, n, surplus / sqrt(x_pairs) / sqrt(y_pairs),
                   2 * surplus * (double)m /
                   (size * size * ((double)m - 1)));
}

static void fast_counting_equals_the_definition(void **state)
{
    struct ch_rng r;
    double x[150], y[150];

    (void)state;
    ch_rng_init(&r, (struct ch_rng_place) { .seed = 1,
                                            .purpose = CH_RNG_TEST });
    for (size_t n = 2; n <= 150; n++)
        for (uint32_t values = 2; values < 300; values *= 5) {
            for (size_t i = 0; i < n; i++) {
                x[i] = ch_rng_below(&r, values);
                y[i] = ch_rng_below(&r, 4) + (i % 3 ? x[i] / values : 0);
            }
            assert_like_definition(x, y, n);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_orders_agree_and_opposite_ones_do_not),
        cmocka_unit_test(one_swap_of_four_is_two_thirds),
        cmocka_unit_test(ties_are_corrected_for),
        cmocka_unit_test(what_does_not_vary_has_no_correlation),
        cmocka_unit_test(fast_counting_equals_the_definition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
