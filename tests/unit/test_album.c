/* test_album.c - photos are found by name and number, and nothing else is */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rate/album.h"
#include "rate_study.h"

static void put(const char *name)
{
    study_file(name, "");
}

static int setup(void **state)
{
    if (scratch_make(state))
        return -1;
    mkdir(scratch_path("photos"), 0777);
    mkdir(scratch_path("photos/in"), 0777);
    mkdir(scratch_path("photos/on"), 0777);
    put("photos/one.jpg");
    put("photos/in/two.PNG");
    put("photos/in/same.jpg");
    put("photos/on/same.jpg");
    put("photos/COCO_val2014_000000000139.jpg");
    put("photos/note.txt");
    put("secret.jpg");
    return 0;
}

static void photos_are_found_by_path_last_part_and_number(void **state)
{
    struct ch_album *a;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_album_open(&a, scratch_path("photos"), &e), 0);
    assert_string_equal(ch_album_find(a, "one.jpg", -1), "one.jpg");
    assert_string_equal(ch_album_find(a, "/elsewhere/one.jpg", -1),
                        "one.jpg");
    assert_string_equal(ch_album_find(a, "two.PNG", -1), "in/two.PNG");
    assert_string_equal(ch_album_find(a, "in/same.jpg", -1), "in/same.jpg");
    assert_string_equal(ch_album_find(a, NULL, 139),
                        "COCO_val2014_000000000139.jpg");
    ch_album_close(a);
}

static void nothing_else_is_found(void **state)
{
    static const char *const name[] = {
        "same.jpg", "note.txt", "../secret.jpg", "secret.jpg", "", "..", ".",
        "/etc/passwd", "photos", "in",
    };
    struct ch_album *a;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_album_open(&a, scratch_path("photos"), &e), 0);
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (ch_album_find(a, name[i], -1))
            fail_msg("%s was found", name[i]);
    assert_null(ch_album_find(a, NULL, -1));
    assert_null(ch_album_find(a, NULL, 138));
    ch_album_close(a);
}

static void a_folder_without_photos_is_told(void **state)
{
    struct ch_album *a;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    mkdir(scratch_path("empty"), 0777);
    assert_int_equal(ch_album_open(&a, scratch_path("empty"), &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "expected photos"));
    assert_int_equal(ch_album_open(&a, scratch_path("none"), &e), CH_EUSAGE);
    assert_int_equal(ch_album_open(&a, scratch_path("secret.jpg"), &e),
                     CH_EUSAGE);
    assert_null(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photos_are_found_by_path_last_part_and_number),
        cmocka_unit_test(nothing_else_is_found),
        cmocka_unit_test(a_folder_without_photos_is_told),
    };

    return cmocka_run_group_tests(tests, setup, scratch_remove);
}
