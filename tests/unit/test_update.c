/* test_update.c - the summed gradient changes the parameters */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "golden_text.h"
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

/* ------------------------------------------------------ against PyTorch */

enum { WEIGHT = 35, BIAS = 5, BIAS_AT = 48, FLOATS = 64 };

/* As torch_optimiser.py has them: a weight, and a bias behind it. */
static struct ch_decoder two_params(void)
{
    struct ch_decoder d = { .float_count = FLOATS, .param_count = 2 };

    d.param[0].offset = 0;
    d.param[0].rows = 5;
    d.param[0].columns = 7;
    d.param[0].count = WEIGHT;
    d.param[1].offset = BIAS_AT;
    d.param[1].rows = BIAS;
    d.param[1].columns = 1;
    d.param[1].count = BIAS;
    return d;
}

static void read_floats(const char *name, size_t count, float *to)
{
    double x[FLOATS];

    assert_int_equal(golden_read("optimiser.txt", name, FLOATS, x), count);
    for (size_t i = 0; i < count; i++)
        to[i] = (float)x[i];
}

/* The same settings as torch_optimiser.py's. */
static const struct {
    const char *name;
    struct ch_train_options o;
} settings[] = {
    { "sgd", { .optimiser = CH_SGD, .rate = 0.05 } },
    { "sgd_momentum", { .optimiser = CH_SGD, .rate = 0.05, .momentum = 0.9 } },
    { "sgd_nesterov", { .optimiser = CH_SGD, .rate = 0.05, .momentum = 0.9,
                        .nesterov = true } },
    { "sgd_decay", { .optimiser = CH_SGD, .rate = 0.05, .momentum = 0.9,
                     .weight_decay = 0.1 } },
    { "rmsprop", { .optimiser = CH_RMSPROP } },
    { "rmsprop_momentum", { .optimiser = CH_RMSPROP, .momentum = 0.9,
                            .weight_decay = 0.1 } },
    { "adagrad", { .optimiser = CH_ADAGRAD } },
    { "adagrad_decay", { .optimiser = CH_ADAGRAD, .weight_decay = 0.1 } },
    { "adam", { .optimiser = CH_ADAM, .rate = 0.01 } },
    { "adam_decay", { .optimiser = CH_ADAM, .rate = 0.01,
                      .weight_decay = 0.1 } },
    { "adam_value", { .optimiser = CH_ADAM, .rate = 0.01, .clip = 0.3,
                      .clip_by = CH_CLIP_VALUE } },
    { "adamw", { .optimiser = CH_ADAMW, .rate = 0.01, .weight_decay = -1 } },
    { "radam", { .optimiser = CH_RADAM, .rate = 0.01 } },
    { "radam_fast", { .optimiser = CH_RADAM, .rate = 0.01, .beta2 = 0.9 } },
    { "radam_decay", { .optimiser = CH_RADAM, .rate = 0.01, .beta2 = 0.9,
                       .weight_decay = 0.1 } },
};

/* The gradient is given as a sum over 4 words. */
static void run_steps(struct ch_update *u, uint64_t steps, float *params)
{
    for (uint64_t t = 0; t < steps; t++) {
        struct ch_update_at at = { t + 1, u->o->rate, 0.25 };
        float sum[FLOATS] = { 0 };
        char name[64];

        snprintf(name, sizeof name, "gradient:weight:%d", (int)t);
        read_floats(name, WEIGHT, sum);
        snprintf(name, sizeof name, "gradient:bias:%d", (int)t);
        read_floats(name, BIAS, sum + BIAS_AT);
        for (size_t i = 0; i < FLOATS; i++)
            sum[i] *= 4;
        ch_update_step(u, &at, sum, params);
    }
}

/* Both compute in f32, in another order. */
static void expect_near(const char *name, const float *found, size_t count)
{
    float expected[FLOATS];

    read_floats(name, count, expected);
    for (size_t i = 0; i < count; i++)
        if (!(fabsf(found[i] - expected[i]) <=
              2e-6f * (1 + fabsf(expected[i]))))
            fail_msg("%s[%zu]: %.9g, PyTorch has %.9g", name, i,
                     (double)found[i], (double)expected[i]);
}

static void ten_steps_of_every_optimiser_are_pytorchs(void **state)
{
    struct ch_decoder d = two_params();

    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct ch_train_options o = settings[i].o;
        struct ch_err e = CH_ERR_INIT;
        struct ch_update u;
        float params[FLOATS] = { 0 };
        char name[64];

        o.beta1 = 0.9;
        o.beta2 = o.beta2 > 0 ? o.beta2 : 0.999;
        o.alpha = 0.99;
        ch_update_settle(&o);
        assert_int_equal(ch_update_init(&u, &o, &d, 0, FLOATS, NULL, &e), 0);
        read_floats("weight", WEIGHT, params);
        read_floats("bias", BIAS, params + BIAS_AT);
        run_steps(&u, 10, params);
        snprintf(name, sizeof name, "after:%s:weight", settings[i].name);
        expect_near(name, params, WEIGHT);
        snprintf(name, sizeof name, "after:%s:bias", settings[i].name);
        expect_near(name, params + BIAS_AT, BIAS);
        for (size_t k = WEIGHT; k < BIAS_AT; k++)
            assert_true(params[k] == 0);           /* gaps stay zero */
        ch_update_release(&u);
    }
}

