/* test_param.c - layout of the parameter block, and how parameters start */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "net/decoder.h"

static struct ch_decoder_shape small(void)
{
    return (struct ch_decoder_shape) { .V = 50, .E = 20, .H = 24, .F = 30 };
}

static void parameters_follow_each_other_on_64_bytes(void **state)
{
    struct ch_decoder_shape s = small();
    struct ch_decoder d;
    size_t end = 0;

    (void)state;
    assert_int_equal(ch_decoder_init(&d, &s, NULL), 0);
    for (size_t i = 0; i < d.param_count; i++) {
        assert_int_equal(d.param[i].offset % 16, 0);
        assert_true(d.param[i].offset >= end);
        assert_true(d.param[i].offset < end + 16);
        assert_int_equal(d.param[i].count,
                         d.param[i].rows * d.param[i].columns);
        end = d.param[i].offset + d.param[i].count;
    }
    assert_true(d.float_count >= end && d.float_count < end + 16);
}

static void the_cell_takes_word_and_image_when_fed_every_step(void **state)
{
    struct ch_decoder_shape s = small();
    struct ch_decoder d;

    (void)state;
    s.image = CH_IMAGE_EVERY;
    assert_int_equal(ch_decoder_init(&d, &s, NULL), 0);
    assert_int_equal(ch_decoder_param(&d, "lstm.weight_ih_l0")->columns, 40);
    assert_int_equal(ch_decoder_param(&d, "lstm.weight_ih_l0")->rows, 96);
}

static void a_size_of_zero_is_refused(void **state)
{
    struct ch_decoder_shape s = small();
    struct ch_err e = CH_ERR_INIT;
    struct ch_decoder d;

    (void)state;
    s.H = 0;
    assert_int_equal(ch_decoder_init(&d, &s, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "a decoder needs sizes of at least 1, found "
                        "vocabulary 50, embed 20, hidden 0, feature 30");
}

static void sizes_beyond_memory_are_refused(void **state)
{
    const size_t large[] = { SIZE_MAX, SIZE_MAX / 4, (size_t)1 << 60,
                             (size_t)1 << 40 };

    (void)state;
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        struct ch_decoder_shape s = small();
        struct ch_decoder d;

        s.H = s.E = large[i];
        assert_int_equal(ch_decoder_init(&d, &s, NULL), CH_EUSAGE);
    }
}

/* Mean 0, spread over nearly all of the bound, nothing beyond it. */
static void check_uniform(const struct ch_decoder *d, const float *params,
                          const char *name, double bound)
{
    const struct ch_param_info *p = ch_decoder_param(d, name);
    double sum = 0, largest = 0;

    for (size_t k = 0; k < p->count; k++) {
        sum += (double)params[p->offset + k];
        largest = fmax(largest, fabs((double)params[p->offset + k]));
    }
    assert_true(largest <= bound * (1 + 1e-6));
    assert_true(largest > 0.9 * bound);
    /* Five standard deviations of the mean of a uniform. */
    assert_true(fabs(sum / (double)p->count) <
                5 * bound / sqrt(3.0 * (double)p->count));
}

static void parameters_start_within_their_bounds(void **state)
{
    struct ch_decoder_shape s = small();
    struct ch_decoder d;
    float *params;

    (void)state;
    assert_int_equal(ch_decoder_init(&d, &s, NULL), 0);
    params = ch_block_get(d.float_count, sizeof *params);
    ch_decoder_start_params(&d, 3, params);
    check_uniform(&d, params, "image.weight", 1 / sqrt(30));
    check_uniform(&d, params, "embed.weight", 0.1);
    check_uniform(&d, params, "lstm.weight_ih_l0", 1 / sqrt(24));
    check_uniform(&d, params, "lstm.bias_hh_l0", 1 / sqrt(24));
    check_uniform(&d, params, "output.weight", 1 / sqrt(24));
    for (size_t k = 0; k < 50; k++)
        assert_true(params[ch_decoder_param(&d, "output.bias")->offset + k] ==
                    0);
    ch_block_release(params);
}

static void a_seed_gives_the_same_start_and_another_seed_another(void **state)
{
    struct ch_decoder_shape s = small();
    struct ch_decoder d;
    float *a, *b;
    size_t bytes;

    (void)state;
    assert_int_equal(ch_decoder_init(&d, &s, NULL), 0);
    bytes = d.float_count * sizeof *a;
    a = ch_block_get(d.float_count, sizeof *a);
    b = ch_block_get(d.float_count, sizeof *b);
    ch_decoder_start_params(&d, 3, a);
    memset(b, 0x55, bytes);
    ch_decoder_start_params(&d, 3, b);
    assert_memory_equal(a, b, bytes);
    ch_decoder_start_params(&d, 4, b);
    assert_true(memcmp(a, b, bytes) != 0);
    ch_block_release(a);
    ch_block_release(b);
}

