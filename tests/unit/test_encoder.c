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
    float planes[2 * PLANE], pooled[6], grid[12];

    (void)state;
    fill(planes, 4);
    fill(planes + PLANE, 8);
    assert_int_equal(ch_encoder_run(c, 0, planes, pooled, grid, &e), 0);
    assert_int_equal(ch_encoder_run(c, 0, planes + PLANE, pooled + 3, NULL,
                                    &e), 0);
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
    assert_int_equal(ch_encoder_run(c, 0, planes, pooled, grid, &e), 0);
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
    assert_int_equal(ch_encoder_run(c, 0, planes, pooled, NULL, &e), 0);
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

static void use(const char *network, const char *pooled, const char *grid)
{
    snprintf(spec.network, sizeof spec.network, "tests/fixture/%s", network);
    strcpy(spec.pooled, pooled);
    strcpy(spec.grid, grid);
}

static void a_grid_without_places_is_refused(void **state)
{
    (void)state;
    use("tiny.onnx", "vector", "class");
    expect_refused("output \"class\" has 2 dimensions, expected a grid [1, "
                   "channels, height, width]");
}

static void a_grid_may_have_a_depth_of_its_own(void **state)
{
    struct ch_encoder *c;

    (void)state;
    strcpy(spec.pooled, "grid");
    c = open_encoder("f32");
    assert_int_equal(ch_encoder_feature_count(c), 12);
    assert_int_equal(ch_encoder_grid_rows(c), 4);
    assert_int_equal(ch_encoder_grid_columns(c), 3);
    ch_encoder_close(c);
}

/* Each plane has one bright quarter: the upper left, by 4, 8 and 12. */
static void expect_the_same(struct ch_encoder *c)
{
    struct ch_err e = CH_ERR_INIT;
    float planes[PLANE], pooled[3], grid[12];

    assert_int_equal(ch_encoder_grid_rows(c), 4);
    assert_int_equal(ch_encoder_grid_columns(c), 3);
    fill(planes, 4);
    assert_int_equal(ch_encoder_run(c, 0, planes, pooled, grid, &e), 0);
    for (size_t f = 0; f < 3; f++) {
        assert_float_equal(pooled[f], (float)(f + 1), 1e-6);
        for (size_t g = 0; g < 4; g++)
            assert_float_equal(grid[3 * g + f],
                               g == 0 ? 4 * (float)(f + 1) : 0, 1e-6);
    }
    ch_encoder_close(c);
}

static void inner_tensors_of_onnx_become_outputs(void **state)
{
    (void)state;
    use("tiny.onnx", "vector", "map");
    expect_the_same(open_encoder("f32"));
}

static void tflite_has_its_channels_last(void **state)
{
    (void)state;
    use("tiny.tflite", "features", "grid");
    expect_the_same(open_encoder("f32"));
}

static void the_class_of_onnx_is_an_output_as_well(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_encoder *c;
    float planes[PLANE], pooled[3];

    (void)state;
    use("tiny.onnx", "class", "");
    c = open_encoder("f32");
    fill(planes, 4);
    assert_int_equal(ch_encoder_run(c, 0, planes, pooled, NULL, &e), 0);
    assert_float_equal(pooled[2], 6, 1e-6);
    ch_encoder_close(c);
}

static void a_tensor_that_onnx_does_not_have_is_named(void **state)
{
    (void)state;
    use("tiny.onnx", "logits", "");
    expect_refused("has no output \"logits\"; it has: class");
}

/* The second view is bright in the upper right: where the first is, once it
 * is turned back. */
static void views_are_averaged_and_mirrored_grids_turned_back(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_encoder *c;
    float views[2 * PLANE] = { 0 }, pooled[3], grid[12];

    (void)state;
    spec.rule.flip = true;
    c = open_encoder("f32");
    fill(views, 4);
    for (size_t k = 0; k < 3; k++)
        for (size_t y = 0; y < SIZE / 2; y++)
            for (size_t x = SIZE / 2; x < SIZE; x++)
                views[PLANE + (k * SIZE + y) * SIZE + x] = 8 * (float)(k + 1);
    assert_int_equal(ch_encoder_run(c, 0, views, pooled, grid, &e), 0);
    for (size_t f = 0; f < 3; f++) {
        assert_float_equal(pooled[f], 1.5 * (double)(f + 1), 1e-6);
        assert_float_equal(grid[f], 6 * (float)(f + 1), 1e-6);
        assert_float_equal(grid[3 + f], 0, 0);
    }
    ch_encoder_close(c);
}

static void corners_have_no_grid(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_encoder *c;
    float views[5 * PLANE], pooled[3];

    (void)state;
    spec.rule.corners = true;
    c = open_encoder("f32");
    assert_int_equal(ch_encoder_grid_rows(c), 0);
    for (size_t v = 0; v < 5; v++)
        fill(views + v * PLANE, 4 * (float)v);
    assert_int_equal(ch_encoder_run(c, 0, views, pooled, NULL, &e), 0);
    assert_float_equal(pooled[0], 2, 1e-6);
    ch_encoder_close(c);
}

static void lanes_do_not_touch_each_other(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_encoder *c;
    float planes[PLANE], a[3], b[3];

    (void)state;
    if (ch_encoder_open(&c, &spec, "f32", 2, &e))
        fail_msg("%s", e.msg);
    fill(planes, 4);
    assert_int_equal(ch_encoder_run(c, 1, planes, a, NULL, &e), 0);
    fill(planes, 8);
    assert_int_equal(ch_encoder_run(c, 0, planes, b, NULL, &e), 0);
    assert_float_equal(a[0], 1, 1e-6);
    assert_float_equal(b[0], 2, 1e-6);
    ch_encoder_close(c);
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
        cmocka_unit_test_setup(a_grid_without_places_is_refused, read_spec),
        cmocka_unit_test_setup(a_grid_may_have_a_depth_of_its_own, read_spec),
        cmocka_unit_test_setup(inner_tensors_of_onnx_become_outputs,
                               read_spec),
        cmocka_unit_test_setup(tflite_has_its_channels_last, read_spec),
        cmocka_unit_test_setup(the_class_of_onnx_is_an_output_as_well,
                               read_spec),
        cmocka_unit_test_setup(a_tensor_that_onnx_does_not_have_is_named,
                               read_spec),
        cmocka_unit_test_setup(
            views_are_averaged_and_mirrored_grids_turned_back, read_spec),
        cmocka_unit_test_setup(corners_have_no_grid, read_spec),
        cmocka_unit_test_setup(lanes_do_not_touch_each_other, read_spec),
        cmocka_unit_test_setup(a_file_that_is_no_network_is_refused,
                               read_spec),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