/* ------------------------------------------------------------- our own */

static void the_optimisers_own_values_are_pytorchs(void **state)
{
    struct ch_train_options o = { .optimiser = CH_ADAGRAD,
                                  .weight_decay = -1 };

    (void)state;
    ch_update_settle(&o);
    assert_true(o.rate == 1e-2 && o.epsilon == 1e-10 && o.weight_decay == 0);
    o = (struct ch_train_options) { .optimiser = CH_ADAMW, .rate = 3,
                                    .epsilon = 2, .weight_decay = -1 };
    ch_update_settle(&o);
    assert_true(o.rate == 3 && o.epsilon == 2 && o.weight_decay == 1e-2);
}

/* The weights shrink by nothing then; the gradient is not changed at all. */
static void adamw_at_rate_0_leaves_decay_out_of_the_moments(void **state)
{
    const struct ch_decoder d = two_params();
    struct ch_train_options o = { .optimiser = CH_ADAMW, .beta1 = 0.9,
                                  .beta2 = 0.999, .epsilon = 1e-8,
                                  .weight_decay = 0.5 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_update u;
    float param[FLOATS], grad[FLOATS];

    (void)state;
    assert_int_equal(ch_update_init(&u, &o, &d, 0, FLOATS, NULL, &e), 0);
    for (size_t i = 0; i < FLOATS; i++) {
        param[i] = 8;
        grad[i] = 1;
    }
    ch_update_step(&u, &(struct ch_update_at) { .step = 1, .scale = 1 }, grad,
                   param);
    for (size_t i = 0; i < WEIGHT; i++) {
        assert_true(param[i] == 8);
        assert_true(fabs((double)u.block[0][i] - 0.1) < 1e-7);
    }
    ch_update_release(&u);
}

static void every_optimiser_has_its_blocks(void **state)
{
    static const struct {
        int optimiser;
        double momentum, ema;
        size_t count;
        const char *name[CH_UPDATE_BLOCKS];
    } known[] = {
        { CH_SGD, 0, 0, 0, { NULL } },
        { CH_SGD, 0, 0.9, 1, { "ema" } },
        { CH_SGD, 0.9, 0, 1, { "sgd.momentum" } },
        { CH_RMSPROP, 0, 0, 1, { "rmsprop.square" } },
        { CH_RMSPROP, 0.9, 0.9, 3, { "rmsprop.square", "rmsprop.momentum",
                                     "ema" } },
        { CH_ADAGRAD, 0, 0, 1, { "adagrad.sum" } },
        { CH_ADAM, 0, 0, 2, { "adam.m", "adam.v" } },
        { CH_RADAM, 0, 0.5, 3, { "adam.m", "adam.v", "ema" } },
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct ch_train_options o = { .optimiser = known[i].optimiser,
                                      .momentum = known[i].momentum,
                                      .ema = known[i].ema };
        const char *name[CH_UPDATE_BLOCKS];

        assert_int_equal(ch_update_blocks(&o, name), known[i].count);
        for (size_t k = 0; k < known[i].count; k++)
            assert_string_equal(name[k], known[i].name[k]);
    }
}

/* ema after two steps: 0.9 (0.9 p0 + 0.1 p1) + 0.1 p2 */
static void the_averaged_weights_follow_the_weights(void **state)
{
    struct ch_decoder d = two_params();
    struct ch_train_options o = { .optimiser = CH_SGD, .rate = 0.5,
                                  .ema = 0.9, .epsilon = 1 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_update u;
    float params[FLOATS], start[FLOATS], one[FLOATS], sum[FLOATS];

    (void)state;
    assert_int_equal(ch_update_init(&u, &o, &d, 0, FLOATS, NULL, &e), 0);
    for (size_t i = 0; i < FLOATS; i++)
        start[i] = params[i] = sinf((float)i);
    ch_update_begin_ema(&u, params);
    for (uint64_t t = 1; t <= 2; t++) {
        for (size_t i = 0; i < FLOATS; i++)
            sum[i] = cosf((float)(i * t));
        ch_update_step(&u, &(struct ch_update_at) { t, 0.5, 1 }, sum, params);
        if (t == 1)
            memcpy(one, params, sizeof one);
    }
    for (size_t i = 0; i < FLOATS; i++)
        assert_true(fabsf(u.ema[i] - (0.81f * start[i] + 0.09f * one[i] +
                                      0.1f * params[i])) < 1e-6f);
    ch_update_swap_ema(&u, params);
    ch_update_swap_ema(&u, params);
    assert_true(fabsf(params[3] - (one[3] - 0.5f * cosf(6))) < 1e-6f);
    ch_update_release(&u);
}

/* Whole blocks in two slices, as two ranks have them, for all optimisers. */
static void check_slices(struct ch_train_options o)
{
    enum { CUT = 2 * CH_SUM_BLOCK, COUNT = 3 * CH_SUM_BLOCK + 17 };
    struct ch_decoder d = two_params();
    struct ch_err e = CH_ERR_INIT;
    struct ch_update whole, low, high;
    static float sum[COUNT], one[COUNT], two[COUNT];

    d.param[0].count = CUT + 99;      /* the cut lies inside a weight */
    d.param[1].offset = CUT + 112;
    d.param[1].count = CH_SUM_BLOCK - 112;
    ch_update_settle(&o);
    assert_int_equal(ch_update_init(&whole, &o, &d, 0, COUNT, NULL, &e), 0);
    assert_int_equal(ch_update_init(&low, &o, &d, 0, CUT, NULL, &e), 0);
    assert_int_equal(ch_update_init(&high, &o, &d, CUT, COUNT - CUT, NULL,
                                    &e), 0);
    for (size_t i = 0; i < COUNT; i++)
        one[i] = two[i] = 1;
    for (uint64_t step = 1; step <= 3; step++) {
        struct ch_update_at at = { step, 1e-3, 0.013 };

        for (int part = 0; part < 2; part++) {
            for (size_t i = 0; i < COUNT; i++)
                sum[i] = sinf((float)i * (float)step);
            if (part == 0) {
                ch_update_step(&whole, &at, sum, one);
            } else {
                ch_update_step(&low, &at, sum, two);
                ch_update_step(&high, &at, sum + CUT, two + CUT);
            }
        }
    }
    assert_memory_equal(one, two, sizeof one);
    ch_update_release(&whole);
    ch_update_release(&low);
    ch_update_release(&high);
}

static void slices_of_whole_blocks_give_the_same_bits(void **state)
{
    (void)state;
    for (int i = CH_SGD; i <= CH_RADAM; i++) {
        struct ch_train_options o = {
            .optimiser = i, .momentum = 0.9, .alpha = 0.99, .beta1 = 0.9,
            .beta2 = 0.999, .weight_decay = 0.1, .ema = 0.9
        };

        check_slices(o);
        o.clip = 0.005;
        o.clip_by = CH_CLIP_VALUE;
        check_slices(o);
    }
}

/* What is in such a block is not even looked at. */
static void a_block_that_is_not_used_has_a_gradient_of_zero(void **state)
{
    enum { BIG = 2 * CH_SUM_BLOCK + 17 };
    static float zero[BIG], blank[BIG], one[BIG], two[BIG];
    static const unsigned char used[] = { 1, 0, 1 };
    struct ch_decoder d = two_params();
    struct ch_train_options o = {
        .optimiser = CH_ADAM, .rate = 0.01, .beta1 = 0.9, .beta2 = 0.999,
        .epsilon = 1e-8
    };
    struct ch_err e = CH_ERR_INIT;
    struct ch_update u, v;

    (void)state;
    assert_int_equal(ch_update_init(&u, &o, &d, 0, BIG, NULL, &e), 0);
    assert_int_equal(ch_update_init(&v, &o, &d, 0, BIG, NULL, &e), 0);
    v.used = used;
    for (size_t i = 0; i < BIG; i++)
        one[i] = two[i] = (float)i;
    for (uint64_t t = 1; t < 4; t++) {
        struct ch_update_at at = { t, o.rate, 0.5 };

        for (size_t i = 0; i < BIG; i++) {
            blank[i] = (float)(t * i % 7) - 3;
            zero[i] = used[i / CH_SUM_BLOCK] ? blank[i] : 0;
        }
        ch_update_step(&u, &at, zero, one);
        ch_update_step(&v, &at, blank, two);
    }
    assert_memory_equal(one, two, sizeof one);
    ch_update_release(&u);
    ch_update_release(&v);
}

static void an_empty_slice_is_fine(void **state)
{
    struct ch_decoder d = two_params();
    struct ch_train_options o = { .optimiser = CH_ADAM, .weight_decay = 0.1 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_update u;
    float none[1];

    (void)state;
    assert_int_equal(ch_update_init(&u, &o, &d, FLOATS, 0, NULL, &e), 0);
    ch_update_step(&u, &(struct ch_update_at) { 1, 1, 1 }, none, none);
    ch_update_release(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_scale_makes_a_sum_over_words_their_mean),
        cmocka_unit_test(a_long_gradient_is_clipped_to_the_norm),
        cmocka_unit_test(a_short_gradient_is_left_as_it_is),
        cmocka_unit_test(clip_0_follows_any_gradient),
        cmocka_unit_test(ten_steps_of_every_optimiser_are_pytorchs),
        cmocka_unit_test(the_optimisers_own_values_are_pytorchs),
        cmocka_unit_test(adamw_at_rate_0_leaves_decay_out_of_the_moments),
        cmocka_unit_test(every_optimiser_has_its_blocks),
        cmocka_unit_test(the_averaged_weights_follow_the_weights),
        cmocka_unit_test(slices_of_whole_blocks_give_the_same_bits),
        cmocka_unit_test(a_block_that_is_not_used_has_a_gradient_of_zero),
        cmocka_unit_test(an_empty_slice_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
