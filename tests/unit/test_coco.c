/* test_coco.c - captions as MS COCO writes them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/json_stream.h"
#include "data/source.h"
#include "scratch.h"

static int read_text(struct ch_source *s, const char *text,
                     enum ch_split split, struct ch_err *e)
{
    struct ch_json_stream *in;
    int rc = ch_json_stream_of(&in, text, strlen(text), "c.json", e);

    if (!rc) rc = ch_source_coco_parse(s, in, &ch_split_all[split], e);
    ch_json_stream_close(in);
    return rc;
}

static const char good[] =
    "{\"info\":{},\"images\":["
    "{\"id\":9,\"file_name\":\"nine.jpg\",\"height\":3},"
    "{\"id\":4,\"file_name\":\"val/four.jpg\"},"
    "{\"id\":0,\"file_name\":\"zero.jpg\"}],"
    "\"annotations\":["
    "{\"image_id\":4,\"id\":1,\"caption\":\"A cat\\n\"},"
    "{\"image_id\":9,\"id\":2,\"caption\":\"caf\\u00e9\"},"
    "{\"image_id\":4,\"id\":3,\"caption\":\"\"}]}";

static void captions_find_their_image_by_id(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };

    (void)state;
    if (read_text(&s, good, CH_SPLIT_VAL, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(s.image_count, 3);
    assert_string_equal(s.image[0].file, "nine.jpg");
    assert_int_equal(s.image[0].id, 9);
    assert_int_equal(s.image[0].split, CH_SPLIT_VAL);
    assert_string_equal(s.image[0].caption[0], "caf\xc3\xa9");
    assert_int_equal(s.image[1].caption_count, 2);
    assert_string_equal(s.image[1].caption[0], "A cat\n");
    assert_string_equal(s.image[1].caption[1], "");
    assert_int_equal(s.captions_read, 3);
    ch_source_release(&s);
}

static void an_image_without_captions_is_skipped(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };

    (void)state;
    assert_int_equal(read_text(&s, good, CH_SPLIT_TRAIN, &e), 0);
    assert_int_equal(s.skip_count, 1);
    assert_string_equal(s.skip[0].what, "zero.jpg");
    assert_string_equal(s.skip[0].reason, "has no caption");
    ch_source_release(&s);
}

#define IMAGE(id, file) "{\"id\":" id ",\"file_name\":" file "}"
#define DOC(images, notes) "{\"images\":[" images "],\"annotations\":[" notes \
                           "]}"

static void an_image_of_two_splits_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };

    (void)state;
    assert_int_equal(read_text(&s, DOC(IMAGE("1", "\"a\""), ""),
                               CH_SPLIT_TRAIN, &e), 0);
    assert_int_equal(read_text(&s, DOC(IMAGE("1", "\"a\""), ""),
                               CH_SPLIT_VAL, &e), CH_EFORMAT);
    assert_string_equal(e.msg, "c.json: image file a stands twice; an image "
                        "belongs to one split");
    ch_source_release(&s);
}

static void bad_documents_are_told(void **state)
{
    static const struct {
        const char *text, *msg;
    } bad[] = {
        { "{\"images\":[{\"id\":1,\"file_na",
          "c.json: byte 27: not JSON: line 1: premature end of input near "
          "'\"file_na'" },
        { DOC(IMAGE("1", "\"a\""), "") "x",
          "c.json: byte 54: not JSON: line 1: found 'x', expected the end of "
          "the file" },
        { "[]", "c.json: no COCO captions: expected the lists \"images\" and "
                "\"annotations\"" },
        { "{\"images\":[]}", "c.json: no COCO captions: expected the lists "
                             "\"images\" and \"annotations\"" },
        { "{\"images\":{},\"annotations\":[]}",
          "c.json: no COCO captions: expected the lists \"images\" and "
          "\"annotations\"" },
        { DOC("", ""), "c.json: the list \"images\" is empty" },
        { DOC("7", ""), "c.json: image 1: \"id\" is missing or not a "
                        "whole number" },
        { DOC(IMAGE("\"1\"", "\"a\""), ""),
          "c.json: image 1: \"id\" is missing or not a whole number" },
        { DOC(IMAGE("-1", "\"a\""), ""),
          "c.json: image 1: \"id\" is -1, expected 0 to "
          "9223372036854775807" },
        { DOC(IMAGE("1", "\"a\"") "," IMAGE("2", "null"), ""),
          "c.json: image 2: \"file_name\" is missing or not text" },
        { DOC(IMAGE("1", "\"\""), ""),
          "c.json: image 1: \"file_name\" is empty" },
        { DOC(IMAGE("1", "\"a\"") "," IMAGE("1", "\"b\""), ""),
          "c.json: image id 1 stands twice" },
        { DOC(IMAGE("1", "\"a\"") "," IMAGE("2", "\"a\""), ""),
          "c.json: image file a stands twice; an image belongs to one "
          "split" },
        { DOC(IMAGE("1", "\"a\""), "{\"image_id\":2,\"caption\":\"x\"}"),
          "c.json: annotation 1: a caption is for image id 2, which is "
          "not in \"images\"" },
        { DOC(IMAGE("1", "\"a\""), "{\"image_id\":1}"),
          "c.json: annotation 1: \"caption\" is missing or not text" },
        { DOC(IMAGE("1", "\"a\""), "{\"caption\":\"x\"}"),
          "c.json: annotation 1: \"image_id\" is missing or not a whole "
          "number" },
        { DOC(IMAGE("1", "\"a\""),
              "{\"image_id\":1,\"caption\":\"caf\xe9\"}"),
          "c.json: byte 80: not JSON: line 1: unable to decode byte 0xe9 near "
          "'\"caf'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_source s = { 0 };

        assert_int_equal(read_text(&s, bad[i].text, CH_SPLIT_TRAIN, &e),
                         CH_EFORMAT);
        assert_string_equal(e.msg, bad[i].msg);
        ch_source_release(&s);
    }
}

static void annotations_may_come_before_the_images(void **state)
{
    static const char text[] =
        "{\"annotations\":[{\"image_id\":1,\"caption\":\"x\"},"
        "{\"image_id\":2,\"caption\":\"y\"}],\"images\":["
        "{\"id\":2,\"file_name\":\"b\"},{\"id\":1,\"file_name\":\"a\"}]}";
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };

    (void)state;
    if (read_text(&s, text, CH_SPLIT_TRAIN, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(s.image_count, 2);
    assert_int_equal(s.captions_read, 2);
    assert_string_equal(s.image[0].caption[0], "y");
    assert_string_equal(s.image[1].caption[0], "x");
    ch_source_release(&s);
}

static void captions_of_images_in_no_list_are_not_read(void **state)
{
    struct ch_split_rule by = { .by = CH_SPLIT_LIST };
    struct ch_json_stream *in;
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };

    (void)state;
    assert_int_equal(ch_table_open(&by.list, &e), 0);
    assert_non_null(ch_table_add(by.list, "nine.jpg", 8, CH_SPLIT_TEST, NULL));
    assert_int_equal(ch_json_stream_of(&in, good, strlen(good), "c.json", &e),
                     0);
    if (ch_source_coco_parse(&s, in, &by, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(s.image_count, 1);
    assert_int_equal(s.image[0].split, CH_SPLIT_TEST);
    assert_int_equal(s.captions_read, 1);
    assert_int_equal(s.images_left_out, 2);
    assert_string_equal(s.skip[0].what, "val/four.jpg");
    ch_json_stream_close(in);
    ch_table_close(by.list);
    ch_source_release(&s);
}

static void a_file_is_read_as_its_text_is(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };
    const char *path = scratch_path("c.json");

    (void)state;
    assert_int_equal(ch_file_write(path, good, strlen(good), &e), 0);
    assert_int_equal(ch_source_coco(&s, path, &ch_split_all[CH_SPLIT_TEST],
                                    &e), 0);
    assert_int_equal(s.image_count, 3);
    assert_int_equal(s.image[2].split, CH_SPLIT_TEST);
    ch_source_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captions_find_their_image_by_id),
        cmocka_unit_test(an_image_without_captions_is_skipped),
        cmocka_unit_test(an_image_of_two_splits_is_told),
        cmocka_unit_test(bad_documents_are_told),
        cmocka_unit_test(annotations_may_come_before_the_images),
        cmocka_unit_test(captions_of_images_in_no_list_are_not_read),
        cmocka_unit_test(a_file_is_read_as_its_text_is),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
