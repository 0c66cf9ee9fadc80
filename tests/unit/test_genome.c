/* test_genome.c - regions of Visual Genome */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "read_source.h"
#include "scratch.h"

static struct ch_source_regions how = { .is_crop = 1, .min_side = 10 };

static int parse(struct ch_source *s, const char *text, size_t n,
                 const struct ch_split_rule *by, struct ch_err *e)
{
    struct ch_json_stream *in;
    int rc = ch_json_stream_of(&in, text, n, "t", e);

    if (!rc) rc = ch_source_genome_parse(s, in, &how, by, e);
    ch_json_stream_close(in);
    return rc;
}

#define REGION(id, x, y, w, h, phrase) \
    "{\"region_id\":" id ",\"x\":" x ",\"y\":" y ",\"width\":" w \
    ",\"height\":" h ",\"image_id\":1,\"phrase\":" phrase "}"
#define IMAGE(id, regions) "{\"id\":" id ",\"regions\":[" regions "]}"

static const char good[] = "["
    IMAGE("1", REGION("5", "421", "57", "82", "139", "\"the clock\"") ","
               REGION("6", "-3", "0", "20", "9", "\"small\"") ","
               REGION("7", "-3", "-1", "20", "11", "\"a man\"")) ",\n"
    IMAGE("2", "") ","
    IMAGE("3", REGION("8", "0", "0", "10", "10", "\"a dog\"")) "]";

static void each_region_is_a_picture(void **state)
{
    struct ch_source s;

    (void)state;
    read_source(parse, &s, good, &ch_split_all[CH_SPLIT_TRAIN]);
    assert_int_equal(s.image_count, 3);
    expect_image(&s, 0, "1.jpg:5", CH_SPLIT_TRAIN, "the clock", NULL);
    assert_string_equal(s.image[0].photo, "1.jpg");
    assert_int_equal(s.image[0].id, 1);
    assert_int_equal(s.image[0].box.x, 421);
    assert_int_equal(s.image[0].box.y, 57);
    assert_int_equal(s.image[0].box.width, 82);
    assert_int_equal(s.image[0].box.height, 139);
    expect_image(&s, 1, "1.jpg:7", CH_SPLIT_TRAIN, "a man", NULL);
    expect_image(&s, 2, "3.jpg:8", CH_SPLIT_TRAIN, "a dog", NULL);
    assert_int_equal(s.images_left_out, 1);
    assert_int_equal(s.captions_read, 3);
    assert_string_equal(s.skip[0].what, "1.jpg:6");
    assert_string_equal(s.skip[0].reason, "a region of 17 x 9, smaller than "
                        "10");
    ch_source_release(&s);
}

static void a_region_over_the_edge_begins_at_it(void **state)
{
    struct ch_source s;

    (void)state;
    read_source(parse, &s, good, &ch_split_all[CH_SPLIT_TRAIN]);
    assert_int_equal(s.image[1].box.x, 0);
    assert_int_equal(s.image[1].box.y, 0);
    assert_int_equal(s.image[1].box.width, 17);
    assert_int_equal(s.image[1].box.height, 10);
    ch_source_release(&s);
}

static void regions_can_be_captions_of_the_whole(void **state)
{
    struct ch_source s;

    (void)state;
    how.is_crop = 0;
    read_source(parse, &s, good, &ch_split_all[CH_SPLIT_TRAIN]);
    how.is_crop = 1;
    assert_int_equal(s.image_count, 3);
    assert_int_equal(s.image[0].caption_count, 3);
    assert_string_equal(s.image[0].file, "1.jpg");
    assert_int_equal(s.image[0].box.width, 0);
    assert_int_equal(s.skip_count, 1);
    assert_string_equal(s.skip[0].what, "2.jpg");
    ch_source_release(&s);
}

