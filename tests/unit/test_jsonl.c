/* test_jsonl.c - one JSON object a line */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "read_source.h"
#include "scratch.h"

static int parse(struct ch_source *s, const char *text, size_t n,
                 const struct ch_split_rule *by, struct ch_err *e)
{
    return ch_source_jsonl_parse(s, text, n, "t", by, e);
}

static const char good[] =
    "{\"image\":\"a.jpg\",\"caption\":\"A dog.\",\"split\":\"train\"}\n"
    "{\"image\":\"b.jpg\",\"captions\":[\"x\",\"y\"],\"split\":\"val\","
    "\"id\":7}\r\n"
    "\n"
    "{\"image\":\"a.jpg\",\"caption\":\"\\u00c4\",\"split\":\"train\"}";

static void captions_are_grouped_by_image(void **state)
{
    struct ch_source s;

    (void)state;
    read_source(parse, &s, good, &by_given);
    assert_int_equal(s.image_count, 2);
    expect_image(&s, 0, "a.jpg", CH_SPLIT_TRAIN, "A dog.", "\xc3\x84");
    assert_int_equal(s.image[0].id, -1);
    expect_image(&s, 1, "b.jpg", CH_SPLIT_VAL, "x", "y");
    assert_int_equal(s.image[1].id, 7);
    ch_source_release(&s);
}

static void a_byte_order_mark_is_no_part_of_the_text(void **state)
{
    struct ch_source s;

    (void)state;
    read_source(parse, &s, "\xef\xbb\xbf{\"image\":\"a\",\"caption\":\"x\"}",
                &ch_split_all[CH_SPLIT_VAL]);
    expect_image(&s, 0, "a", CH_SPLIT_VAL, "x", NULL);
    ch_source_release(&s);
}

static void bad_lines_are_told(void **state)
{
#define GOOD "{\"image\":\"a\",\"caption\":\"x\"}\n"
    static const struct bad_source bad[] = {
        { "", "t: no captions, expected a JSON object a line" },
        { GOOD "x\n", "t: byte 29: not JSON: line 2: invalid token near "
                      "'x'" },
        { GOOD "{\"image\":\"b\",\n", "t: byte 41: not JSON: line 2: string "
          "or '}' expected near end of file" },
        { GOOD "{\"caption\":\"x\"}\n", "t: line 2: \"image\" is missing or "
                                        "not text" },
        { GOOD "[]\n", "t: line 2: expected an object, found something "
                       "else" },
        { "{\"image\":\"a\",\"caption\":\"x\",\"captions\":[\"y\"]}",
          "t: line 1: both \"caption\" and \"captions\" are there, expected "
          "one of them" },
        { "{\"image\":\"\",\"caption\":\"x\"}", "t: line 1: \"image\" is "
                                                "empty" },
        { "{\"image\":\"a\"}", "t: line 1: \"caption\" is missing or not "
                               "text" },
        { "{\"image\":\"a\",\"captions\":[]}", "t: line 1: \"captions\" is "
                                               "empty or no list" },
        { "{\"image\":\"a\",\"captions\":[\"x\",7]}",
          "t: line 1: caption 2 is not text" },
    };
    static const struct bad_source given[] = {
        { GOOD, "t: line 1: \"split\" is missing or not text" },
        { "{\"image\":\"a\",\"caption\":\"x\",\"split\":\"dev\"}",
          "t: line 1: \"split\" is \"dev\", expected train, val or test" },
        { "{\"image\":\"a\",\"caption\":\"x\",\"split\":\"val\"}\n"
          "{\"image\":\"a\",\"caption\":\"x\",\"split\":\"test\"}",
          "t: line 2: a is in split val already; an image belongs to one "
          "split" },
    };

    (void)state;
    expect_bad_sources(parse, &ch_split_all[0], bad, sizeof bad / sizeof *bad);
    expect_bad_sources(parse, &by_given, given, sizeof given / sizeof *given);
}

static void a_file_is_read_as_its_text_is(void **state)
{
    struct ch_source s = { 0 };
    const char *path = scratch_path("t");

    (void)state;
    assert_int_equal(ch_file_write(path, good, strlen(good), NULL), 0);
    assert_int_equal(ch_source_jsonl(&s, path, &by_given, NULL), 0);
    assert_true(s.image_count > 0);
    ch_source_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captions_are_grouped_by_image),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_text),
        cmocka_unit_test(bad_lines_are_told),
        cmocka_unit_test(a_file_is_read_as_its_text_is),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
