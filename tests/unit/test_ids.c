/* test_ids.c - the numbers that a data set gave its images */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "caption/ids.h"
#include "scratch.h"

/* Of a file with this text; NULL: of names alone. */
static struct ch_caption_ids *open_text(const char *text)
{
    const char *path = scratch_path("ids");
    struct ch_caption_ids *ids;
    struct ch_err e = CH_ERR_INIT;

    if (text && ch_file_write(path, text, strlen(text), &e))
        fail_msg("%s", e.msg);
    if (ch_caption_ids_open(&ids, text ? path : NULL, &e))
        fail_msg("%s", e.msg);
    return ids;
}

/* The number, or -1 where there is none. */
static int64_t find(const struct ch_caption_ids *ids, const char *name)
{
    struct ch_err e = CH_ERR_INIT;
    int64_t id = -2;
    int rc = ch_caption_ids_find(ids, name, &id, &e);

    assert_true(rc >= 0);
    assert_int_equal(rc, id >= 0);
    return id;
}

static void names_of_coco_end_in_their_number(void **state)
{
    struct ch_caption_ids *ids = open_text(NULL);

    (void)state;
    assert_int_equal(find(ids, "val/COCO_val2014_000000391895.jpg"), 391895);
    assert_int_equal(find(ids, "000000000139.jpg"), 139);
    assert_int_equal(find(ids, "/a.b/COCO_x_000000000000"), 0);
    ch_caption_ids_close(ids);
}

static void other_names_have_none(void **state)
{
    static const char *const names[] = {
        "1000268201_693b08cb0e.jpg", "dog.jpg", "dog12.jpg", "12_.jpg", ".jpg",
        "-5.jpg", "", "42.jpg", "0000000000017.jpg", "x_000000000017.jpg",
        "COCO_val2014_17.jpg", "99999999999999999999.jpg",
    };
    struct ch_caption_ids *ids = open_text(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(find(ids, names[i]), -1);
    ch_caption_ids_close(ids);
}

static void a_json_of_coco_names_them(void **state)
{
    struct ch_caption_ids *ids = open_text(
        "{\"info\":{},\"images\":[{\"id\":7,\"file_name\":\"a.jpg\"},"
        "{\"id\":8,\"file_name\":\"sub/b.jpg\"}],\"annotations\":[{\"id\":1,"
        "\"image_id\":7,\"caption\":\"x\"}]}");

    (void)state;
    assert_int_equal(find(ids, "a.jpg"), 7);
    assert_int_equal(find(ids, "/photos/a.jpg"), 7);
    assert_int_equal(find(ids, "b.jpg"), 8);
    assert_int_equal(find(ids, "000000000139.jpg"), -1);
    ch_caption_ids_close(ids);
}

static void lines_name_them(void **state)
{
    struct ch_caption_ids *ids = open_text("a b.jpg\t3\r\n\nx/c.jpg\t4\n"
                                           "y/c.jpg\t5");
    struct ch_err e = CH_ERR_INIT;
    int64_t id;

    (void)state;
    assert_int_equal(find(ids, "photos/a b.jpg"), 3);
    assert_int_equal(find(ids, "x/c.jpg"), 4);
    assert_int_equal(find(ids, "y/c.jpg"), 5);
    assert_int_equal(ch_caption_ids_find(ids, "z/c.jpg", &id, &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "several images of the name z/c.jpg"));
    ch_caption_ids_close(ids);
}

static void bad_files_are_refused(void **state)
{
    static const struct { const char *text, *message; } cases[] = {
        { "", "found none" },
        { "{\"images\":[]}", "found none" },
        { "a.jpg 3\n", "line 1: expected a name, a tab and a number" },
        { "a\t1\na.jpg\tx\n", "line 2: expected a name, a tab and a number" },
        { "\t3\n", "line 1: expected a name" },
        { "{\"images\":[{\"id\":7}]}", "file_name" },
        { "[{\"file_name\":\"a\"}]", "id" },
        { "[{\"file_name\":\"a\",\"id\":-1}]", "id" },
        { "{\"images\":[", "bad:" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = scratch_path("bad");
        struct ch_caption_ids *ids;
        struct ch_err e = CH_ERR_INIT;

        assert_int_equal(ch_file_write(path, cases[i].text,
                                       strlen(cases[i].text), &e), 0);
        assert_int_equal(ch_caption_ids_open(&ids, path, &e), CH_EFORMAT);
        assert_null(ids);
        if (!strstr(e.msg, cases[i].message))
            fail_msg("case %zu: %s", i, e.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_coco_end_in_their_number),
        cmocka_unit_test(other_names_have_none),
        cmocka_unit_test(a_json_of_coco_names_them),
        cmocka_unit_test(lines_name_them),
        cmocka_unit_test(bad_files_are_refused),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
