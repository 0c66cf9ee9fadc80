/* test_caption_file.c - the forms in which people keep captions */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "score/caption_file.h"

static int parse(struct ch_caption_file *f, const char *text,
                 enum ch_caption_role role, struct ch_err *e)
{
    char *bytes = strdup(text);

    assert_non_null(bytes);
    return ch_caption_file_parse(f, "x", bytes, strlen(text), role, e);
}

static struct ch_caption_file read_as(const char *text,
                                      enum ch_caption_role role)
{
    struct ch_caption_file f;
    struct ch_err e = CH_ERR_INIT;

    if (parse(&f, text, role, &e))
        fail_msg("%s: %s", text, e.msg);
    return f;
}

static void assert_caption(const struct ch_caption_file *f, size_t i,
                           const char *image, int64_t id, const char *text)
{
    assert_true(i < f->count);
    if (image)
        assert_string_equal(f->caption[i].image, image);
    else
        assert_null(f->caption[i].image);
    assert_int_equal(f->caption[i].id, id);
    assert_string_equal(f->caption[i].text, text);
}

static void plain_lines_are_captions_even_when_empty(void **state)
{
    struct ch_caption_file f = read_as("a dog\r\n\ntwo cats", CH_ROLE_CAPTION);

    (void)state;
    assert_int_equal(f.form, CH_FORM_PLAIN);
    assert_int_equal(f.count, 3);
    assert_caption(&f, 0, NULL, -1, "a dog");
    assert_caption(&f, 1, NULL, -1, "");
    assert_caption(&f, 2, NULL, -1, "two cats");
    assert_int_equal(f.caption[2].place, 3);
    ch_caption_file_release(&f);
}

static void a_tab_makes_a_table(void **state)
{
    struct ch_caption_file f = read_as("\xef\xbb\xbfone.jpg\ta dog\n\n"
                                       "b#.jpg\ta\tb\n", CH_ROLE_REFERENCE);

    (void)state;
    assert_int_equal(f.form, CH_FORM_TABLE);
    assert_int_equal(f.count, 2);
    assert_caption(&f, 0, "one.jpg", -1, "a dog");
    assert_caption(&f, 1, "b#.jpg", -1, "a\tb");
    ch_caption_file_release(&f);
}

static void a_number_behind_the_name_makes_flickr(void **state)
{
    struct ch_caption_file f = read_as("a#1.jpg#0\ta dog\na#1.jpg#1\tcat\n",
                                       CH_ROLE_REFERENCE);

    (void)state;
    assert_int_equal(f.form, CH_FORM_FLICKR);
    assert_caption(&f, 0, "a#1.jpg", -1, "a dog");
    assert_caption(&f, 1, "a#1.jpg", -1, "cat");
    ch_caption_file_release(&f);
}

static void results_are_an_array(void **state)
{
    struct ch_caption_file f =
        read_as(" [{\"image_id\": 7, \"caption\": \"a \\\"dog\\\"\"},\n"
                "{\"caption\": \"c\", \"id\": 3, \"image_id\": \"n.jpg\"}]",
                CH_ROLE_CAPTION);

    (void)state;
    assert_int_equal(f.form, CH_FORM_RESULTS);
    assert_int_equal(f.count, 2);
    assert_caption(&f, 0, NULL, 7, "a \"dog\"");
    assert_caption(&f, 1, "n.jpg", -1, "c");
    ch_caption_file_release(&f);
}

static void json_lines_follow_one_another(void **state)
{
    struct ch_caption_file f =
        read_as("{\"image\":\"a.jpg\",\"image_id\":4,\"caption\":\"x\","
                "\"logp\":-1.5}\n\n{\"image\":\"b.jpg\",\"caption\":\"y\"}\n",
                CH_ROLE_CAPTION);

    (void)state;
    assert_int_equal(f.form, CH_FORM_JSON_LINES);
    assert_int_equal(f.count, 2);
    assert_caption(&f, 0, "a.jpg", 4, "x");
    assert_caption(&f, 1, "b.jpg", -1, "y");
    assert_int_equal(f.caption[1].place, 2);
    ch_caption_file_release(&f);
}

static void a_list_of_references_counts_for_references_alone(void **state)
{
    const char *text = "{\"references\":[\"p\",\"q\"],\"image\":\"a\","
                       "\"caption\":\"x\"}\n";
    struct ch_caption_file f = read_as(text, CH_ROLE_CAPTION);

    (void)state;
    assert_int_equal(f.count, 1);
    assert_caption(&f, 0, "a", -1, "x");
    ch_caption_file_release(&f);
    f = read_as(text, CH_ROLE_REFERENCE);
    assert_int_equal(f.count, 2);
    assert_caption(&f, 0, "a", -1, "p");
    assert_caption(&f, 1, "a", -1, "q");
    ch_caption_file_release(&f);
}

