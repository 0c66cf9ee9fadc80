/* test_kappa.c - weighted kappa against published tables */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "rate/kappa.h"

static void assert_kappa(const uint32_t *table, size_t values, double plain,
                         double linear, double quadratic)
{
    const double expected[] = { plain, linear, quadratic };

    for (int w = CH_KAPPA_PLAIN; w <= CH_KAPPA_QUADRATIC; w++) {
        double k = ch_kappa_of(table, values, (enum ch_kappa_weight)w);

        if (!isnan(expected[w]) && !(fabs(k - expected[w]) <= 5.1e-4))
            fail_msg("weight %d: expected %.4f, found %.6f", w, expected[w],
                     k);
    }
}

/* Hout, Duncan and Sobel 1987, as the R package vcd prints it. */
static void married_couples_have_vcds_kappa(void **state)
{
    static const uint32_t table[] = { 7, 7, 2, 3, 2, 8, 3, 7,
                                      1, 5, 4, 9, 2, 8, 9, 14 };

    (void)state;
    assert_kappa(table, 4, 0.1293, 0.2374, NAN);
}

/* The skin conditions of the manual of SAS, PROC FREQ: 0.3449 and 0.5082. */
static void skin_conditions_have_sas_kappa(void **state)
{
    static const uint32_t table[] = { 10, 4, 1, 0, 5, 10, 12, 2,
                                      2, 4, 12, 5, 0, 2, 6, 13 };

    (void)state;
    assert_kappa(table, 4, 0.3449, 0.5082, NAN);
}

/* The data "anxiety" of the R package irr, raters 1 and 2: kappa2() gives
 * 0.119, 0.189 (equal) and 0.297 (squared). */
static void anxiety_has_irrs_kappa(void **state)
{
    static const char a[] = "33345523522615221243";
    static const char b[] = "36462424332333221334";
    uint32_t table[36] = { 0 };

    (void)state;
    for (size_t i = 0; i < 20; i++)
        table[(a[i] - '1') * 6 + (b[i] - '1')]++;
    assert_kappa(table, 6, 0.119, 0.189, 0.297);
}

static void agreement_is_one_and_one_value_says_nothing(void **state)
{
    static const uint32_t same[] = { 3, 0, 0, 4 }, one[] = { 5, 0, 0, 0 };

    (void)state;
    assert_kappa(same, 2, 1, 1, 1);
    assert_true(isnan(ch_kappa_of(one, 2, CH_KAPPA_LINEAR)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(married_couples_have_vcds_kappa),
        cmocka_unit_test(skin_conditions_have_sas_kappa),
        cmocka_unit_test(anxiety_has_irrs_kappa),
        cmocka_unit_test(agreement_is_one_and_one_value_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
