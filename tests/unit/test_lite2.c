/* test_lite2.c - the encoder we make sees what the original saw
 *
 * Both networks, ours of build/encoders and one exported from the original by
 * its own framework, on the same photos: same features, same grid.  And what
 * of them is left when they are stored in 16 bits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "data/encoder.h"
#include "data/picture.h"
#include "data/record.h"

#define OURS "build/encoders/efficientnet-lite2.json"
#define THEIRS "../shared/data/encoders/efficientnet-lite2.onnx"
#define PHOTOS "../shared/data/photos"

enum { COUNT = 6 };
/* Of the largest value: sums of thousands of f32, in another order. */
#define CLOSE 1e-4f
/* A value rounded to 11 bits (f16) or 8 (bf16) is off by u = 1/2048 or 1/256 of
 * itself at most, so a vector turns by u at most: its cosine is 1 - u^2 / 2. */
#define COSINE_F16 (1 - 1.2e-7)
#define COSINE_BF16 (1 - 7.7e-6)
/* Of features that a whole network computed in bf16. */
#define COSINE_COMPUTED 0.999

static struct ch_err e;

static struct ch_encoder *open_encoder(const struct ch_encoder_spec *spec,
                                       const char *precision)
{
    struct ch_encoder *c;

    if (ch_encoder_open(&c, spec, precision, 1, &e))
        fail_msg("%s", e.msg);
    return c;
}

static void expect_close(const float *found, const float *expected, size_t n,
                         const char *what, const char *photo)
{
    float largest = 0, apart = 0;

    for (size_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(expected[i]));
        apart = fmaxf(apart, fabsf(found[i] - expected[i]));
    }
    printf("%s: %s apart by %.1e of %.3f\n", photo, what, (double)apart,
           (double)largest);
    if (!(largest > 0.1f) || !(apart <= CLOSE * largest))
        fail_msg("%s: %s apart by %g, the largest is %g", photo, what,
                 (double)apart, (double)largest);
}

static void see(struct ch_encoder *c, const struct ch_encoder_spec *spec,
                const char *photo, float *plane, float *pooled, float *grid)
{
    struct ch_image image;

    if (ch_picture_read(&image, photo, ch_image_need(&spec->rule),
                        CH_PICTURE_MAX_PIXELS, &e) ||
        ch_image_input(&image, &spec->rule, plane, &e) ||
        ch_encoder_run(c, 0, plane, pooled, grid, &e))
        fail_msg("%s", e.msg);
    ch_image_release(&image);
}

static void features_and_grid_are_those_of_the_original(void **state)
{
    struct ch_encoder_spec ours, theirs;
    struct ch_encoder *a, *b;
    size_t F, G, size, count;
    float *plane, *value[4];
    char **photo;

    (void)state;
    if (ch_encoder_spec_read(&ours, OURS, &e))
        fail_msg("%s", e.msg);
    theirs = ours;
    strcpy(theirs.network, THEIRS);
    a = open_encoder(&ours, "f32");
    b = open_encoder(&theirs, "f32");
    F = ch_encoder_feature_count(a);
    G = ch_encoder_grid_rows(a);
    size = ours.rule.size;
    assert_int_equal(F, 1280);
    assert_int_equal(ch_encoder_feature_count(b), F);
    assert_int_equal(ch_encoder_grid_rows(b), G);
    plane = ch_block_get(3 * size * size, sizeof *plane);
    for (size_t i = 0; i < 4; i++)
        value[i] = ch_block_get(F * G, sizeof(float));
    assert_int_equal(ch_file_list(PHOTOS, "jpg", &photo, &count, &e), 0);
    assert_true(count >= COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        see(a, &ours, photo[i], plane, value[0], value[1]);
        see(b, &ours, photo[i], plane, value[2], value[3]);
        expect_close(value[0], value[2], F, "features", photo[i]);
        expect_close(value[1], value[3], F * G, "grid", photo[i]);
    }
    for (size_t i = 0; i < 4; i++)
        ch_block_release(value[i]);
    ch_block_release(plane);
    ch_file_list_free(photo, count);
    ch_encoder_close(a);
    ch_encoder_close(b);
}

