/* test_image.c - a CNN's input is what Pillow would have made of it
 *
 * Expected values: Pillow's resize() in mode F with BILINEAR, of a picture
 * whose pixels are (37 x + 59 y + 83 c) mod 256.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
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
        123.8572f, 162.5915f, 181.7844f, 91.9841f, 193.6341f, 115.3601f,
        66.7119f, 108.0802f, 112.6867f, 89.0166f, 133.9751f, 175.3434f,
        115.0953f, 167.3033f, 171.0977f, 73.3537f, 178.9932f, 164.1078f,
        76.1529f, 105.9048f, 82.8697f, 94.8255f, 136.9474f, 166.6992f,
        114.8446f, 162.0887f, 196.4099f, 106.9248f, 189.3878f, 134.1729f,
        79.5815f, 102.3674f, 86.1020f, 89.2732f, 136.6968f, 180.1973f,
        117.1078f, 169.3158f, 160.3795f, 142.5513f, 166.4060f, 96.1690f,
        79.4321f, 96.8923f, 94.1746f, 79.2281f, 127.9349f, 165.6304f
    };
    struct ch_image_rule rule = plain(4);
    float out[48];

    (void)state;
    rule.resize = CH_RESIZE_CROP;
    rule.shorter = 5;
    assert_int_equal(ch_image_input(&picture, &rule, out, NULL), 0);
    expect_values(out, expected, 48);
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
        cmocka_unit_test(a_picture_of_the_right_size_stays_as_it_is),
        cmocka_unit_test(values_are_normalised_by_channel),
        cmocka_unit_test(means_go_by_the_order_of_the_input),
        cmocka_unit_test(one_colour_stays_that_colour_in_any_shape),
        cmocka_unit_test(what_is_needed_is_twice_the_side_that_is_resized_to),
    };

    return cmocka_run_group_tests(tests, draw, NULL);
}
