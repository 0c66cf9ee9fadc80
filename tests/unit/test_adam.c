/* test_adam.c - Adam's constants, and steps whose result is known */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "kernel/variant.h"

static const char *const names[] = { CH_KERNEL_NAMES };
#define NAMES (sizeof names / sizeof *names)

/* The first step moves by the rate against the sign of the gradient, whatever
 * its size. */
static void the_first_step_is_the_rate(void **state)
{
    struct ch_adam a = ch_adam_at(1e-2, 0.9, 0.999, 1e-8, 1, 1);

    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);
        const float grad[3] = { 3, -0.02f, 500 };
        float param[3] = { 1, 1, 1 }, m[3] = { 0 }, v[3] = { 0 };

        if (!k)
            continue;
        k->adam_step(3, &a, grad, param, m, v);
        assert_true(fabsf(param[0] - 0.99f) < 1e-6f);
        assert_true(fabsf(param[1] - 1.01f) < 1e-6f);
        assert_true(fabsf(param[2] - 0.99f) < 1e-6f);
    }
}

static void a_zero_gradient_moves_nothing(void **state)
{
    struct ch_adam a = ch_adam_at(1e-2, 0.9, 0.999, 1e-8, 1, 1);

    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);
        float grad = 0, param = 0.5f, m = 0, v = 0;

        if (!k)
            continue;
        k->adam_step(1, &a, &grad, &param, &m, &v);
        assert_true(param == 0.5f && m == 0 && v == 0);
    }
}

static void moments_do_not_linger_among_the_subnormals(void **state)
{
    struct ch_adam a = ch_adam_at(1e-2, 0.9, 0.999, 1e-8, 9, 1);

    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);
        float grad = 0, param = 1, m = -1.2e-38f, v = 1e-40f;

        if (!k)
            continue;
        k->adam_step(1, &a, &grad, &param, &m, &v);
        assert_true(m == 0 && v == 0 && param == 1);
    }
}

static void a_gradient_that_is_not_a_number_is_not_hidden(void **state)
{
    struct ch_adam a = ch_adam_at(1e-2, 0.9, 0.999, 1e-8, 9, 1);

    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);
        float grad = NAN, param = 1, m = 0, v = 0;

        if (!k)
            continue;
        k->adam_step(1, &a, &grad, &param, &m, &v);
        assert_true(isnan(m) && isnan(v) && isnan(param));
    }
}

static void ten_steps_agree_with_double(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);
        double p = 0.3, m = 0, v = 0;
        float param = 0.3f, mf = 0, vf = 0;

        for (uint64_t t = 1; k && t <= 10; t++) {
            double g = 0.25 * cos((double)t);
            float grad = (float)(4 * cos((double)t));
            struct ch_adam a = ch_adam_at(1e-2, 0.9, 0.999, 1e-8, t, 1 / 16.);

            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            p -= 1e-2 * (m / (1 - pow(0.9, (double)t))) /
                 (sqrt(v / (1 - pow(0.999, (double)t))) + 1e-8);
            k->adam_step(1, &a, &grad, &param, &mf, &vf);
            assert_true(fabs((double)param - p) < 1e-6);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_step_is_the_rate),
        cmocka_unit_test(a_zero_gradient_moves_nothing),
        cmocka_unit_test(moments_do_not_linger_among_the_subnormals),
        cmocka_unit_test(a_gradient_that_is_not_a_number_is_not_hidden),
        cmocka_unit_test(ten_steps_agree_with_double),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
