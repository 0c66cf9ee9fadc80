/* test_karpathy.c - all splits in one file */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "read_source.h"
#include "scratch.h"

static int has_restval = 1;

static int parse(struct ch_source *s, const char *text, size_t n,
                 const struct ch_split_rule *by, struct ch_err *e)
{
    struct ch_json_stream *in;
    int rc = ch_json_stream_of(&in, text, n, "t", e);

    (void)by;
    if (!rc) rc = ch_source_karpathy_parse(s, in, has_restval, e);
    ch_json_stream_close(in);
    return rc;
}

#define IMAGE(more, name, split, sentences) \
    "{" more "\"filename\":" name ",\"split\":" split ",\"sentids\":[0]," \
    "\"sentences\":" sentences "}"
#define RAW(text) "{\"tokens\":[\"x\"],\"raw\":\"" text "\",\"sentid\":1}"
#define DOC(images) "{\"images\":[" images "],\"dataset\":\"coco\"}"

static const char good[] = DOC(
    IMAGE("\"filepath\":\"val2014\",\"cocoid\":391895,\"imgid\":3,",
          "\"a.jpg\"", "\"test\"", "[" RAW("A man.") "," RAW("Two.") "]") ","
    IMAGE("\"imgid\":4,", "\"b.jpg\"", "\"train\"", "[" RAW("b") "]") ","
    IMAGE("", "\"c.jpg\"", "\"restval\"", "[" RAW("c") "]") ","
    IMAGE("", "\"d.jpg\"", "\"val\"", "[]"));

static void each_image_tells_its_split_and_folder(void **state)
{
    struct ch_source s;

    (void)state;
    read_source(parse, &s, good, NULL);
    assert_int_equal(s.image_count, 4);
    expect_image(&s, 0, "val2014/a.jpg", CH_SPLIT_TEST, "A man.", "Two.");
    assert_int_equal(s.image[0].id, 391895);
    expect_image(&s, 1, "b.jpg", CH_SPLIT_TRAIN, "b", NULL);
    assert_int_equal(s.image[1].id, 4);
    expect_image(&s, 2, "c.jpg", CH_SPLIT_TRAIN, "c", NULL);
    assert_int_equal(s.image[2].id, -1);
    assert_int_equal(s.skip_count, 1);
    assert_string_equal(s.skip[0].what, "d.jpg");
    assert_string_equal(s.skip[0].reason, "has no caption");
    assert_int_equal(s.images_left_out, 0);
    ch_source_release(&s);
}

static void restval_can_be_left_out(void **state)
{
    struct ch_source s;

    (void)state;
    has_restval = 0;
    read_source(parse, &s, good, NULL);
    has_restval = 1;
    assert_int_equal(s.image_count, 3);
    assert_int_equal(s.images_left_out, 1);
    assert_int_equal(s.captions_read, 3);
    assert_string_equal(s.skip[0].what, "c.jpg");
    assert_string_equal(s.skip[0].reason, "in split restval");
    ch_source_release(&s);
}

static void bad_documents_are_told(void **state)
{
    static const struct bad_source bad[] = {
        { DOC(""), "t: no Karpathy split: expected a list \"images\" with "
                   "\"filename\", \"split\" and \"sentences\"" },
        { "[]", "t: no Karpathy split: expected a list \"images\" with "
                "\"filename\", \"split\" and \"sentences\"" },
        { "{\"images\":{}}", "t: no Karpathy split: expected a list "
                             "\"images\" with \"filename\", \"split\" and "
                             "\"sentences\"" },
        { DOC("7"), "t: image 1: \"filename\" is missing or not text" },
        { DOC(IMAGE("", "\"\"", "\"val\"", "[]")),
          "t: image 1: \"filename\" is empty" },
        { DOC(IMAGE("", "\"a\"", "7", "[]")),
          "t: image 1: \"split\" is missing or not text" },
        { DOC(IMAGE("", "\"a\"", "\"dev\"", "[]")),
          "t: image 1: \"split\" is \"dev\", expected train, restval, val or "
          "test" },
        { DOC(IMAGE("", "\"a\"", "\"val\"", "\"x\"")),
          "t: image 1: \"sentences\" is missing or no list" },
        { DOC(IMAGE("", "\"a\"", "\"val\"", "[" RAW("x") ",{}]")),
          "t: image 1: sentence 2: \"raw\" is missing or not text" },
        { DOC(IMAGE("", "\"a\"", "\"val\"", "[]") ","
              IMAGE("", "\"a\"", "\"test\"", "[]")),
          "t: image 2: image file a stands twice; an image belongs to one "
          "split" },
        { "{\"images\":[{\"filename\":\"a\"", "t: byte 26: not JSON: line 1: "
          "'}' expected near end of file" },
    };

    (void)state;
    expect_bad_sources(parse, NULL, bad, sizeof bad / sizeof *bad);
}

static void a_file_is_read_as_its_text_is(void **state)
{
    struct ch_source s = { 0 };
    const char *path = scratch_path("t");

    (void)state;
    assert_int_equal(ch_file_write(path, good, strlen(good), NULL), 0);
    assert_int_equal(ch_source_karpathy(&s, path, 1, NULL), 0);
    assert_true(s.image_count > 0);
    ch_source_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_image_tells_its_split_and_folder),
        cmocka_unit_test(restval_can_be_left_out),
        cmocka_unit_test(bad_documents_are_told),
        cmocka_unit_test(a_file_is_read_as_its_text_is),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
