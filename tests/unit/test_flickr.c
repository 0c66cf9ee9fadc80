/* test_flickr.c - token file and lists of Flickr8k and Flickr30k */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "data/source.h"
#include "scratch.h"

static void put(const char *name, const char *text)
{
    assert_int_equal(ch_file_write(scratch_path(name), text, strlen(text),
                                   NULL), 0);
}

static int is_met(const void *context, const char *name, size_t n)
{
    size_t index;

    return ch_source_find(context, name, n, &index);
}

/* train and val: texts of lists; NULL: none. */
static int read_all(struct ch_source *s, const char *token, const char *train,
                    const char *val, struct ch_err *e)
{
    char token_path[1024], train_path[1024], val_path[1024];
    const char *list[CH_SPLIT_COUNT] = { NULL };
    struct ch_split_rule rule;
    int rc;

    memset(s, 0, sizeof *s);
    strcpy(token_path, scratch_path("token"));
    strcpy(train_path, scratch_path("train"));
    strcpy(val_path, scratch_path("val"));
    put("token", token);
    if (train) {
        put("train", train);
        list[CH_SPLIT_TRAIN] = train_path;
    }
    if (val) {
        put("val", val);
        list[CH_SPLIT_VAL] = val_path;
    }
    rc = ch_split_lists_open(&rule, list, e);
    if (!rc) rc = ch_source_flickr(s, token_path, &rule, e);
    if (!rc) rc = ch_split_lists_check(list, token_path, is_met, s, e);
    ch_split_lists_close(&rule);
    return rc;
}

static const char token[] = "a.jpg#0\tA dog .\n"
                            "b.jpg#0\tA cat .\r\n"
                            "\n"
                            "c.jpg#0\tA bird .\n"
                            "c.jpg#1\tBirds .\n"
                            "a.jpg#1\tcaf\xc3\xa9\n";

static void captions_are_grouped_by_image(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s;

    (void)state;
    if (read_all(&s, token, "a.jpg\n", "b.jpg \r\n\nc.jpg", &e))
        fail_msg("%s", e.msg);
    assert_int_equal(s.image_count, 3);
    assert_string_equal(s.image[0].file, "a.jpg");
    assert_int_equal(s.image[0].split, CH_SPLIT_TRAIN);
    assert_int_equal(s.image[0].id, -1);
    assert_int_equal(s.image[0].caption_count, 2);
    assert_string_equal(s.image[0].caption[0], "A dog .");
    assert_string_equal(s.image[0].caption[1], "caf\xc3\xa9");
    assert_string_equal(s.image[1].caption[0], "A cat .");
    assert_int_equal(s.image[2].split, CH_SPLIT_VAL);
    assert_int_equal(s.captions_read, 5);
    assert_int_equal(s.skip_count, 0);
    ch_source_release(&s);
}

