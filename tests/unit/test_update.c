/* test_update.c - the summed gradient changes the parameters */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "train/update.h"

static void the_scale_makes_a_sum_over_words_their_mean(void **state)
{
    double norm;

    (void)state;
    assert_true(ch_update_scale(9.0, 6, 0, &norm) == 1.0 / 6);
    assert_true(fabs(norm - 0.5) < 1e-15);
}

/* The mean has norm 10; clipped to 5 it is halved, but for PyTorch's 1e-6. */
static void a_long_gradient_is_clipped_to_the_norm(void **state)
{
    double norm, scale = ch_update_scale(400.0, 2, 5, &norm);

    (void)state;
    assert_true(norm == 10.0);
    assert_true(scale == 0.5 * (5 / (10.0 + 1e-6)));
}

static void a_short_gradient_is_left_as_it_is(void **state)
{
    double norm;

    (void)state;
    assert_true(ch_update_scale(400.0, 2, 10.1, &norm) == 0.5);
}

static void clip_0_follows_any_gradient(void **state)
{
    double norm;

    (void)state;
    assert_true(ch_update_scale(1e20, 1, 0, &norm) == 1.0);
    assert_true(norm == 1e10);
}

/* Adam, written down once more in double: 1e-6 is the rounding of floats. */
static void a_step_is_adams(void **state)
{
    enum { N = 2 * CH_SUM_BLOCK + 5 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_update u;
    float *sum = ch_block_get(N, sizeof *sum);
    float *params = ch_block_get(N, sizeof *params);
    struct ch_adam a = ch_adam_at(1e-2, 0.9, 0.999, 1e-8, 1, 0.5);

    (void)state;
    assert_non_null(sum);
    assert_non_null(params);
    assert_int_equal(ch_update_init(&u, N, &e), 0);
    for (size_t i = 0; i < N; i++) {
        sum[i] = (float)i - 4000.5f;
        params[i] = 1;
    }
    ch_update_step(&u, &a, sum, params);
    for (size_t i = 0; i < N; i++) {
        double g = 0.5 * (double)sum[i];

        assert_true(fabs((double)u.m[i] - 0.1 * g) <= 1e-6 * fabs(g));
        assert_true(fabs((double)u.v[i] - 0.001 * g * g) <= 1e-6 * g * g);
        /* The first step is the rate, against the gradient. */
        assert_true(fabs((double)params[i] - (1 - 1e-2 * (g > 0 ? 1 : -1))) <
                    1e-6);
    }
    ch_update_release(&u);
    ch_block_release(sum);
    ch_block_release(params);
}

/* Whole blocks in two slices, as two ranks have them. */
static void slices_of_whole_blocks_give_the_same_bits(void **state)
{
    enum { CUT = 2 * CH_SUM_BLOCK, N = 3 * CH_SUM_BLOCK + 17 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_update whole, low, high;
    float *sum = ch_block_get(N, sizeof *sum);
    float *one = ch_block_get(N, sizeof *one);
    float *two = ch_block_get(N, sizeof *two);

    (void)state;
    assert_true(sum && one && two);
    assert_int_equal(ch_update_init(&whole, N, &e), 0);
    assert_int_equal(ch_update_init(&low, CUT, &e), 0);
    assert_int_equal(ch_update_init(&high, N - CUT, &e), 0);
    for (uint64_t step = 1; step <= 3; step++) {
        struct ch_adam a = ch_adam_at(1e-3, 0.9, 0.999, 1e-8, step, 0.013);

        for (size_t i = 0; i < N; i++)
            sum[i] = sinf((float)i * (float)step);
        ch_update_step(&whole, &a, sum, one);
        ch_update_step(&low, &a, sum, two);
        ch_update_step(&high, &a, sum + CUT, two + CUT);
    }
    assert_memory_equal(one, two, N * sizeof *one);
    ch_update_release(&whole);
    ch_update_release(&low);
    ch_update_release(&high);
    ch_block_release(sum);
    ch_block_release(one);
    ch_block_release(two);
}

static void an_empty_slice_is_fine(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_update u;
    struct ch_adam a = ch_adam_at(1e-3, 0.9, 0.999, 1e-8, 1, 1);

    (void)state;
    assert_int_equal(ch_update_init(&u, 0, &e), 0);
    ch_update_step(&u, &a, u.m, u.v);
    ch_update_release(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scale_makes_a_sum_over_words_their_mean),
        cmocka_unit_test(a_long_gradient_is_clipped_to_the_norm),
        cmocka_unit_test(a_short_gradient_is_left_as_it_is),
        cmocka_unit_test(clip_0_follows_any_gradient),
        cmocka_unit_test(a_step_is_adams),
        cmocka_unit_test(slices_of_whole_blocks_give_the_same_bits),
        cmocka_unit_test(an_empty_slice_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
