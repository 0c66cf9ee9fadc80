/* test_alpha.c - Krippendorff's alpha against his own example */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "rate/alpha.h"

static void assert_near(double found, double expected, double within)
{
    if (!(fabs(found - expected) <= within))
        fail_msg("expected %.9g, found %.9g", expected, found);
}

/* Krippendorff, "Computing Krippendorff's alpha-reliability", 2011, part D:
 * four observers, twelve units, values missing (0). */
static const uint32_t example[12][4] = {
    { 1, 1, 0, 1 }, { 2, 2, 3, 2 }, { 3, 3, 3, 3 }, { 3, 3, 3, 3 },
    { 2, 2, 2, 2 }, { 1, 2, 3, 4 }, { 4, 4, 4, 4 }, { 1, 1, 2, 1 },
    { 2, 2, 2, 2 }, { 0, 5, 5, 5 }, { 0, 0, 1, 1 }, { 0, 3, 0, 0 },
};

static size_t list(struct ch_alpha_value *out)
{
    size_t n = 0;

    for (uint32_t u = 0; u < 12; u++)
        for (size_t r = 0; r < 4; r++)
            if (example[u][r])
                out[n++] = (struct ch_alpha_value) { u, example[u][r] };
    return n;
}

static void his_example_has_his_values(void **state)
{
    struct ch_alpha_value v[48];
    size_t n = list(v);

    (void)state;
    assert_int_equal(n, 41);
    assert_near(ch_alpha_of(v, n, CH_ALPHA_NOMINAL), 0.743, 5e-4);
    assert_near(ch_alpha_of(v, n, CH_ALPHA_ORDINAL), 0.815, 5e-4);
    assert_near(ch_alpha_of(v, n, CH_ALPHA_INTERVAL), 0.849, 5e-4);
}

/* Part B of the same paper: two observers, twelve units, five nominal values,
 * alpha = 0.692. */
static void two_observers_of_nominal_data(void **state)
{
    static const char a[] = "aabbdcccedda", b[] = "babbbccceddd";
    struct ch_alpha_value v[24];

    (void)state;
    for (uint32_t u = 0; u < 12; u++) {
        v[2 * u] = (struct ch_alpha_value) { u, (uint32_t)(a[u] - 'a' + 1) };
        v[2 * u + 1] = (struct ch_alpha_value) { u,
                                                 (uint32_t)(b[u] - 'a' + 1) };
    }
    assert_near(ch_alpha_of(v, 24, CH_ALPHA_NOMINAL), 0.692, 5e-4);
}

static void agreement_is_one_and_opposites_are_below_chance(void **state)
{
    const struct ch_alpha_value same[] = { { 0, 1 }, { 0, 1 }, { 1, 5 },
                                           { 1, 5 } };
    const struct ch_alpha_value other[] = { { 0, 1 }, { 0, 5 }, { 1, 5 },
                                            { 1, 1 } };

    (void)state;
    for (int level = CH_ALPHA_NOMINAL; level <= CH_ALPHA_INTERVAL; level++) {
        assert_near(ch_alpha_of(same, 4, (enum ch_alpha_level)level), 1, 0);
        assert_true(ch_alpha_of(other, 4, (enum ch_alpha_level)level) < 0);
    }
}

static void what_does_not_vary_or_pair_has_no_alpha(void **state)
{
    const struct ch_alpha_value v[] = { { 0, 2 }, { 0, 2 }, { 1, 2 },
                                        { 1, 2 } };
    const struct ch_alpha_value alone[] = { { 0, 2 }, { 1, 3 } };

    (void)state;
    assert_true(isnan(ch_alpha_of(v, 4, CH_ALPHA_ORDINAL)));
    assert_true(isnan(ch_alpha_of(alone, 2, CH_ALPHA_ORDINAL)));
    assert_true(isnan(ch_alpha_of(v, 0, CH_ALPHA_ORDINAL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(his_example_has_his_values),
        cmocka_unit_test(two_observers_of_nominal_data),
        cmocka_unit_test(agreement_is_one_and_opposites_are_below_chance),
        cmocka_unit_test(what_does_not_vary_or_pair_has_no_alpha),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