static void regions_of_a_photo_share_its_split(void **state)
{
    const struct ch_split_rule by = { .by = CH_SPLIT_HASH, .val_part = 0.5 };
    struct ch_buffer b = { 0 };
    struct ch_source s;
    size_t count[CH_SPLIT_COUNT] = { 0 };

    (void)state;
    ch_buffer_text(&b, "[");
    for (int i = 1; i <= 200; i++)
        ch_buffer_format(&b, "%s" IMAGE("%d", REGION("%d", "0", "0", "99",
                         "99", "\"a\"") "," REGION("%d", "0", "0", "99",
                         "99", "\"b\"")), i > 1 ? "," : "", i, 2 * i,
                         2 * i + 1);
    ch_buffer_text(&b, "]");
    read_source(parse, &s, b.at, &by);
    assert_int_equal(s.image_count, 400);
    for (size_t i = 0; i < 400; i += 2) {
        assert_int_equal(s.image[i].split, s.image[i + 1].split);
        count[s.image[i].split]++;
    }
    assert_true(count[CH_SPLIT_VAL] > 70 && count[CH_SPLIT_VAL] < 130);
    ch_source_release(&s);
    ch_buffer_release(&b);
}

static void photos_in_no_list_are_skipped_once(void **state)
{
    struct ch_split_rule by = { .by = CH_SPLIT_LIST };
    struct ch_source s;

    (void)state;
    assert_int_equal(ch_table_open(&by.list, NULL), 0);
    assert_non_null(ch_table_add(by.list, "3.jpg", 5, CH_SPLIT_TEST, NULL));
    read_source(parse, &s, good, &by);
    assert_int_equal(s.image_count, 1);
    expect_image(&s, 0, "3.jpg:8", CH_SPLIT_TEST, "a dog", NULL);
    assert_int_equal(s.images_left_out, 2);
    assert_string_equal(s.skip[0].what, "1.jpg");
    assert_string_equal(s.skip[0].reason, "in no list of a split");
    ch_source_release(&s);
    ch_table_close(by.list);
}

static void bad_documents_are_told(void **state)
{
    static const struct bad_source bad[] = {
        { "[]", "t: no region descriptions of Visual Genome: expected a list "
                "of images with \"id\" and \"regions\"" },
        { "{\"a\":[{\"id\":1,\"regions\":[]}]}", "t: no region descriptions "
          "of Visual Genome: expected a list of images with \"id\" and "
          "\"regions\"" },
        { "[7]", "t: image 1: \"id\" is missing or not a whole number" },
        { "[{\"id\":1}]", "t: image 1: \"regions\" is missing or no list" },
        { "[" IMAGE("1", "{}") "]",
          "t: image 1: region 1: \"phrase\" is missing or not text" },
        { "[" IMAGE("1", "{\"phrase\":\"x\"}") "]",
          "t: image 1: region 1: \"region_id\" is missing or not a whole "
          "number" },
        { "[" IMAGE("1", REGION("1", "0.5", "0", "50", "50", "\"x\"")) "]",
          "t: image 1: region 1: \"x\" is missing or not a whole number" },
        { "[" IMAGE("1", REGION("1", "0", "0", "50", "9999999999", "\"x\""))
          "]",
          "t: image 1: region 1: \"height\" is 9999999999, expected "
          "-2147483647 to 2147483647" },
        { "[" IMAGE("1", REGION("4", "0", "0", "50", "50", "\"x\"") ","
                         REGION("4", "0", "0", "50", "50", "\"x\"")) "]",
          "t: image 1: region 2: region 4 stands twice" },
        { "[" IMAGE("1", REGION("4", "0", "0", "50", "50", "\"x\"")) ","
              IMAGE("1", REGION("5", "0", "0", "50", "50", "\"x\"")) "]",
          "t: image 2: image id 1 stands twice" },
        { "[" IMAGE("1", "") ",\n{\"id\":2,\"regions\":[",
          "t: byte 43: not JSON: line 2: ']' expected near end of file" },
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
    assert_int_equal(ch_source_genome(&s, path, &how, &ch_split_all[0], NULL),
                     0);
    assert_true(s.image_count > 0);
    ch_source_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_region_is_a_picture),
        cmocka_unit_test(a_region_over_the_edge_begins_at_it),
        cmocka_unit_test(regions_can_be_captions_of_the_whole),
        cmocka_unit_test(regions_of_a_photo_share_its_split),
        cmocka_unit_test(photos_in_no_list_are_skipped_once),
        cmocka_unit_test(bad_documents_are_told),
        cmocka_unit_test(a_file_is_read_as_its_text_is),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
