/* test_gate.c - sigmoid, tanh and exp of every version, against double */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "kernel/variant.h"

/* kernel/exp_avx512.h promises 8.4e-8 for exp, 1.5e-7 for the others, as does
 * exp_avx2.h; the C library's expf, a sum and a division make up to 1.8e-7. */
#define EXP_LIMIT 9e-8
#define LIMIT 2e-7

static const char *const names[] = { CH_KERNEL_NAMES };
#define NAMES (sizeof names / sizeof *names)

/* One unit whose four gates start from i, f, g, o. */
struct unit {
    float gate[4], c, tanh_c, h;
};

static struct unit run(const struct ch_kernel *k, float i, float f, float g,
                       float o, float c_prev)
{
    struct unit u = { .gate = { i, f, g, o } };

    k->gate_forward(1, u.gate, &c_prev, &u.c, &u.tanh_c, &u.h);
    return u;
}

static void check(const char *what, float x, float found, double expected,
                  double limit)
{
    if (!(fabs((double)found - expected) <= limit * fabs(expected)))
        fail_msg("%s(%.9g): expected %.9g, found %.9g", what, (double)x,
                 expected, (double)found);
}

static void sigmoid_and_tanh_are_exact_to_the_last_bits(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);

        for (float x = -30; k && x < 30; x += 0.00137f) {
            struct unit u = run(k, x, x, x, x, 0);

            check("sigmoid", x, u.gate[0], 1 / (1 + exp(-(double)x)), LIMIT);
            check("tanh", x, u.gate[2], tanh((double)x), LIMIT);
        }
    }
}

static void tanh_keeps_small_numbers(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);

        for (float x = 0x1p-60f; k && x < 1; x *= 1.7f) {
            check("tanh", x, run(k, 0, 0, x, 0, 0).gate[2], tanh((double)x),
                  LIMIT);
            check("tanh", -x, run(k, 0, 0, -x, 0, 0).gate[2],
                  tanh(-(double)x), LIMIT);
        }
    }
}

/* The row { x, 0 }: the gradient of x's logit is 1 / (1 + e^-x), and with the
 * other the target, ln p = x - ln(...) is close to e^x below. */
static void exp_is_exact_to_the_last_bits(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);

        for (float x = -87; k && x < -17.5f; x += 0.0117f) {
            float row[2] = { x, 0 };

            k->softmax_loss(2, row, 1);      /* p(0) = e^x / (1 + e^x) */
            check("exp", x, row[0], exp((double)x), EXP_LIMIT);
        }
    }
}

static void any_input_is_safe(void **state)
{
    const float wild[] = { -INFINITY, -3e38f, -200, 200, 3e38f, INFINITY };

    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);

        for (size_t i = 0; k && i < sizeof wild / sizeof *wild; i++) {
            struct unit u = run(k, wild[i], 0, wild[i], wild[i], 0);
            float sign = wild[i] < 0 ? 0.0f : 1.0f;

            assert_true(fabsf(u.gate[0] - sign) < 1e-30f);
            assert_true(u.gate[2] == 2 * sign - 1);
            assert_true(fabsf(u.gate[3] - sign) < 1e-30f);
        }
    }
}

static void nan_is_not_hidden(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);
        float row[3] = { 1, NAN, 2 };

        if (!k)
            continue;
        assert_true(isnan(run(k, NAN, 0, 0, 0, 0).h));
        assert_true(isnan(run(k, 0, 0, NAN, 0, 0).h));
        assert_true(isnan(k->softmax_loss(3, row, 0)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigmoid_and_tanh_are_exact_to_the_last_bits),
        cmocka_unit_test(tanh_keeps_small_numbers),
        cmocka_unit_test(exp_is_exact_to_the_last_bits),
        cmocka_unit_test(any_input_is_safe),
        cmocka_unit_test(nan_is_not_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
