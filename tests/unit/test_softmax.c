/* test_softmax.c - properties of softmax and its cross-entropy */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "kernel/variant.h"

#define V 2917

static const char *const names[] = { CH_KERNEL_NAMES };
#define NAMES (sizeof names / sizeof *names)
static float row[V];

static void fill(float scale)
{
    for (size_t v = 0; v < V; v++)
        row[v] = scale * (float)((v * 7919) % V) / V;
}

static void equal_logits_cost_ln_v(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);

        fill(0);
        if (k)
            assert_true(fabs(k->softmax_cost(V, row, 5) - log(V)) < 1e-6);
    }
}

static void the_gradient_sums_to_zero(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);
        double sum = 0;

        if (!k)
            continue;
        fill(9);
        k->softmax_loss(V, row, 77);
        for (size_t v = 0; v < V; v++)
            sum += (double)row[v];
        assert_true(fabs(sum) < 1e-6);
        assert_true(row[77] < 0);
    }
}

/* Without smoothing it is the plain loss; with all of it, every word is as
 * good as any. */
static void smoothing_goes_from_the_target_to_any_word(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);
        double sum = 0, plain, mean = 0;

        if (!k)
            continue;
        fill(9);
        plain = k->softmax_cost(V, row, 77);
        for (size_t v = 0; v < V; v++)
            mean += k->softmax_cost(V, row, v) / V;
        assert_true(fabs(k->softmax_smooth(V, row, 77, 0) - plain) < 1e-6);
        fill(9);
        assert_true(fabs(k->softmax_smooth(V, row, 77, 0.25f) -
                         0.75 * plain - 0.25 * mean) < 1e-5);
        for (size_t v = 0; v < V; v++)
            sum += (double)row[v];
        assert_true(fabs(sum) < 1e-5);
        assert_true(row[77] < -0.7f);
    }
}

static void log_probabilities_sum_to_one(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);
        double sum = 0, cost;

        if (!k)
            continue;
        fill(9);
        cost = k->softmax_cost(V, row, 3);
        k->softmax_log(V, row);
        for (size_t v = 0; v < V; v++)
            sum += exp((double)row[v]);
        assert_true(fabs(sum - 1) < 1e-5);
        assert_true(fabs((double)row[3] + cost) < 1e-5);
    }
}

static void huge_logits_do_not_overflow(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        const struct ch_kernel *k = ch_kernel_find(names[n]);
        float x[3] = { 3e38f, -3e38f, 0 };

        if (!k)
            continue;
        assert_true(k->softmax_cost(3, x, 0) == 0);
        assert_true(k->softmax_loss(3, x, 2) > 2.9e38);
        assert_true(x[0] == 1 && x[1] == 0 && x[2] == -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_logits_cost_ln_v),
        cmocka_unit_test(the_gradient_sums_to_zero),
        cmocka_unit_test(smoothing_goes_from_the_target_to_any_word),
        cmocka_unit_test(log_probabilities_sum_to_one),
        cmocka_unit_test(huge_logits_do_not_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