static void an_image_in_no_list_is_skipped_once(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s;

    (void)state;
    if (read_all(&s, token, "a.jpg\nb.jpg\n", NULL, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(s.image_count, 2);
    assert_int_equal(s.skip_count, 1);
    assert_string_equal(s.skip[0].what, "c.jpg");
    assert_string_equal(s.skip[0].reason, "in no list of a split");
    assert_int_equal(s.captions_read, 3);
    assert_int_equal(s.captions_left_out, 2);
    ch_source_release(&s);
}

static void a_byte_order_mark_is_no_part_of_the_text(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s;

    (void)state;
    if (read_all(&s, "\xef\xbb\xbf" "a.jpg#0\tx\n",
                 "\xef\xbb\xbf" "a.jpg\r\n", NULL, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(s.image_count, 1);
    assert_string_equal(s.image[0].file, "a.jpg");
    ch_source_release(&s);
}

static void a_name_may_hold_a_number_sign(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s;

    (void)state;
    if (read_all(&s, "a#1.jpg#12\tx\n", "a#1.jpg\n", NULL, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(s.image[0].file, "a#1.jpg");
    ch_source_release(&s);
}

/* %s of msg: the folder of the files. */
static void bad_files_are_told(void **state)
{
    static const struct {
        const char *token, *train, *val, *msg;
    } bad[] = {
        { "a.jpg#0\tx\na.jpg#1 y\n", "a.jpg\n", NULL,
          "%s/token: line 2 has no tab, expected image#number<TAB>caption" },
        { "a.jpg\tx\n", "a.jpg\n", NULL,
          "%s/token: line 1 does not begin with image#number" },
        { "a.jpg#\tx\n", "a.jpg\n", NULL,
          "%s/token: line 1 does not begin with image#number" },
        { "a.jpg#x\tx\n", "a.jpg\n", NULL,
          "%s/token: line 1 does not begin with image#number" },
        { "a.jpg#-1\tx\n", "a.jpg\n", NULL,
          "%s/token: line 1 does not begin with image#number" },
        { "#0\tx\n", "a.jpg\n", NULL,
          "%s/token: line 1 does not begin with image#number" },
        { "a.jpg#0\tx\na.jpg#1\tcaf\xe9\n", "a.jpg\n", NULL,
          "%s/token: line 2 is not UTF-8 text" },
        { "\xff.jpg#0\tx\n", "a.jpg\n", NULL,
          "%s/token: line 1 is not UTF-8 text" },
        { "a.jpg#0\tx\n", "a.jpg\n\nb.jpg\n", NULL,
          "%s/train: line 3: b.jpg has no caption in %s/token" },
        { "a.jpg#0\tx\n", "a.jpg\n", "a.jpg\n",
          "%s/val: line 1: a.jpg is listed already (train); an image belongs "
          "to one split" },
        { "a.jpg#0\tx\n", "a.jpg\na.jpg\n", NULL,
          "%s/train: line 2: a.jpg is listed already (train); an image "
          "belongs to one split" },
        { "a.jpg#0\tx\n", "", NULL,
          "%s/train: the list is empty, expected a file name a line" },
        { "a.jpg#0\tx\n", "a.jpg\n", " \n\r\n",
          "%s/val: the list is empty, expected a file name a line" },
        { "", "a.jpg\n", NULL,
          "%s/train: line 1: a.jpg has no caption in %s/token" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_source s;
        struct ch_buffer want = { 0 };
        const char *at = bad[i].msg, *mark;

        for (; (mark = strstr(at, "%s")) != NULL; at = mark + 2) {
            ch_buffer_put(&want, at, (size_t)(mark - at));
            ch_buffer_text(&want, scratch);
        }
        ch_buffer_text(&want, at);
        assert_int_equal(read_all(&s, bad[i].token, bad[i].train, bad[i].val,
                                  &e), CH_EFORMAT);
        assert_string_equal(e.msg, want.at);
        ch_buffer_release(&want);
        ch_source_release(&s);
    }
}

static void a_nul_in_a_caption_is_told(void **state)
{
    static const char text[] = "a.jpg#0\tx\0y\n";
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };

    (void)state;
    assert_int_equal(ch_source_flickr_parse(&s, text, sizeof text - 1, "t",
                                            &ch_split_all[0], &e), CH_EFORMAT);
    assert_string_equal(e.msg, "t: line 1 is not UTF-8 text");
    ch_source_release(&s);
}

static void a_missing_file_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_source s = { 0 };
    char path[1024], want[1200];

    (void)state;
    strcpy(path, scratch_path("none"));
    snprintf(want, sizeof want, "%s: cannot open: No such file or directory",
             path);
    assert_int_equal(ch_source_flickr(&s, path, &ch_split_all[0], &e), CH_EIO);
    assert_string_equal(e.msg, want);
    ch_source_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captions_are_grouped_by_image),
        cmocka_unit_test(an_image_in_no_list_is_skipped_once),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_text),
        cmocka_unit_test(a_name_may_hold_a_number_sign),
        cmocka_unit_test(bad_files_are_told),
        cmocka_unit_test(a_nul_in_a_caption_is_told),
        cmocka_unit_test(a_missing_file_is_told),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
