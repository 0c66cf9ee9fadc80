/* test_csv.c - quotes, commas and line ends of RFC 4180 */
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
    return ch_source_csv_parse(s, text, n, "t", by, e);
}

static const char good[] =
    "\xef\xbb\xbfsplit,image,note,caption\r\n"
    "train,a.jpg,,A dog.\r\n"
    "val,\"b, c.jpg\",x,\"He said \"\"hi\"\",\r\nthen left\"\r\n"
    "\r\n"
    "train,a.jpg,\"\",\"\"\n"
    "test,d.jpg,,last";

static void quoted_fields_hold_anything(void **state)
{
    struct ch_source s;

    (void)state;
    read_source(parse, &s, good, &by_given);
    assert_int_equal(s.image_count, 3);
    expect_image(&s, 0, "a.jpg", CH_SPLIT_TRAIN, "A dog.", "");
    expect_image(&s, 1, "b, c.jpg", CH_SPLIT_VAL, "He said \"hi\",\r\nthen "
                 "left", NULL);
    expect_image(&s, 2, "d.jpg", CH_SPLIT_TEST, "last", NULL);
    ch_source_release(&s);
}

static void a_split_column_is_not_looked_at_otherwise(void **state)
{
    struct ch_source s;

    (void)state;
    read_source(parse, &s, "image,caption,split\na,x,never\n",
                &ch_split_all[CH_SPLIT_TEST]);
    expect_image(&s, 0, "a", CH_SPLIT_TEST, "x", NULL);
    ch_source_release(&s);
}

static void bad_tables_are_told(void **state)
{
    static const struct bad_source bad[] = {
        { "", "t: the file is empty, expected a first row that names the "
              "columns \"image\" and \"caption\"" },
        { "a.jpg,A dog\n", "t: the first row does not name the columns "
          "\"image\" and \"caption\"; it begins with \"a.jpg\"" },
        { "image,caption,image\na,b,c\n", "t: the first row names the column "
                                          "\"image\" twice" },
        { "\xff\xfei\n", "t: line 1: is not UTF-8 text" },
        { "image,caption\ra,b\r", "t: line 1: a carriage return inside a "
          "field without quotes; end lines as Unix or Windows do" },
        { "image,caption\n", "t: no captions behind the first row" },
        { "image,caption\na,b,c\n", "t: line 2: 3 fields, expected 2 as in "
                                    "the first row" },
        { "image,caption\na,\"x\ny\"\nb\n", "t: line 4: 1 fields, expected 2 "
                                            "as in the first row" },
        { "image,caption\na,\"x\ny\n", "t: line 2: a quote is not closed" },
        { "image,caption\na,\"x\"y\n", "t: line 2: expected a comma behind a "
                                       "closing quote" },
        { "image,caption\na,x \"y\"\n", "t: line 2: a quote inside a field "
                                        "that does not begin with one" },
        { "image,caption\n,x\n", "t: line 2: the image has no name" },
        { "image,caption\na,caf\xe9\n", "t: line 2: is not UTF-8 text" },
    };
    static const struct bad_source given[] = {
        { "image,caption\na,b\n", "t: the first row does not name a column "
          "\"split\"; split by list or by hash" },
        { "image,caption,split\na,b,dev\n", "t: line 2: the split is not "
                                            "train, val or test" },
        { "image,caption,split\na,b,val\na,c,test\n",
          "t: line 3: a is in split val already; an image belongs to one "
          "split" },
    };

    (void)state;
    expect_bad_sources(parse, &ch_split_all[0], bad, sizeof bad / sizeof *bad);
    expect_bad_sources(parse, &by_given, given, sizeof given / sizeof *given);
}

static void a_nul_and_too_many_fields_are_told(void **state)
{
    static const char nul[] = "image,caption\na,x\0y\n";
    struct ch_buffer b = { 0 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };

    (void)state;
    assert_int_equal(parse(&s, nul, sizeof nul - 1, &ch_split_all[0], &e),
                     CH_EFORMAT);
    assert_string_equal(e.msg, "t: line 2: is not UTF-8 text");
    ch_buffer_text(&b, "image,caption");
    for (int i = 0; i < 255; i++)
        ch_buffer_text(&b, ",x");
    assert_int_equal(parse(&s, b.at, b.size, &ch_split_all[0], &e), CH_EFORMAT);
    assert_string_equal(e.msg, "t: line 1: more than 256 fields");
    ch_buffer_release(&b);
    ch_source_release(&s);
}

static void a_file_is_read_as_its_text_is(void **state)
{
    struct ch_source s = { 0 };
    const char *path = scratch_path("t");

    (void)state;
    assert_int_equal(ch_file_write(path, good, strlen(good), NULL), 0);
    assert_int_equal(ch_source_csv(&s, path, &by_given, NULL), 0);
    assert_true(s.image_count > 0);
    ch_source_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quoted_fields_hold_anything),
        cmocka_unit_test(a_split_column_is_not_looked_at_otherwise),
        cmocka_unit_test(bad_tables_are_told),
        cmocka_unit_test(a_nul_and_too_many_fields_are_told),
        cmocka_unit_test(a_file_is_read_as_its_text_is),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
