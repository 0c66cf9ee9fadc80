/* test_jpeg.c - photos are decoded whole, small enough, or refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "data/picture.h"
#include "scratch.h"

enum { WIDTH = 320, HEIGHT = 240 };

static char *bytes;        /* a JPEG of WIDTH x HEIGHT */
static size_t n;
static struct ch_err e;

/* Left half red, right half blue. */
static void draw(unsigned char *rgb)
{
    for (size_t y = 0; y < HEIGHT; y++)
        for (size_t x = 0; x < WIDTH; x++) {
            unsigned char *p = rgb + (y * WIDTH + x) * 3;
            p[0] = x < WIDTH / 2 ? 250 : 10;
            p[1] = 10;
            p[2] = x < WIDTH / 2 ? 10 : 250;
        }
}

static int make(void **state)
{
    struct ch_image image = { WIDTH, HEIGHT, malloc(WIDTH * HEIGHT * 3) };
    const char *path;

    if (scratch_make(state) || !image.rgb)
        return -1;
    path = scratch_path("photo.jpg");
    draw(image.rgb);
    if (ch_jpeg_write(path, &image, 95, &e) ||
        ch_file_read(path, 1 << 24, &bytes, &n, &e))
        fail_msg("%s", e.msg);
    ch_image_release(&image);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    e = (struct ch_err)CH_ERR_INIT;
    return 0;
}

static int drop(void **state)
{
    free(bytes);
    return scratch_remove(state);
}

static int read_photo(struct ch_image *image, const char *path)
{
    return ch_picture_read(image, path, 0, CH_PICTURE_MAX_PIXELS, &e);
}

static struct ch_image decode(size_t need)
{
    struct ch_image image;

    if (ch_jpeg_decode(&image, bytes, n, need, CH_PICTURE_MAX_PIXELS, "photo",
                       &e))
        fail_msg("%s", e.msg);
    return image;
}

static void expect_pixel(const struct ch_image *i, size_t x, int r, int b)
{
    const unsigned char *p = i->rgb + (i->height / 2 * i->width + x) * 3;

    /* Quality 95 is off by a few steps. */
    assert_in_range(p[0], r - 6, r + 5);
    assert_in_range(p[1], 4, 16);
    assert_in_range(p[2], b - 6, b + 5);
}

static void what_was_written_is_read_again(void **state)
{
    struct ch_image image;

    (void)state;
    assert_int_equal(read_photo(&image, scratch_path("photo.jpg")), 0);
    assert_int_equal(image.width, WIDTH);
    assert_int_equal(image.height, HEIGHT);
    expect_pixel(&image, WIDTH / 4, 250, 10);
    expect_pixel(&image, WIDTH * 3 / 4, 10, 250);
    ch_image_release(&image);
    assert_null(image.rgb);
}

static void the_smallest_scale_that_keeps_the_need_is_taken(void **state)
{
    static const struct {
        size_t need, width, height;
    } known[] = { { 0, 320, 240 },   { 1000, 320, 240 }, { 240, 320, 240 },
                  { 211, 320, 240 }, { 210, 280, 210 },  { 120, 160, 120 },
                  { 30, 40, 30 },    { 1, 40, 30 } };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct ch_image image = decode(known[i].need);
        assert_int_equal(image.width, known[i].width);
        assert_int_equal(image.height, known[i].height);
        ch_image_release(&image);
    }
}

static void a_scaled_picture_shows_the_same(void **state)
{
    struct ch_image image = decode(100);

    (void)state;
    expect_pixel(&image, image.width / 4, 250, 10);
    expect_pixel(&image, image.width * 3 / 4, 10, 250);
    ch_image_release(&image);
}

static void a_picture_cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < n - 2; cut += 1 + n / 100) {
        struct ch_image image;
        e = (struct ch_err)CH_ERR_INIT;
        assert_int_equal(ch_jpeg_decode(&image, bytes, cut, 0, 1 << 24,
                                        "cut.jpg", &e), CH_EFORMAT);
        assert_null(image.rgb);
        assert_string_equal(e.path, "cut.jpg");
    }
}

