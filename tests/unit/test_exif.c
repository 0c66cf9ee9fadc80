/* test_exif.c - a photo is turned upright, whatever its EXIF holds */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "data/exif.h"

static void little_and_big_endian_are_read(void **state)
{
    static const char little[] =
        "II*\0\x08\0\0\0" "\x02\0" "\x0f\x01\x02\0\x01\0\0\0A\0\0\0"
        "\x12\x01\x03\0\x01\0\0\0\x06\0\0\0";
    static const char big[] = "Exif\0\0MM\0*\0\0\0\x08" "\0\x01"
        "\x01\x12\0\x03\0\0\0\x01\0\x08\0\0";

    (void)state;
    assert_int_equal(ch_exif_orientation(little, sizeof little - 1), 6);
    assert_int_equal(ch_exif_orientation(big, sizeof big - 1), 8);
}

static void what_is_not_as_it_should_be_is_upright(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } known[] = {
        { "", 0 },
        { "Exif\0\0", 6 },
        { "II*\0", 4 },
        { "IM*\0\x08\0\0\0", 8 },
        { "II+\0\x08\0\0\0", 8 },
        /* the directory is behind the end, or in the head */
        { "II*\0\xff\xff\xff\xff\0\0", 10 },
        { "II*\0\x04\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0", 22 },
        /* one entry promised, none there; half of one */
        { "II*\0\x08\0\0\0\x01\0", 10 },
        { "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06", 19 },
        /* 0, 9, two of them, a LONG */
        { "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0", 22 },
        { "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0", 22 },
        { "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x02\0\0\0\x06\0\0\0", 22 },
        { "II*\0\x08\0\0\0\x01\0\x12\x01\x04\0\x01\0\0\0\x06\0\0\0", 22 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_int_equal(ch_exif_orientation(known[i].bytes, known[i].n), 1);
}

/* A picture of 3 x 2 whose pixels are called a b c / d e f. */
static void expect_turned(int orientation, size_t width, const char *names)
{
    struct ch_image image = { 3, 2, malloc(18) };
    struct ch_err e = CH_ERR_INIT;

    assert_non_null(image.rgb);
    for (size_t i = 0; i < 6; i++)
        memset(image.rgb + 3 * i, 'a' + (int)i, 3);
    assert_int_equal(ch_exif_turn(&image, orientation, &e), 0);
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, 6 / width);
    for (size_t i = 0; i < 18; i++)
        assert_int_equal(image.rgb[i], names[i / 3]);
    ch_image_release(&image);
}

static void each_way_is_turned_upright(void **state)
{
    (void)state;
    expect_turned(0, 3, "abcdef");
    expect_turned(1, 3, "abcdef");
    expect_turned(2, 3, "cbafed");
    expect_turned(3, 3, "fedcba");
    expect_turned(4, 3, "defabc");
    expect_turned(5, 2, "adbecf");
    expect_turned(6, 2, "daebfc");
    expect_turned(7, 2, "fcebda");
    expect_turned(8, 2, "cfbead");
    expect_turned(9, 3, "abcdef");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_and_big_endian_are_read),
        cmocka_unit_test(what_is_not_as_it_should_be_is_upright),
        cmocka_unit_test(each_way_is_turned_upright),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
