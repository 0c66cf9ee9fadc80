/* test_descent.c - steps down a gradient: SGD, RMSprop, Adagrad
 *
 * Ten steps against PyTorch are test_update's; here what those do not show.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "kernel/descent.h"

enum { N = 67 };

static const struct ch_descent plain = {
    .rate = 0.1f, .momentum = 0.9f, .memory = 0.99f, .rest = 0.01f,
    .epsilon = 1e-8f
};

static void fill(float *x, float scale)
{
    for (size_t i = 0; i < N; i++)
        x[i] = scale * sinf((float)i + 1);
}

/* A cut in two is the whole, whatever its place. */
static void the_cut_of_an_array_does_not_change_the_bits(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= N; cut++) {
        float g[N], whole[3][N], part[3][N];

        fill(g, 2);
        for (int i = 0; i < 3; i++) {
            fill(whole[i], 1);
            for (size_t k = 0; k < N; k++)
                whole[i][k] = i ? fabsf(whole[i][k]) : whole[i][k];
        }
        memcpy(part, whole, sizeof part);
        ch_descent_rmsprop(N, &plain, g, whole[0], whole[1], whole[2]);
        ch_descent_sgd(N, &plain, g, whole[0], whole[2]);
        ch_descent_adagrad(N, &plain, g, whole[0], whole[1]);
        for (int high = 0; high < 2; high++) {
            size_t at = high ? cut : 0, n = high ? N - cut : cut;

            ch_descent_rmsprop(n, &plain, g + at, part[0] + at, part[1] + at,
                               part[2] + at);
            ch_descent_sgd(n, &plain, g + at, part[0] + at, part[2] + at);
            ch_descent_adagrad(n, &plain, g + at, part[0] + at, part[1] + at);
        }
        assert_memory_equal(whole, part, sizeof part);
    }
}

static void without_momentum_no_moment_is_needed(void **state)
{
    struct ch_descent d = plain;
    float g = 2, p = 1, square = 0;

    (void)state;
    d.momentum = 0;
    ch_descent_sgd(1, &d, &g, &p, NULL);
    assert_true(p == 1 - 0.1f * 2);
    p = 1;
    ch_descent_rmsprop(1, &d, &g, &p, &square, NULL);
    assert_true(square == 0.01f * 2 * 2);
    assert_true(fabsf(p - (1 - 0.1f * 2 / 0.2f)) < 1e-6f);
}

static void nesterov_looks_ahead(void **state)
{
    struct ch_descent d = plain;
    float g = 2, p = 1, m = 10;

    (void)state;
    d.is_nesterov = true;
    ch_descent_sgd(1, &d, &g, &p, &m);
    assert_true(m == 11);
    assert_true(fabsf(p - (1 - 0.1f * (2 + 0.9f * 11))) < 1e-6f);
}

static void moments_do_not_linger_among_the_subnormals(void **state)
{
    float g = 0, p = 1, square = 1e-38f, moment = 1e-38f;

    (void)state;
    for (int i = 0; i < 40; i++)
        ch_descent_rmsprop(1, &plain, &g, &p, &square, &moment);
    assert_true(square == 0 && moment == 0 && p == 1);
    moment = 1.2e-38f;
    ch_descent_sgd(1, &plain, &g, &p, &moment);
    assert_true(moment == 0);
}

static void a_gradient_that_is_not_a_number_is_not_hidden(void **state)
{
    float g = (float)NAN, p[3] = { 1, 1, 1 }, a[3] = { 0 }, b[3] = { 0 };

    (void)state;
    ch_descent_sgd(1, &plain, &g, p, a);
    ch_descent_rmsprop(1, &plain, &g, p + 1, a + 1, b + 1);
    ch_descent_adagrad(1, &plain, &g, p + 2, a + 2);
    for (int i = 0; i < 3; i++)
        assert_true(isnan(p[i]) && isnan(a[i]));
    ch_descent_clamp(1, 1, &g);
    assert_true(isnan(g));
}

static void values_are_clamped_on_both_sides(void **state)
{
    float x[5] = { -3, -0.5f, 0, 0.5f, (float)INFINITY };

    (void)state;
    ch_descent_clamp(5, 0.75f, x);
    assert_true(x[0] == -0.75f && x[1] == -0.5f && x[2] == 0 &&
                x[3] == 0.5f && x[4] == 0.75f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cut_of_an_array_does_not_change_the_bits),
        cmocka_unit_test(without_momentum_no_moment_is_needed),
        cmocka_unit_test(nesterov_looks_ahead),
        cmocka_unit_test(moments_do_not_linger_among_the_subnormals),
        cmocka_unit_test(a_gradient_that_is_not_a_number_is_not_hidden),
        cmocka_unit_test(values_are_clamped_on_both_sides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
