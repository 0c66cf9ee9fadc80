/* test_feature.c - photos become features, several at a time, in order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/feature.h"
#include "data/picture.h"
#include "scratch.h"

enum { PHOTOS = 30 };

static struct ch_encoder_spec spec;
static struct ch_err e;

/* Photo i is of one grey: 8 * i; its left half is black when asked for. */
static const char *photo(int i)
{
    char name[20];

    snprintf(name, sizeof name, "%d.jpg", i);
    return scratch_path(name);
}

static int paint(void **state)
{
    if (scratch_make(state))
        return -1;
    for (int i = 0; i < PHOTOS; i++) {
        unsigned char rgb[32 * 32 * 3];
        const struct ch_image image = { 32, 32, rgb };
        for (size_t p = 0; p < sizeof rgb; p++)
            rgb[p] = p / 3 % 32 < 16 ? 0 : (unsigned char)(8 * i);
        if (ch_jpeg_write(photo(i), &image, 100, &e))
            return -1;
    }
    return ch_encoder_spec_read(&spec, "tests/fixture/tiny.json", &e);
}

static struct ch_feature *open_feature(size_t threads, bool grid)
{
    const struct ch_feature_options o = {
        .spec = &spec, .precision = "f32", .threads = threads, .grid = grid,
        .max_pixels = CH_PICTURE_MAX_PIXELS
    };
    struct ch_feature *f;

    e = (struct ch_err)CH_ERR_INIT;
    if (ch_feature_open(&f, &o, &e))
        fail_msg("%s", e.msg);
    return f;
}

static void take(struct ch_feature *f, float expected)
{
    struct ch_feature_result r;

    ch_feature_take(f, &r);
    if (r.rc)
        fail_msg("%s", r.err.msg);
    assert_float_equal(r.pooled[0], expected, 2);
}

static void results_come_in_the_order_of_the_photos(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 3; threads++) {
        struct ch_feature *f = open_feature(threads, false);
        int put = 0, taken = 0;

        assert_int_equal(ch_feature_count(f), 0);
        while (taken < PHOTOS) {
            while (put < PHOTOS && ch_feature_room(f) > 0)
                ch_feature_put(f, photo(put++), NULL);
            take(f, 4 * (float)taken++);
        }
        assert_int_equal(ch_feature_count(f), 0);
        ch_feature_close(f);
    }
}

static void a_box_is_cut_out(void **state)
{
    const struct ch_box right = { 16, 0, 16, 32 };
    struct ch_feature *f = open_feature(1, false);

    (void)state;
    ch_feature_put(f, photo(20), &right);
    take(f, 160);
    ch_feature_close(f);
}

static void the_grid_comes_when_it_is_wanted(void **state)
{
    struct ch_feature *f = open_feature(1, true);
    struct ch_feature_result r;

    (void)state;
    ch_feature_put(f, photo(20), NULL);
    ch_feature_take(f, &r);
    assert_int_equal(r.rc, 0);
    /* Black and 160; the edge between them is smoothed. */
    assert_float_equal(r.grid[0], 0, 8);
    assert_float_equal(r.grid[3], 160, 8);
    ch_feature_close(f);
    f = open_feature(1, false);
    ch_feature_put(f, photo(20), NULL);
    ch_feature_take(f, &r);
    assert_null(r.grid);
    ch_feature_close(f);
}

static void a_bad_photo_is_told_in_its_turn(void **state)
{
    const char *gone = scratch_path("gone.jpg");
    struct ch_feature *f = open_feature(2, false);
    struct ch_feature_result r;
    char long_path[5000];

    (void)state;
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    ch_feature_put(f, photo(1), NULL);
    ch_feature_put(f, gone, NULL);
    ch_feature_put(f, long_path, NULL);
    ch_feature_put(f, photo(3), NULL);
    take(f, 4);
    ch_feature_take(f, &r);
    assert_int_equal(r.rc, CH_EIO);
    assert_non_null(strstr(r.err.msg, "gone.jpg"));
    ch_feature_take(f, &r);
    assert_int_equal(r.rc, CH_EFORMAT);
    assert_non_null(strstr(r.err.msg, "is too long"));
    take(f, 12);
    ch_feature_close(f);
}

static void what_was_not_taken_is_forgotten(void **state)
{
    struct ch_feature *f = open_feature(2, true);

    (void)state;
    while (ch_feature_room(f) > 0)
        ch_feature_put(f, photo(2), NULL);
    ch_feature_close(f);
    ch_feature_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_in_the_order_of_the_photos),
        cmocka_unit_test(a_box_is_cut_out),
        cmocka_unit_test(the_grid_comes_when_it_is_wanted),
        cmocka_unit_test(a_bad_photo_is_told_in_its_turn),
        cmocka_unit_test(what_was_not_taken_is_forgotten),
    };

    return cmocka_run_group_tests(tests, paint, scratch_remove);
}
