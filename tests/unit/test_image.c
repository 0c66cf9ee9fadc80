/* test_image.c - a CNN's input is what Pillow would have made of it
 *
 * Expected values: Pillow's resize() in mode F with BILINEAR, of a picture
 * whose pixels are (37 x + 59 y + 83 c) mod 256; and bytes that Pillow made of
 * larger ones (tests/golden/pillow_resize.py).
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

#include "data/image.h"

enum { WIDTH = 9, HEIGHT = 7 };
/* f32 sums of values below 256 */
#define CLOSE 1e-3f

static unsigned char pixels[HEIGHT * WIDTH * 3];
static const struct ch_image picture = { WIDTH, HEIGHT, pixels };

static int draw(void **state)
{
    (void)state;
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < WIDTH; x++)
            for (size_t c = 0; c < 3; c++)
                pixels[(y * WIDTH + x) * 3 + c] =
                    (unsigned char)(37 * x + 59 * y + 83 * c);
    return 0;
}

static struct ch_image_rule plain(size_t size)
{
    return (struct ch_image_rule){ .size = size, .std = { 1, 1, 1 } };
}

static void expect_values(const float *found, const float *expected, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(found[i] - expected[i]) < CLOSE))
            fail_msg("value %zu is %f, expected %f", i, (double)found[i],
                     (double)expected[i]);
}

static void made_smaller_as_pillow_does(void **state)
{
    static const float expected[] = {
        96.8214f, 149.8095f, 92.3214f, 149.8382f, 112.5033f, 144.3971f,
        107.3929f, 152.7619f, 96.0357f, 159.2500f, 123.0952f, 127.3214f,
        102.9559f, 140.2876f, 120.1029f, 165.2500f, 117.9206f, 131.0357f,
        114.2500f, 118.7302f, 148.6071f, 123.8382f, 131.2614f, 114.6324f,
        120.2500f, 111.5238f, 150.0357f
    };
    const struct ch_image_rule rule = plain(3);
    float out[27];

    (void)state;
    assert_int_equal(ch_image_input(&picture, &rule, out, NULL), 0);
    expect_values(out, expected, 27);
}

static void made_larger_as_pillow_does(void **state)
{
    static const float expected[] = {
        0, 31.4500f, 64.7500f, 98.0500f, 131.3500f, 164.6500f, 197.9500f,
        167.2500f, 8.5500f, 40.0000f, 32.4500f, 63.9000f, 97.2000f, 130.5000f,
        163.8000f, 197.1000f, 181.1200f, 94.1000f, 41.0000f, 72.4500f
    };
    const struct ch_image_rule rule = plain(10);
    float out[300];

    (void)state;
    assert_int_equal(ch_image_input(&picture, &rule, out, NULL), 0);
    expect_values(out, expected, 20);
}

static void the_centre_is_cut_out_as_pillow_does(void **state)
{
    static const float expected[] = {
        85.4444f, 138.8889f, 186.9630f, 117.1481f, 157.5556f,
        163.5926f, 113.6914f, 78.6420f, 178.1313f, 89.3535f, 97.7778f,
        151.2222f, 72.0000f, 125.4445f, 170.3580f, 135.3086f,
        168.4444f, 193.4444f, 80.3333f, 76.8889f, 145.7407f, 113.8519f,
        95.5556f, 149.0000f, 85.2929f, 123.2222f, 175.6060f, 138.5455f,
        155.0000f, 170.5185f, 136.4198f, 79.2469f, 147.1481f, 67.8519f,
        106.4444f, 159.8889f, 67.5556f, 121.0000f, 178.5555f,
        184.5926f, 147.6060f, 164.8485f, 108.6263f, 92.2525f,
        146.3457f, 51.2469f, 93.0000f, 146.4444f
    };
    struct ch_image_rule rule = plain(4);
    float out[48];

    (void)state;
    rule.resize = CH_RESIZE_CROP;
    rule.shorter = 5;
    assert_int_equal(ch_image_input(&picture, &rule, out, NULL), 0);
    expect_values(out, expected, 48);
}

