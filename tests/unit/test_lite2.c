/* test_lite2.c - the encoder we make sees what the original saw
 *
 * Both networks, ours of build/encoders and one exported from the original by
 * its own framework, on the same photos: same features, same grid.
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

#define OURS "build/encoders/efficientnet-lite2.json"
#define THEIRS "../shared/data/encoders/efficientnet-lite2.onnx"
#define PHOTOS "../shared/data/photos"

enum { COUNT = 6 };
/* Of the largest value: sums of thousands of f32, in another order. */
#define CLOSE 1e-4f

static struct ch_err e;

static struct ch_encoder *open_encoder(const struct ch_encoder_spec *spec)
{
    struct ch_encoder *c;

    if (ch_encoder_open(&c, spec, "f32", 1, &e))
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
    a = open_encoder(&ours);
    b = open_encoder(&theirs);
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
        struct ch_image image;
        if (ch_picture_read(&image, photo[i], ch_image_need(&ours.rule),
                            CH_PICTURE_MAX_PIXELS, &e) ||
            ch_image_input(&image, &ours.rule, plane, &e) ||
            ch_encoder_run(a, 0, plane, value[0], value[1], &e) ||
            ch_encoder_run(b, 0, plane, value[2], value[3], &e))
            fail_msg("%s", e.msg);
        expect_close(value[0], value[2], F, "features", photo[i]);
        expect_close(value[1], value[3], F * G, "grid", photo[i]);
        ch_image_release(&image);
    }
    for (size_t i = 0; i < 4; i++)
        ch_block_release(value[i]);
    ch_block_release(plane);
    ch_file_list_free(photo, count);
    ch_encoder_close(a);
    ch_encoder_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_and_grid_are_those_of_the_original),
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
