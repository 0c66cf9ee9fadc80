/* test_flickr_csv.c - bars and commas of Flickr30k's results.csv */
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
    return ch_source_flickr_csv_parse(s, text, n, "t", by, e);
}

#define HEADER "image_name| comment_number| comment\n"

static const char good[] =
    HEADER "1.jpg| 0| Two men , outside .\r\n1.jpg| 1| A | bar .\n"
    "\n2.jpg| 4   A dog runs .\n2.jpg|5|\n";

static void captions_are_grouped_by_image(void **state)
{
    struct ch_source s;

    (void)state;
    read_source(parse, &s, good, &ch_split_all[CH_SPLIT_VAL]);
    assert_int_equal(s.image_count, 2);
    expect_image(&s, 0, "1.jpg", CH_SPLIT_VAL, "Two men , outside .",
                 "A | bar .");
    /* The line that lacks a bar in the published file. */
    expect_image(&s, 1, "2.jpg", CH_SPLIT_VAL, "A dog runs .", "");
    assert_int_equal(s.captions_read, 4);
    ch_source_release(&s);
}

static void a_byte_order_mark_is_no_part_of_the_text(void **state)
{
    struct ch_source s;

    (void)state;
    read_source(parse, &s, "\xef\xbb\xbf" HEADER "1.jpg| 0| x\n",
                &ch_split_all[CH_SPLIT_VAL]);
    expect_image(&s, 0, "1.jpg", CH_SPLIT_VAL, "x", NULL);
    ch_source_release(&s);
}

static void bad_files_are_told(void **state)
{
    static const struct bad_source bad[] = {
        { "", "t: the first line is not \"image_name| comment_number| "
              "comment\": no results.csv of Flickr30k" },
        { "1.jpg| 0| x\n", "t: the first line is not \"image_name| "
                           "comment_number| comment\": no results.csv of "
                           "Flickr30k" },
        { HEADER "1.jpg, 0, x\n", "t: line 2: expected image| number| "
                                  "caption" },
        { HEADER "| 0| x\n", "t: line 2: expected image| number| caption" },
        { HEADER "\n1.jpg| x| y\n", "t: line 3: expected the number of a "
                                    "caption behind the first bar" },
        { HEADER "1.jpg| 0x| y\n", "t: line 2: expected the number of a "
                                   "caption behind the first bar" },
        { HEADER "1.jpg|", "t: line 2: expected the number of a caption "
                           "behind the first bar" },
        { HEADER "1.jpg| 0| caf\xe9\n", "t: line 2 is not UTF-8 text" },
    };

    (void)state;
    expect_bad_sources(parse, &ch_split_all[0], bad, sizeof bad / sizeof *bad);
}

static void a_file_is_read_as_its_text_is(void **state)
{
    struct ch_source s = { 0 };
    const char *path = scratch_path("t");

    (void)state;
    assert_int_equal(ch_file_write(path, good, strlen(good), NULL), 0);
    assert_int_equal(ch_source_flickr_csv(&s, path, &ch_split_all[0], NULL), 0);
    assert_true(s.image_count > 0);
    ch_source_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captions_are_grouped_by_image),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_text),
        cmocka_unit_test(bad_files_are_told),
        cmocka_unit_test(a_file_is_read_as_its_text_is),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
