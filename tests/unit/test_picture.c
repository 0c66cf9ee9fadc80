/* test_picture.c - photos of every format and kind are what Pillow sees
 *
 * Pictures and expected values: tests/golden/pillow_pictures.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>

#include "base/file.h"
#include "data/picture.h"
#include "scratch.h"

#define PICTURES "tests/fixture/pictures"
/* The same decoder in another version may round otherwise. */
enum { CLOSE = 1 };

static struct ch_err e;

static int clear(void **state)
{
    (void)state;
    e = (struct ch_err)CH_ERR_INIT;
    return 0;
}

static int read_picture(struct ch_image *image, const char *name)
{
    char path[300];

    snprintf(path, sizeof path, PICTURES "/%s", name);
    return ch_picture_read(image, path, 0, CH_PICTURE_MAX_PIXELS, &e);
}

static void expect_rgb(const char *name, size_t width, size_t height,
                       const char *hex)
{
    struct ch_image image;

    if (read_picture(&image, name))
        fail_msg("%s", e.msg);
    if (image.width != width || image.height != height)
        fail_msg("%s: %zu x %zu, expected %zu x %zu", name, image.width,
                 image.height, width, height);
    for (size_t i = 0; i < 3 * width * height; i++) {
        unsigned v;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
        if (abs((int)v - (int)image.rgb[i]) > CLOSE)
            fail_msg("%s: byte %zu is %d, expected %u", name, i, image.rgb[i],
                     v);
    }
    ch_image_release(&image);
}

static void every_kind_is_what_pillow_sees(void **state)
{
    static char hex[4096];
    FILE *f = fopen("tests/golden/pictures.txt", "r");
    size_t width, height, count = 0;
    char name[64];

    (void)state;
    assert_non_null(f);
    while (fscanf(f, "%63s %zu %zu %4095s", name, &width, &height, hex) == 4) {
        assert_int_equal(strlen(hex), 6 * width * height);
        expect_rgb(name, width, height, hex);
        count++;
    }
    fclose(f);
    assert_int_equal(count, 30);
}

/* Calls visit(bytes, n, name) for each picture that is one. */
static void each_picture(void (*visit)(const char *bytes, size_t n,
                                       const char *name))
{
    DIR *folder = opendir(PICTURES);
    const struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        char path[600], *bytes;
        size_t n;

        if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "moving.webp"))
            continue;
        snprintf(path, sizeof path, PICTURES "/%s", entry->d_name);
        if (ch_file_read(path, 1 << 20, &bytes, &n, &e))
            fail_msg("%s", e.msg);
        visit(bytes, n, entry->d_name);
        free(bytes);
    }
    closedir(folder);
}

static void expect_cuts_refused(const char *bytes, size_t n, const char *name)
{
    /* The last bytes but end a PNG that is whole. */
    for (size_t cut = 0; cut + 5 < n; cut++) {
        struct ch_image image;
        char *part = malloc(cut + 1);      /* no byte more, for sanitizers */

        assert_non_null(part);
        memcpy(part, bytes, cut);
        e = (struct ch_err)CH_ERR_INIT;
        if (ch_picture_decode(&image, part, cut, 0, 1 << 20, name, &e) !=
            CH_EFORMAT)
            fail_msg("%s cut to %zu of %zu bytes is a picture", name, cut, n);
        assert_null(image.rgb);
        assert_non_null(strstr(e.msg, "pass --skip-bad"));
        free(part);
    }
}

static void a_picture_cut_anywhere_is_refused(void **state)
{
    (void)state;
    each_picture(expect_cuts_refused);
}

static void expect_limit(const char *bytes, size_t n, const char *name)
{
    struct ch_image image;

    if (ch_picture_decode(&image, bytes, n, 0, 140, name, &e))
        fail_msg("%s", e.msg);
    ch_image_release(&image);
    assert_int_equal(ch_picture_decode(&image, bytes, n, 0, 139, name, &e),
                     CH_EFORMAT);
    assert_null(image.rgb);
    assert_int_equal(image.width * image.height, 140);
    assert_non_null(strstr(e.msg, ": a picture of 14 x 10, expected at most "
                                  "139 pixels"));
}

static void more_pixels_than_allowed_are_refused(void **state)
{
    (void)state;
    each_picture(expect_limit);
}

static void the_format_is_told_by_bytes_not_by_name(void **state)
{
    const char *path = scratch_path("photo.jpg");
    struct ch_image image;
    char *bytes;
    size_t n;

    (void)state;
    assert_int_equal(ch_file_read(PICTURES "/colour.png", 1 << 20, &bytes, &n,
                                  &e), 0);
    assert_int_equal(ch_file_write(path, bytes, n, &e), 0);
    assert_int_equal(ch_picture_read(&image, path, 0, 1 << 20, &e), 0);
    assert_int_equal(image.rgb[2], 250);
    ch_image_release(&image);
    free(bytes);
}

static void a_moving_picture_is_refused(void **state)
{
    struct ch_image image;

    (void)state;
    assert_int_equal(read_picture(&image, "moving.webp"), CH_EFORMAT);
    assert_non_null(strstr(e.msg, "a moving WebP, expected a photo; convert "
                                  "it or pass --skip-bad"));
}

static void other_bytes_are_refused_by_name(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *message;
    } known[] = {
        { "", 0, "expected a JPEG, PNG or WebP, found 0 bytes; replace it or "
          "pass --skip-bad" },
        { "\xff\xd8", 2, "expected a JPEG, PNG or WebP, found 2 bytes; "
          "replace it or pass --skip-bad" },
        { "GIF89a", 6, "(starts with 47 49 46 38, a GIF); convert it or pass "
          "--skip-bad" },
        { "RIFF....WAVE", 12, "(starts with 52 49 46 46); convert it or" },
        { "BM......", 8, "(starts with 42 4d 2e 2e, a BMP); convert it" },
        { "II*\0....", 8, "(starts with 49 49 2a 00, a TIFF); convert it" },
        { "\0\0\0\x1c" "ftypheic", 12, "(starts with 00 00 00 1c, an AVIF or "
          "HEIF); convert" },
        { "<html>", 6, "(starts with 3c 68 74 6d, a page); convert it or" },
        { "plain text", 10, "(starts with 70 6c 61 69); convert it or pass" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct ch_image image;
        e = (struct ch_err)CH_ERR_INIT;
        assert_int_equal(ch_picture_decode(&image, known[i].bytes, known[i].n,
                                           0, 1 << 24, "photo", &e),
                         CH_EFORMAT);
        assert_null(image.rgb);
        if (!strstr(e.msg, known[i].message))
            fail_msg("%s", e.msg);
    }
}

static void a_file_that_is_not_there_is_named(void **state)
{
    struct ch_image image;

    (void)state;
    assert_int_equal(ch_picture_read(&image, scratch_path("none.jpg"), 0, 100,
                                     &e), CH_EIO);
    assert_non_null(strstr(e.msg, "none.jpg"));
    assert_null(image.rgb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_kind_is_what_pillow_sees, clear),
        cmocka_unit_test_setup(a_picture_cut_anywhere_is_refused, clear),
        cmocka_unit_test_setup(more_pixels_than_allowed_are_refused, clear),
        cmocka_unit_test_setup(the_format_is_told_by_bytes_not_by_name, clear),
        cmocka_unit_test_setup(a_moving_picture_is_refused, clear),
        cmocka_unit_test_setup(other_bytes_are_refused_by_name, clear),
        cmocka_unit_test_setup(a_file_that_is_not_there_is_named, clear),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