static void the_forget_gate_starts_with_its_bias(void **state)
{
    struct ch_decoder_shape s = small();
    struct ch_decoder d;
    float *without, *with;
    size_t bias, H = s.H;

    (void)state;
    s.layers = 2;
    assert_int_equal(ch_decoder_init(&d, &s, NULL), 0);
    without = ch_block_get(d.float_count, sizeof *without);
    with = ch_block_get(d.float_count, sizeof *with);
    ch_decoder_start_params(&d, 3, without);
    d.shape.forget_bias = 2;
    ch_decoder_start_params(&d, 3, with);
    bias = ch_decoder_param(&d, "lstm.bias_ih_l1")->offset;
    for (size_t k = 0; k < 4 * H; k++)
        assert_true(with[bias + k] == without[bias + k] +
                    (k >= H && k < 2 * H ? 2.0f : 0.0f));
    ch_block_release(with);
    ch_block_release(without);
}

/* What is scaled to mean 0 and variance 1 stays so at the start. */
static void a_norm_of_the_image_starts_as_nothing(void **state)
{
    static const struct { const char *name; double start; } known[] = {
        { "init_h_norm.weight", 1 }, { "init_h_norm.bias", 0 },
        { "init_c_norm.weight", 1 }, { "init_c_norm.bias", 0 }
    };
    struct ch_decoder_shape s = small();
    struct ch_decoder d;
    float *params;

    (void)state;
    s.image = CH_IMAGE_STATE;
    s.layers = 3;
    assert_int_equal(ch_decoder_init(&d, &s, NULL), 0);
    assert_null(ch_decoder_param(&d, known[0].name));
    s.image_norm = CH_NORM_LAYER;
    assert_int_equal(ch_decoder_init(&d, &s, NULL), 0);
    params = ch_block_get(d.float_count, sizeof *params);
    ch_decoder_start_params(&d, 3, params);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct ch_param_info *p = ch_decoder_param(&d, known[i].name);

        assert_non_null(p);
        assert_int_equal(p->count, 3 * s.H);
        for (size_t k = 0; k < p->count; k++)
            assert_true((double)params[p->offset + k] == known[i].start);
    }
    ch_block_release(params);
}

static void too_many_layers_are_refused(void **state)
{
    struct ch_decoder_shape s = small();
    struct ch_err e = CH_ERR_INIT;
    struct ch_decoder d;

    (void)state;
    s.layers = 5;
    assert_int_equal(ch_decoder_init(&d, &s, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "a decoder of 5 layers, expected 1 to 4");
}

/* Two matrices of the same shape must not start the same. */
static void equal_shapes_start_differently(void **state)
{
    struct ch_decoder_shape s = { .V = 24, .E = 24, .H = 24, .F = 24 };
    struct ch_decoder d;
    float *p;

    (void)state;
    assert_int_equal(ch_decoder_init(&d, &s, NULL), 0);
    p = ch_block_get(d.float_count, sizeof *p);
    ch_decoder_start_params(&d, 3, p);
    assert_true(p[ch_decoder_param(&d, "lstm.weight_ih_l0")->offset] !=
                p[ch_decoder_param(&d, "lstm.weight_hh_l0")->offset]);
    ch_block_release(p);
}

static void a_parameter_is_found_by_its_name_or_not_at_all(void **state)
{
    struct ch_decoder_shape s = small();
    struct ch_decoder d;

    (void)state;
    assert_int_equal(ch_decoder_init(&d, &s, NULL), 0);
    for (size_t i = 0; i < d.param_count; i++)
        assert_ptr_equal(ch_decoder_param(&d, d.param[i].name), &d.param[i]);
    assert_null(ch_decoder_param(&d, "output"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_follow_each_other_on_64_bytes),
        cmocka_unit_test(the_cell_takes_word_and_image_when_fed_every_step),
        cmocka_unit_test(a_size_of_zero_is_refused),
        cmocka_unit_test(sizes_beyond_memory_are_refused),
        cmocka_unit_test(parameters_start_within_their_bounds),
        cmocka_unit_test(
            a_seed_gives_the_same_start_and_another_seed_another),
        cmocka_unit_test(the_forget_gate_starts_with_its_bias),
        cmocka_unit_test(a_norm_of_the_image_starts_as_nothing),
        cmocka_unit_test(too_many_layers_are_refused),
        cmocka_unit_test(equal_shapes_start_differently),
        cmocka_unit_test(a_parameter_is_found_by_its_name_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
