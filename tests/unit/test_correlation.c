/* test_correlation.c - correlations against published examples */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "rate/correlation.h"

static struct ch_correlation of(const double *x, const double *y, size_t n)
{
    struct ch_correlation c;
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_correlation_of(x, y, n, &c, &e), 0);
    return c;
}

static void assert_near(double found, double expected, double within)
{
    if (!(fabs(found - expected) <= within))
        fail_msg("expected %.9g, found %.9g", expected, found);
}

/* Anscombe, "Graphs in statistical analysis", 1973, first set: 0.816. */
static void anscombes_first_set_has_his_correlation(void **state)
{
    const double x[] = { 10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5 };
    const double y[] = { 8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84,
                         4.82, 5.68 };

    (void)state;
    assert_near(of(x, y, 11).pearson, 0.81642, 5e-6);
}

/* Hours before the television against IQ, the usual example: -29/165. */
static void ranks_without_ties_have_spearmans_rho(void **state)
{
    const double iq[] = { 106, 100, 86, 101, 99, 103, 97, 113, 112, 110 };
    const double tv[] = { 7, 27, 2, 50, 28, 29, 20, 12, 6, 17 };

    (void)state;
    assert_near(of(iq, tv, 10).spearman, -29.0 / 165, 1e-15);
}

/* SciPy's manual: spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) is 0.8207826817,
 * and kendalltau of its own example -0.4714045208. */
static void ties_share_their_mean_rank(void **state)
{
    const double x[] = { 1, 2, 3, 4, 5 }, y[] = { 5, 6, 7, 8, 7 };
    const double a[] = { 12, 2, 1, 12, 2 }, b[] = { 1, 4, 7, 1, 0 };

    (void)state;
    assert_near(of(x, y, 5).spearman, 0.8207826817, 5e-11);
    assert_near(of(a, b, 5).kendall, -0.47140452079, 5e-12);
}

static void what_does_not_vary_has_no_correlation(void **state)
{
    const double x[] = { 1, 1, 1 }, y[] = { 1, 2, 3 };
    const struct ch_correlation c = of(x, y, 3), none = of(x, y, 0);

    (void)state;
    assert_true(isnan(c.pearson) && isnan(c.spearman) && isnan(c.kendall));
    assert_true(isnan(none.pearson) && isnan(none.spearman));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anscombes_first_set_has_his_correlation),
        cmocka_unit_test(ranks_without_ties_have_spearmans_rho),
        cmocka_unit_test(ties_share_their_mean_rank),
        cmocka_unit_test(what_does_not_vary_has_no_correlation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