static void more_pixels_than_allowed_are_refused(void **state)
{
    struct ch_image image;

    (void)state;
    assert_int_equal(ch_jpeg_decode(&image, bytes, n, 8, WIDTH * HEIGHT - 1,
                                    "photo", &e), CH_EFORMAT);
    assert_string_equal(e.msg, "photo: a picture of 320 x 240, expected at "
                               "most 76799 pixels");
}

static void a_corpus_of_grey_progressive_and_odd_photos_is_read(void **state)
{
    static const struct {
        const char *name;
        size_t width, height;
    } known[] = { { "grey", 40, 30 },     { "progressive", 40, 30 },
                  { "restart", 24, 16 },  { "wide", 200, 2 },
                  { "one_pixel", 1, 1 } };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct ch_image image;
        char path[100];
        snprintf(path, sizeof path, "tests/fuzz/corpus/fuzz_jpeg/%s",
                 known[i].name);
        if (read_photo(&image, path))
            fail_msg("%s", e.msg);
        assert_int_equal(image.width, known[i].width);
        assert_int_equal(image.height, known[i].height);
        ch_image_release(&image);
    }
}

/* Adobe's marker, the fourth of this file, tells that 255 is no ink. */
static void cmyk_without_adobes_marker_is_ink(void **state)
{
    const char *path = "tests/fixture/pictures/cmyk.jpg";
    struct ch_image with, without;
    char *cmyk, *marker;
    size_t size;

    (void)state;
    assert_int_equal(ch_file_read(path, 1 << 20, &cmyk, &size, &e), 0);
    assert_int_equal(ch_jpeg_decode(&with, cmyk, size, 0, 1000, path, &e), 0);
    marker = memmem(cmyk, size, "Adobe", 5);
    assert_non_null(marker);
    memcpy(marker, "Other", 5);
    assert_int_equal(ch_jpeg_decode(&without, cmyk, size, 0, 1000, path, &e),
                     0);
    /* Pillow's CMYK has no black: all ink is black on the other reading. */
    assert_true(with.rgb[2] > 200);
    assert_int_equal(without.rgb[2], 0);
    ch_image_release(&with);
    ch_image_release(&without);
    free(cmyk);
}

/* Cameras put zeros between the picture and its end.  What else is there, or in
 * the middle of a picture, tells of damage. */
static void zeros_before_the_end_are_no_damage(void **state)
{
    enum { MORE = 100 };
    struct ch_image plain = decode(0), image;
    char *longer = malloc(n + MORE);

    (void)state;
    assert_non_null(longer);
    memcpy(longer, bytes, n - 2);
    memset(longer + n - 2, 0, MORE);
    memcpy(longer + n + MORE - 2, bytes + n - 2, 2);   /* the end's mark */
    if (ch_jpeg_decode(&image, longer, n + MORE, 0,
                       CH_PICTURE_MAX_PIXELS, "photo", &e))
        fail_msg("%s", e.msg);
    assert_memory_equal(image.rgb, plain.rgb, 3 * WIDTH * HEIGHT);
    ch_image_release(&image);
    ch_image_release(&plain);
    longer[n + MORE - 4] = 1;
    assert_int_equal(ch_jpeg_decode(&image, longer, n + MORE, 0,
                                    CH_PICTURE_MAX_PIXELS, "photo", &e),
                     CH_EFORMAT);
    memcpy(longer + n / 2, "\0\0\0\xff\xd9", 5);
    assert_int_equal(ch_jpeg_decode(&image, longer, n / 2 + 5, 0,
                                    CH_PICTURE_MAX_PIXELS, "photo", &e),
                     CH_EFORMAT);
    free(longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_written_is_read_again, clear),
        cmocka_unit_test_setup(the_smallest_scale_that_keeps_the_need_is_taken,
                               clear),
        cmocka_unit_test_setup(a_scaled_picture_shows_the_same, clear),
        cmocka_unit_test_setup(a_picture_cut_anywhere_is_refused, clear),
        cmocka_unit_test_setup(more_pixels_than_allowed_are_refused, clear),
        cmocka_unit_test_setup(
            a_corpus_of_grey_progressive_and_odd_photos_is_read, clear),
        cmocka_unit_test_setup(zeros_before_the_end_are_no_damage, clear),
        cmocka_unit_test_setup(cmyk_without_adobes_marker_is_ink, clear),
    };

    return cmocka_run_group_tests(tests, make, drop);
}
