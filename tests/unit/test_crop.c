/* test_crop.c - the right pixels of a photo stay */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "data/crop.h"

/* 5 x 4 pixels; the red one says where it was. */
static struct ch_image picture(void)
{
    struct ch_image i = { .width = 5, .height = 4 };

    i.rgb = calloc(3, 20);
    assert_non_null(i.rgb);
    for (size_t p = 0; p < 20; p++)
        i.rgb[3 * p] = (unsigned char)p;
    return i;
}

static void expect(struct ch_box box, size_t width, size_t height,
                   const unsigned char *red)
{
    struct ch_image i = picture();
    struct ch_err e = CH_ERR_INIT;

    if (ch_crop_cut(&i, &box, "a.jpg", &e))
        fail_msg("%s", e.msg);
    assert_int_equal(i.width, width);
    assert_int_equal(i.height, height);
    for (size_t p = 0; p < width * height; p++)
        assert_int_equal(i.rgb[3 * p], red[p]);
    ch_image_release(&i);
}

static void a_box_is_cut_out(void **state)
{
    (void)state;
    expect((struct ch_box){ 1, 2, 3, 2 }, 3, 2,
           (const unsigned char[]){ 11, 12, 13, 16, 17, 18 });
    expect((struct ch_box){ 4, 3, 1, 1 }, 1, 1, (const unsigned char[]){ 19 });
}

static void a_box_over_the_edge_ends_there(void **state)
{
    (void)state;
    expect((struct ch_box){ 3, 2, 9, UINT32_MAX }, 2, 2,
           (const unsigned char[]){ 13, 14, 18, 19 });
}

static void a_box_of_no_width_is_the_whole(void **state)
{
    unsigned char all[20];

    (void)state;
    for (unsigned char p = 0; p < 20; p++)
        all[p] = p;
    expect((struct ch_box){ 1, 1, 0, 0 }, 5, 4, all);
    expect((struct ch_box){ 0, 0, 5, 4 }, 5, 4, all);
}

static void a_box_outside_is_told(void **state)
{
    static const struct ch_box bad[] = { { 5, 0, 2, 2 }, { 0, 4, 2, 2 },
                                         { 0, 0, 2, 0 } };
    static const char *const msg[] = {
        "a.jpg: the region 2 x 2 at 5, 0 lies outside the picture of 5 x 4",
        "a.jpg: the region 2 x 2 at 0, 4 lies outside the picture of 5 x 4",
        "a.jpg: the region 2 x 0 at 0, 0 lies outside the picture of 5 x 4" };

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct ch_image i = picture();
        struct ch_err e = CH_ERR_INIT;

        assert_int_equal(ch_crop_cut(&i, &bad[k], "a.jpg", &e), CH_EFORMAT);
        assert_string_equal(e.msg, msg[k]);
        ch_image_release(&i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_is_cut_out),
        cmocka_unit_test(a_box_over_the_edge_ends_there),
        cmocka_unit_test(a_box_of_no_width_is_the_whole),
        cmocka_unit_test(a_box_outside_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