/* In either order: other tools write "annotations" first. */
static void coco_has_images_and_annotations(void **state)
{
    static const char *const text[] = {
        "{\"info\":{\"image\":{}},\"images\":[{\"id\":9,\"file_name\":\"b\"},"
        "{\"id\":4,\"width\":1}],\"annotations\":[{\"id\":1,\"image_id\":4,"
        "\"caption\":\"x\"}]}",
        "{\"annotations\":[{\"id\":1,\"image_id\":4,\"caption\":\"x\"}],"
        "\"images\":[{\"id\":9,\"file_name\":\"b\"},{\"id\":4}]}",
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ch_caption_file f = read_as(text[i], CH_ROLE_REFERENCE);

        assert_int_equal(f.form, CH_FORM_COCO);
        assert_int_equal(f.count, 1);
        assert_caption(&f, 0, NULL, 4, "x");
        assert_int_equal(f.image_count, 2);
        assert_int_equal(f.image[0].id, 9);
        assert_string_equal(f.image[0].file, "b");
        assert_null(f.image[1].file);
        ch_caption_file_release(&f);
    }
}

static void annotations_alone_are_enough(void **state)
{
    struct ch_caption_file f =
        read_as("{\"annotations\":[{\"image_id\":4,\"caption\":\"x\"}]}",
                CH_ROLE_REFERENCE);

    (void)state;
    assert_int_equal(f.form, CH_FORM_COCO);
    assert_int_equal(f.image_count, 0);
    assert_caption(&f, 0, NULL, 4, "x");
    ch_caption_file_release(&f);
}

static void what_is_no_file_of_captions_is_refused(void **state)
{
    static const struct { const char *text, *message; } bad[] = {
        { "", "x: expected captions, found none" },
        { "[]", "x: expected captions, found none" },
        { "{\"images\":[]}", "x: expected captions, found none" },
        { "{}", "x: entry 1: expected \"caption\", found none" },
        { "[{\"image_id\":1}]",
          "x: entry 1: expected \"caption\", found none" },
        { "{\"caption\":\"a\"}", "x: entry 1: expected \"image\" or "
          "\"image_id\", and \"caption\", found no image" },
        { "{\"image\":\"a\",\"caption\":\"b\",\"caption\":\"c\"}",
          "x: entry 1: \"caption\" stands twice" },
        { "{\"image\":\"a\",\"references\":[],\"references\":[]}",
          "x: entry 1: \"references\" stands twice" },
        { "{\"images\":[{}],\"annotations\":[]}",
          "x: image 1 of \"images\" has no \"id\"" },
        { "[{\"image_id\":1.5,\"caption\":\"a\"}]",
          "x: byte 13: not JSON: expected a whole number" },
        { "{\"image\":\"a\",\"caption\":\"b\"} x",
          "x: byte 28: not JSON: expected {" },
        { "a.jpg\tx\nb.jpg\n", "x: line 2: expected image, a tab and a "
          "caption, found no tab" },
        { "a.jpg\tx\n\ty\n", "x: line 2: expected image, a tab and a "
          "caption, found no image" },
        { "a.jpg#0\tx\nb.jpg\ty\n", "x: line 2: expected name#number, as in "
          "the lines before, found no number" },
        { "a\xff", "x: byte 1: expected UTF-8, found something else" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ch_caption_file f;
        struct ch_err e = CH_ERR_INIT;

        if (!parse(&f, bad[i].text, CH_ROLE_REFERENCE, &e))
            fail_msg("accepted: %s", bad[i].text);
        assert_string_equal(e.msg, bad[i].message);
        ch_caption_file_release(&f);
    }
}

static void a_zero_byte_is_refused(void **state)
{
    struct ch_caption_file f;
    struct ch_err e = CH_ERR_INIT;
    char *bytes = calloc(4, 1);

    (void)state;
    assert_non_null(bytes);
    memcpy(bytes, "a\0b", 4);
    assert_int_equal(ch_caption_file_parse(&f, "x", bytes, 3, CH_ROLE_CAPTION,
                                           &e), CH_EFORMAT);
    assert_string_equal(e.msg, "x: byte 1: expected text, found a zero byte");
    ch_caption_file_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lines_are_captions_even_when_empty),
        cmocka_unit_test(a_tab_makes_a_table),
        cmocka_unit_test(a_number_behind_the_name_makes_flickr),
        cmocka_unit_test(results_are_an_array),
        cmocka_unit_test(json_lines_follow_one_another),
        cmocka_unit_test(a_list_of_references_counts_for_references_alone),
        cmocka_unit_test(coco_has_images_and_annotations),
        cmocka_unit_test(annotations_alone_are_enough),
        cmocka_unit_test(what_is_no_file_of_captions_is_refused),
        cmocka_unit_test(a_zero_byte_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
