/* test_prepare_source.c - what options mean together, and which do not agree */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "data/prepare_source.h"
#include "scratch.h"

static struct ch_prepare_options o;

static int fresh(void **state)
{
    (void)state;
    ch_prepare_defaults(&o);
    return 0;
}

static void expect(enum ch_prepare_by want)
{
    struct ch_err e = CH_ERR_INIT;
    enum ch_prepare_by by;

    if (ch_prepare_source_check(&o, &by, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(by, want);
}

static void auto_is_what_the_options_show(void **state)
{
    (void)state;
    o.format = CH_ANNOTATIONS_CSV;
    o.train = "t";
    expect(CH_PREPARE_FILE);
    o.captions = "c";
    expect(CH_PREPARE_LIST);
    o.train = NULL;
    expect(CH_PREPARE_GIVEN);
    o.format = CH_ANNOTATIONS_KARPATHY;
    expect(CH_PREPARE_GIVEN);
    o.format = CH_ANNOTATIONS_GENOME;
    o.by = CH_PREPARE_HASH;
    expect(CH_PREPARE_HASH);
}

static void splits_that_must_not_be_empty_have_a_file(void **state)
{
    (void)state;
    o.captions = "c";
    o.train = "t";
    assert_string_equal(ch_prepare_source_file(&o, CH_PREPARE_LIST, 0), "t");
    assert_null(ch_prepare_source_file(&o, CH_PREPARE_LIST, CH_SPLIT_VAL));
    assert_string_equal(ch_prepare_source_file(&o, CH_PREPARE_GIVEN, 0), "c");
    assert_null(ch_prepare_source_file(&o, CH_PREPARE_GIVEN, CH_SPLIT_VAL));
    assert_int_equal(ch_prepare_source_has(&o, CH_PREPARE_GIVEN, 1), 1);
    assert_string_equal(ch_prepare_source_file(&o, CH_PREPARE_HASH, 1), "c");
    o.val_part = 0;
    assert_null(ch_prepare_source_file(&o, CH_PREPARE_HASH, CH_SPLIT_VAL));
    assert_int_equal(ch_prepare_source_has(&o, CH_PREPARE_HASH, 1), 0);
}

#define ONE(name) .format = CH_ANNOTATIONS_##name

static void options_that_do_not_agree_are_told(void **state)
{
    static const struct {
        struct ch_prepare_options o;
        const char *msg;
    } bad[] = {
        { { ONE(FLICKR), .train = "t" }, "the format flickr needs the file of "
          "captions (--captions)" },
        { { ONE(GENOME) }, "the format genome needs the file of captions "
                           "(--captions)" },
        { { ONE(TSV), .train = "t", .by = CH_PREPARE_LIST },
          "splits by list, by hash or as given need one file of captions "
          "(--captions)" },
        { { ONE(TSV), .train = "t", .captions = "c", .by = CH_PREPARE_FILE },
          "splits by file have no common file of captions (--captions)" },
        { { ONE(COCO), .val = "v" }, "a training split is needed (--train)" },
        { { ONE(KARPATHY), .captions = "c", .train = "t" },
          "the format karpathy tells the splits itself; leave out the "
          "lists" },
        { { ONE(FLICKR), .captions = "c.txt" },
          "c.txt does not say which split an image belongs to; give lists of "
          "images (--train, --val, --test) or pass --split-by hash" },
        { { ONE(TSV), .captions = "c", .by = CH_PREPARE_GIVEN },
          "the format tsv does not tell splits; split by list or by hash" },
        { { ONE(TSV), .captions = "c", .val = "v", .by = CH_PREPARE_HASH },
          "splits by hash or as given have no files of their own; leave out "
          "--train, --val and --test" },
        { { ONE(KARPATHY), .captions = "c", .by = CH_PREPARE_HASH },
          "the format karpathy tells the splits itself; leave out "
          "--split-by" },
        { { ONE(TSV), .captions = "c", .by = CH_PREPARE_HASH, .val_part = 0.5,
            .test_part = 0.5 },
          "--val-part and --test-part leave nothing for training" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ch_err e = CH_ERR_INIT;
        enum ch_prepare_by by;

        assert_int_equal(ch_prepare_source_check(&bad[i].o, &by, &e),
                         CH_EUSAGE);
        assert_string_equal(e.msg, bad[i].msg);
    }
}

static void lists_are_met_with_and_without_endings(void **state)
{
    char path[3][1024], want[2400];
    struct ch_source s = { 0 };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    scratch_make(NULL);
    for (int i = 0; i < 3; i++)
        snprintf(path[i], sizeof path[i], "%s/%d", scratch, i);
    ch_file_write(path[0], "a.jpg\tx\nb.jpg\ty\n", 16, NULL);
    ch_file_write(path[1], "a\n", 2, NULL);
    ch_file_write(path[2], "b.jpg\n", 6, NULL);
    o.format = CH_ANNOTATIONS_TSV;
    o.captions = path[0];
    o.train = path[1];
    o.val = path[2];
    if (ch_prepare_source_read(&o, CH_PREPARE_LIST, &s, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(s.image_count, 2);
    assert_int_equal(s.image[1].split, CH_SPLIT_VAL);
    ch_source_release(&s);
    ch_file_write(path[2], "b\nc\n", 4, NULL);
    snprintf(want, sizeof want, "%s: line 2: c has no caption in %s", path[2],
             path[0]);
    assert_int_equal(ch_prepare_source_read(&o, CH_PREPARE_LIST, &s, &e),
                     CH_EFORMAT);
    assert_string_equal(e.msg, want);
    ch_source_release(&s);
    scratch_remove(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(auto_is_what_the_options_show, fresh),
        cmocka_unit_test_setup(splits_that_must_not_be_empty_have_a_file,
                               fresh),
        cmocka_unit_test(options_that_do_not_agree_are_told),
        cmocka_unit_test_setup(lists_are_met_with_and_without_endings, fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
