/* test_encoder.c - a network runs, and says what does not fit
 *
 * The network of tests/fixture takes means: of quarters of each plane (grid),
 * and of those (features).  All it computes is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/encoder.h"
#include "scratch.h"

enum { SIZE = 8, PLANE = 3 * SIZE * SIZE };

static struct ch_encoder_spec spec;

static int read_spec(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    if (ch_encoder_spec_read(&spec, "tests/fixture/tiny.json", &e))
        fail_msg("%s", e.msg);
    return 0;
}

static struct ch_encoder *open_encoder(const char *precision)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_encoder *c;

    if (ch_encoder_open(&c, &spec, precision, 1, &e))
        fail_msg("%s", e.msg);
    return c;
}

/* Plane c is c + 1 in its upper left quarter, and 0 elsewhere. */
static void fill(float *planes, float scale)
{
    memset(planes, 0, PLANE * sizeof *planes);
    for (size_t c = 0; c < 3; c++)
        for (size_t y = 0; y < SIZE / 2; y++)
            for (size_t x = 0; x < SIZE / 2; x++)
                planes[(c * SIZE + y) * SIZE + x] = scale * (float)(c + 1);
}

static void sizes_are_those_of_the_outputs(void **state)
{
    struct ch_encoder *c = open_encoder("f32");

    (void)state;
    assert_int_equal(ch_encoder_feature_count(c), 3);
    assert_int_equal(ch_encoder_grid_rows(c), 4);
    ch_encoder_close(c);
}

static void features_are_what_the_network_computes(void **state)
{
    struct ch_encoder *c = open_encoder("f32");
    struct ch_err e = CH_ERR_INIT;
    float planes[2 * PLANE], pooled[6], grid[24];

    (void)state;
    fill(planes, 4);
    fill(planes + PLANE, 8);
    assert_int_equal(ch_encoder_run(c, planes, 2, pooled, grid, &e), 0);
    for (size_t f = 0; f < 3; f++) {
        assert_float_equal(pooled[f], (float)(f + 1), 1e-6);
        assert_float_equal(pooled[3 + f], 2 * (float)(f + 1), 1e-6);
    }
    ch_encoder_close(c);
}

/* The network gives [F, G]; a decoder looks at cells, so it is turned. */
static void a_row_of_the_grid_is_one_cell(void **state)
{
    struct ch_encoder *c = open_encoder("f32");
    struct ch_err e = CH_ERR_INIT;
    float planes[PLANE], pooled[3], grid[12];

    (void)state;
    fill(planes, 4);
    assert_int_equal(ch_encoder_run(c, planes, 1, pooled, grid, &e), 0);
    for (size_t f = 0; f < 3; f++) {
        assert_float_equal(grid[f], 4 * (float)(f + 1), 1e-6);
        for (size_t g = 1; g < 4; g++)
            assert_float_equal(grid[3 * g + f], 0, 0);
    }
    ch_encoder_close(c);
}

static void the_grid_may_be_left_out(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_encoder *c;
    float planes[PLANE], pooled[3];

    (void)state;
    spec.grid[0] = '\0';
    c = open_encoder("f32");
    assert_int_equal(ch_encoder_grid_rows(c), 0);
    fill(planes, 4);
    assert_int_equal(ch_encoder_run(c, planes, 1, pooled, NULL, &e), 0);
    assert_float_equal(pooled[2], 3, 1e-6);
    ch_encoder_close(c);
}

static void the_input_takes_the_size_of_the_rule(void **state)
{
    struct ch_encoder *c;

    (void)state;
    spec.rule.size = 12;      /* 3 x 3 means of 4 x 4; one of 2 x 2 of them */
    c = open_encoder("f32");
    assert_int_equal(ch_encoder_grid_rows(c), 9);
    assert_int_equal(ch_encoder_feature_count(c), 3);
    ch_encoder_close(c);
}

static void expect_refused(const char *words)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_encoder *c;

    assert_int_equal(ch_encoder_open(&c, &spec, "f32", 1, &e), CH_EFORMAT);
    assert_null(c);
    if (!strstr(e.msg, words) || !strstr(e.msg, spec.network))
        fail_msg("%s", e.msg);
}

static void an_output_that_is_not_there_is_named_with_those_that_are(
    void **state)
{
    (void)state;
    strcpy(spec.pooled, "logits");
    expect_refused("has no output \"logits\"; it has: features, grid");
}

static void a_grid_that_is_not_there_is_named(void **state)
{
    (void)state;
    strcpy(spec.grid, "cells");
    expect_refused("has no output \"cells\"; it has: features, grid");
}

static void a_grid_of_another_depth_is_refused(void **state)
{
    (void)state;
    strcpy(spec.pooled, "grid");
    strcpy(spec.grid, "features");
    expect_refused("output \"features\" is not [1, 12, height, width]");
}

static void a_file_that_is_no_network_is_refused(void **state)
{
    FILE *f;

    (void)state;
    snprintf(spec.network, sizeof spec.network, "%s",
             scratch_path("bad.onnx"));
    f = fopen(spec.network, "w");
    assert_non_null(f);
    fputs("this is no network", f);
    fclose(f);
    expect_refused("cannot read the network: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(sizes_are_those_of_the_outputs, read_spec),
        cmocka_unit_test_setup(features_are_what_the_network_computes,
                               read_spec),
        cmocka_unit_test_setup(a_row_of_the_grid_is_one_cell, read_spec),
        cmocka_unit_test_setup(the_grid_may_be_left_out, read_spec),
        cmocka_unit_test_setup(the_input_takes_the_size_of_the_rule,
                               read_spec),
        cmocka_unit_test_setup(
            an_output_that_is_not_there_is_named_with_those_that_are,
            read_spec),
        cmocka_unit_test_setup(a_grid_that_is_not_there_is_named, read_spec),
        cmocka_unit_test_setup(a_grid_of_another_depth_is_refused, read_spec),
        cmocka_unit_test_setup(a_file_that_is_no_network_is_refused,
                               read_spec),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