/* Mean and largest distance from Pillow's bytes. */
static void expect_bytes(const struct ch_image *image,
                         const struct ch_image_rule *rule, const char *hex)
{
    size_t floats = 3 * rule->size * rule->size;
    float *out = malloc(floats * sizeof *out), sum = 0, most = 0;

    assert_non_null(out);
    assert_int_equal(ch_image_input(image, rule, out, NULL), 0);
    for (size_t i = 0; i < floats; i++) {
        size_t c = i % 3, at = c * rule->size * rule->size + i / 3;
        unsigned v;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
        sum += fabsf(out[at] - (float)v);
        most = fmaxf(most, fabsf(out[at] - (float)v));
    }
    free(out);
    /* Pillow rounds twice, by up to a half each time. */
    if (sum / (float)floats > 0.5f || most > 1.01f)
        fail_msg("%zu x %zu to %zu: off by %f on average, %f at most",
                 image->width, image->height, rule->size,
                 (double)(sum / (float)floats), (double)most);
}

static void larger_pictures_are_within_one_grey_level_of_pillow(void **state)
{
    static unsigned char rgb[200 * 100 * 3];
    static char hex[20000];
    FILE *f = fopen("tests/golden/resized.txt", "r");
    size_t w, h, size, shorter, count = 0;
    char name[10];

    (void)state;
    assert_non_null(f);
    while (fscanf(f, "%zu %zu %9s %zu %zu %19999s", &w, &h, name, &size,
                  &shorter, hex) == 6) {
        const struct ch_image image = { w, h, rgb };
        struct ch_image_rule rule = plain(size);

        rule.resize = name[0] == 'c' ? CH_RESIZE_CROP : CH_RESIZE_SQUASH;
        rule.shorter = shorter;
        for (size_t i = 0; i < 3 * w * h; i++) {
            size_t c = i % 3, x = i / 3 % w, y = i / 3 / w;
            rgb[i] = (unsigned char)(x * x / 7 + y * y / 5 + x * y / (3 + c) +
                                     40 * c);
        }
        expect_bytes(&image, &rule, hex);
        count++;
    }
    fclose(f);
    assert_int_equal(count, 8);
}

static void views_are_centre_and_corners_each_with_its_mirror(void **state)
{
    /* The first pixel of each: (5 - 2) / 2 is 1.5, and halves go to even. */
    static const unsigned char start[] = { 7, 0, 3, 10, 13 };
    unsigned char rgb[4 * 5 * 3];
    const struct ch_image image = { 5, 4, rgb };
    struct ch_image_rule rule = plain(2);
    float out[10 * 12];

    (void)state;
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (unsigned char)(i / 3);
    rule.resize = CH_RESIZE_CROP;
    rule.shorter = 4;
    assert_int_equal(ch_image_view_count(&rule), 1);
    rule.corners = rule.flip = true;
    assert_int_equal(ch_image_view_count(&rule), 10);
    assert_int_equal(ch_image_input(&image, &rule, out, NULL), 0);
    for (size_t i = 0; i < 5; i++) {
        const float *view = out + 24 * i, *flipped = view + 12;
        float v = start[i];

        assert_float_equal(view[0], v, CLOSE);
        assert_float_equal(view[1], v + 1, CLOSE);
        assert_float_equal(view[2], v + 5, CLOSE);
        assert_float_equal(view[8 + 3], v + 6, CLOSE);
        assert_float_equal(flipped[0], v + 1, CLOSE);
        assert_float_equal(flipped[1], v, CLOSE);
        assert_float_equal(flipped[8 + 3], v + 5, CLOSE);
    }
    rule.flip = false;
    assert_int_equal(ch_image_view_count(&rule), 5);
    rule.corners = false;
    rule.flip = true;
    assert_int_equal(ch_image_view_count(&rule), 2);
    assert_int_equal(ch_image_input(&image, &rule, out, NULL), 0);
    assert_float_equal(out[0], 7, CLOSE);
    assert_float_equal(out[12], 8, CLOSE);
}

