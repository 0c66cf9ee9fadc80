/* test_table.c - image<TAB>caption, a line each */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/file.h"
#include "data/source.h"
#include "scratch.h"

static int read_text(struct ch_source *s, const char *text,
                     enum ch_split split, struct ch_err *e)
{
    return ch_source_tsv_parse(s, text, strlen(text), "t.tsv",
                               &ch_split_all[split], e);
}

static void images_are_grouped_by_first_place(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };

    (void)state;
    if (read_text(&s, "b.jpg\tA dog.\r\na b.jpg\tA cat.\n\nb.jpg\tx\ty",
                  CH_SPLIT_TEST, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(s.image_count, 2);
    assert_string_equal(s.image[0].file, "b.jpg");
    assert_int_equal(s.image[0].split, CH_SPLIT_TEST);
    assert_int_equal(s.image[0].caption_count, 2);
    assert_string_equal(s.image[0].caption[0], "A dog.");
    assert_string_equal(s.image[0].caption[1], "x\ty");
    assert_string_equal(s.image[1].file, "a b.jpg");
    assert_int_equal(s.captions_read, 3);
    ch_source_release(&s);
}

static void a_byte_order_mark_is_no_part_of_a_name(void **state)
{
    struct ch_source s = { 0 };

    (void)state;
    assert_int_equal(read_text(&s, "\xef\xbb\xbf" "a.jpg\tx\n", CH_SPLIT_VAL,
                               NULL), 0);
    assert_string_equal(s.image[0].file, "a.jpg");
    ch_source_release(&s);
}

static void bad_tables_are_told(void **state)
{
    static const struct {
        const char *text, *msg;
    } bad[] = {
        { "", "t.tsv: no captions, expected image<TAB>caption a line" },
        { "\n\r\n", "t.tsv: no captions, expected image<TAB>caption a line" },
        { "a.jpg\tx\nb.jpg y\n", "t.tsv: line 2: expected "
                                 "image<TAB>caption" },
        { "\tx\n", "t.tsv: line 1: expected image<TAB>caption" },
        { "a.jpg\tx\n\na.jpg\tcaf\xe9\n", "t.tsv: line 3 is not UTF-8 text" },
        { "\xff.jpg\tx\n", "t.tsv: line 1 is not UTF-8 text" },
        { "a.jpg\tx\rb.jpg\ty\r", "t.tsv: line 1 has a carriage return "
          "inside; end lines as Unix or Windows do" },
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

static void a_nul_is_told(void **state)
{
    static const char text[] = "a.jpg\tx\0y\n";
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };

    (void)state;
    assert_int_equal(ch_source_tsv_parse(&s, text, sizeof text - 1, "t.tsv",
                                         &ch_split_all[CH_SPLIT_TRAIN], &e),
                     CH_EFORMAT);
    assert_string_equal(e.msg, "t.tsv: line 1 is not UTF-8 text");
    ch_source_release(&s);
}

static void an_image_of_two_splits_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };

    (void)state;
    assert_int_equal(read_text(&s, "a.jpg\tx\n", CH_SPLIT_TRAIN, &e), 0);
    assert_int_equal(read_text(&s, "b.jpg\tx\na.jpg\tx\n", CH_SPLIT_VAL, &e),
                     CH_EFORMAT);
    assert_string_equal(e.msg, "t.tsv: line 2: a.jpg is in split train "
                        "already; an image belongs to one split");
    ch_source_release(&s);
}

static void a_file_is_read_as_its_text_is(void **state)
{
    struct ch_source s = { 0 };
    const char *path = scratch_path("t.tsv");

    (void)state;
    assert_int_equal(ch_file_write(path, "a.jpg\tx\n", 8, NULL), 0);
    assert_int_equal(ch_source_tsv(&s, path, &ch_split_all[CH_SPLIT_TRAIN],
                                   NULL), 0);
    assert_int_equal(s.image_count, 1);
    ch_source_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_grouped_by_first_place),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_a_name),
        cmocka_unit_test(bad_tables_are_told),
        cmocka_unit_test(a_nul_is_told),
        cmocka_unit_test(an_image_of_two_splits_is_told),
        cmocka_unit_test(a_file_is_read_as_its_text_is),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