static double cosine(const float *a, const float *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;

    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

/* Of values and what is read when they were stored as dtype. */
static double cosine_when_stored(enum ch_feature_dtype dtype, char kind,
                                 size_t rows, size_t columns,
                                 const float *value, float *back)
{
    struct ch_buffer record = { 0 };

    ch_record_write_feature(&record, kind, dtype, rows, columns, value);
    assert_false(record.failed);
    if (ch_record_read_feature(record.at, record.size, "record", kind, rows,
                               columns, back, &e))
        fail_msg("%s", e.msg);
    ch_buffer_release(&record);
    return cosine(value, back, rows * columns);
}

static void sixteen_bits_keep_the_direction_of_every_photo(void **state)
{
    double least[2] = { 1, 1 };
    struct ch_encoder_spec spec;
    struct ch_encoder *c;
    float *plane, *pooled, *grid, *back;
    size_t F, G, count;
    char **photo;

    (void)state;
    if (ch_encoder_spec_read(&spec, OURS, &e))
        fail_msg("%s", e.msg);
    c = open_encoder(&spec, "f32");
    F = ch_encoder_feature_count(c);
    G = ch_encoder_grid_rows(c);
    plane = ch_block_get(3 * spec.rule.size * spec.rule.size, sizeof *plane);
    pooled = ch_block_get(F, sizeof *pooled);
    grid = ch_block_get(F * G, sizeof *grid);
    back = ch_block_get(F * G, sizeof *back);
    assert_int_equal(ch_file_list(PHOTOS, "jpg", &photo, &count, &e), 0);
    for (size_t i = 0; i < count; i++) {
        see(c, &spec, photo[i], plane, pooled, grid);
        for (int d = 0; d < 2; d++) {
            enum ch_feature_dtype dtype = d ? CH_FEATURE_BF16 : CH_FEATURE_F16;

            least[d] = fmin(least[d], cosine_when_stored(dtype, 'f', 1, F,
                                                         pooled, back));
            least[d] = fmin(least[d], cosine_when_stored(dtype, 'g', G, F,
                                                         grid, back));
        }
    }
    printf("%zu photos: cosine 1 - %.1e as f16, 1 - %.1e as bf16\n", count,
           1 - least[0], 1 - least[1]);
    assert_true(least[0] >= COSINE_F16);
    assert_true(least[1] >= COSINE_BF16);
    ch_block_release(plane);
    ch_block_release(pooled);
    ch_block_release(grid);
    ch_block_release(back);
    ch_file_list_free(photo, count);
    ch_encoder_close(c);
}

static void computing_in_bf16_keeps_the_direction_of_every_photo(void **state)
{
    struct ch_encoder_spec spec;
    struct ch_encoder *c[2];
    size_t F, G, count;
    double least = 1;
    float *plane, *pooled[2], *grid[2];
    char **photo;

    (void)state;
    if (ch_encoder_spec_read(&spec, OURS, &e))
        fail_msg("%s", e.msg);
    c[1] = open_encoder(&spec, "bf16");
    if (strcmp(ch_encoder_precision(c[1]), "bf16")) {
        ch_encoder_close(c[1]);
        puts("skipped: this processor has no bf16");
        skip();
    }
    c[0] = open_encoder(&spec, "f32");
    F = ch_encoder_feature_count(c[0]);
    G = ch_encoder_grid_rows(c[0]);
    plane = ch_block_get(3 * spec.rule.size * spec.rule.size, sizeof *plane);
    for (int k = 0; k < 2; k++) {
        pooled[k] = ch_block_get(F, sizeof(float));
        grid[k] = ch_block_get(F * G, sizeof(float));
    }
    assert_int_equal(ch_file_list(PHOTOS, "jpg", &photo, &count, &e), 0);
    for (size_t i = 0; i < count; i++) {
        for (int k = 0; k < 2; k++)
            see(c[k], &spec, photo[i], plane, pooled[k], grid[k]);
        least = fmin(least, cosine(pooled[0], pooled[1], F));
        least = fmin(least, cosine(grid[0], grid[1], F * G));
    }
    printf("%zu photos: cosine of bf16 to f32 at least %.6f\n", count, least);
    assert_true(least >= COSINE_COMPUTED);
    for (int k = 0; k < 2; k++) {
        ch_block_release(pooled[k]);
        ch_block_release(grid[k]);
        ch_encoder_close(c[k]);
    }
    ch_block_release(plane);
    ch_file_list_free(photo, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_and_grid_are_those_of_the_original),
        cmocka_unit_test(sixteen_bits_keep_the_direction_of_every_photo),
        cmocka_unit_test(computing_in_bf16_keeps_the_direction_of_every_photo),
    };

    if (access(THEIRS, R_OK) || access(PHOTOS, R_OK)) {
        puts("skipped: no ../shared");
        return 77;
    }
    if (access(OURS, R_OK)) {
        puts("skipped: no " OURS "; make quickstart makes it");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