static void a_picture_of_the_right_size_stays_as_it_is(void **state)
{
    const struct ch_image square = { HEIGHT, HEIGHT, pixels };
    const struct ch_image_rule rule = plain(HEIGHT);
    float out[3 * HEIGHT * HEIGHT];

    (void)state;
    assert_int_equal(ch_image_input(&square, &rule, out, NULL), 0);
    for (size_t i = 0; i < HEIGHT * HEIGHT; i++)
        for (size_t c = 0; c < 3; c++)
            assert_float_equal(out[c * HEIGHT * HEIGHT + i],
                               pixels[3 * i + c], 0);
}

static void values_are_normalised_by_channel(void **state)
{
    unsigned char one[3] = { 10, 20, 40 };
    const struct ch_image image = { 1, 1, one };
    const struct ch_image_rule rule = { .size = 1, .mean = { 4, 5, 6 },
                                        .std = { 2, 3, 17 } };
    float out[3];

    (void)state;
    assert_int_equal(ch_image_input(&image, &rule, out, NULL), 0);
    assert_float_equal(out[0], 3, 1e-6);
    assert_float_equal(out[1], 5, 1e-6);
    assert_float_equal(out[2], 2, 1e-6);
}

static void means_go_by_the_order_of_the_input(void **state)
{
    unsigned char one[3] = { 10, 20, 40 };
    const struct ch_image image = { 1, 1, one };
    const struct ch_image_rule rule = { .size = 1, .is_bgr = true,
                                        .mean = { 1, 2, 3 },
                                        .std = { 1, 1, 1 } };
    float out[3];

    (void)state;
    assert_int_equal(ch_image_input(&image, &rule, out, NULL), 0);
    assert_float_equal(out[0], 39, 1e-6);
    assert_float_equal(out[1], 18, 1e-6);
    assert_float_equal(out[2], 7, 1e-6);
}

static void one_colour_stays_that_colour_in_any_shape(void **state)
{
    static const size_t shape[][2] = { { 1, 1 }, { 1, 50 }, { 50, 1 },
                                       { 3, 2 }, { 97, 31 } };
    unsigned char grey[97 * 50 * 3];
    struct ch_image_rule rule = plain(5);
    float out[75];

    (void)state;
    memset(grey, 77, sizeof grey);
    rule.shorter = 6;
    for (size_t i = 0; i < sizeof shape / sizeof shape[0]; i++)
        for (int r = CH_RESIZE_SQUASH; r <= CH_RESIZE_CROP; r++) {
            const struct ch_image image = { shape[i][0], shape[i][1], grey };
            rule.resize = (enum ch_resize)r;
            assert_int_equal(ch_image_input(&image, &rule, out, NULL), 0);
            for (size_t k = 0; k < 75; k++)
                assert_float_equal(out[k], 77, CLOSE);
        }
}

static void what_is_needed_is_twice_the_side_that_is_resized_to(void **state)
{
    struct ch_image_rule rule = plain(224);

    (void)state;
    assert_int_equal(ch_image_need(&rule), 448);
    rule.resize = CH_RESIZE_CROP;
    rule.shorter = 256;
    assert_int_equal(ch_image_need(&rule), 512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_smaller_as_pillow_does),
        cmocka_unit_test(made_larger_as_pillow_does),
        cmocka_unit_test(the_centre_is_cut_out_as_pillow_does),
        cmocka_unit_test(larger_pictures_are_within_one_grey_level_of_pillow),
        cmocka_unit_test(views_are_centre_and_corners_each_with_its_mirror),
        cmocka_unit_test(a_picture_of_the_right_size_stays_as_it_is),
        cmocka_unit_test(values_are_normalised_by_channel),
        cmocka_unit_test(means_go_by_the_order_of_the_input),
        cmocka_unit_test(one_colour_stays_that_colour_in_any_shape),
        cmocka_unit_test(what_is_needed_is_twice_the_side_that_is_resized_to),
    };

    return cmocka_run_group_tests(tests, draw, NULL);
}
