/* test_prepare_keep.c - every record read is kept, or skipped and listed */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "base/file.h"
#include "data/prepare_keep.h"
#include "scratch.h"

static struct ch_prepare_options options;
static struct ch_prepare_work work;
static char path[8][600];          /* train val test captions photos */
enum { TRAIN, VAL, TEST, CAPTIONS, PHOTOS };

static void write_text(const char *name, const char *text)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_file_write(scratch_path(name), text, strlen(text), &e))
        fail_msg("%s", e.msg);
}

/* Photos a.jpg, b.jpg and c.jpg; bad input is skipped. */
static int fresh(void **state)
{
    static const char *const name[] = { "train", "val", "test", "captions",
                                        "photos" };

    (void)state;
    scratch_make(NULL);
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        snprintf(path[i], sizeof path[i], "%s/%s", scratch, name[i]);
    mkdir(path[PHOTOS], 0700);
    write_text("photos/a.jpg", "x");
    write_text("photos/b.jpg", "x");
    write_text("photos/c.jpg", "x");
    ch_prepare_defaults(&options);
    options.format = CH_ANNOTATIONS_TSV;
    options.train = path[TRAIN];
    options.images = path[PHOTOS];
    options.skip_bad = true;
    memset(&work, 0, sizeof work);
    work.o = &options;
    work.by = CH_PREPARE_FILE;
    return 0;
}

static int clean(void **state)
{
    ch_prepare_keep_release(&work);
    return scratch_remove(state);
}

static void read_all(void)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_prepare_keep_read(&work, &e))
        fail_msg("%s", e.msg);
    /* What was told in between is forgotten when all is well. */
    assert_int_equal(e.code, 0);
}

/* The i-th image of the training split. */
static const struct ch_source_image *kept(size_t i)
{
    const struct ch_source_image *image = work.source.image;

    assert_true(i < work.manifest.split[CH_SPLIT_TRAIN].images);
    for (;; image++)
        if (image->split == CH_SPLIT_TRAIN && image->caption_count && !i--)
            return image;
}

static void expect_refusal(const char *message)
{
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_prepare_keep_read(&work, &e), CH_EFORMAT);
    assert_string_equal(e.msg, message);
}

/* Counts of images and captions: read, kept, skipped. */
static void expect_counts(const uint64_t image[3], const uint64_t caption[3])
{
    uint64_t images = 0, captions = 0;

    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        images += work.manifest.split[s].images;
        captions += work.manifest.split[s].captions;
    }
    assert_int_equal(work.manifest.images_read, image[0]);
    assert_int_equal(images, image[1]);
    assert_int_equal(work.images_skipped, image[2]);
    assert_int_equal(image[0], image[1] + image[2]);
    assert_int_equal(work.manifest.captions_read, caption[0]);
    assert_int_equal(captions, caption[1]);
    assert_int_equal(work.captions_skipped, caption[2]);
    assert_int_equal(caption[0], caption[1] + caption[2]);
}

#define COUNTS(r, k, s) ((const uint64_t[3]){ r, k, s })

static void expect_skip(size_t i, const char *what, const char *reason)
{
    assert_true(i < work.source.skip_count);
    assert_string_equal(work.source.skip[i].what, what);
    assert_string_equal(work.source.skip[i].reason, reason);
}

static void good_input_is_kept_whole(void **state)
{
    (void)state;
    write_text("train", "a.jpg\tOne.\nb.jpg\tTwo\na.jpg\tThree!\n");
    read_all();
    expect_counts(COUNTS(2, 2, 0), COUNTS(3, 3, 0));
    assert_int_equal(work.source.skip_count, 0);
    assert_string_equal(kept(0)->caption[1], "Three!");
}

static void a_missing_photo_takes_its_captions_with_it(void **state)
{
    (void)state;
    write_text("train", "a.jpg\tone\ngone.jpg\ttwo\ngone.jpg\tthree\n");
    read_all();
    expect_counts(COUNTS(2, 1, 1), COUNTS(3, 1, 2));
    assert_int_equal(work.source.skip_count, 1);
    expect_skip(0, "gone.jpg", "no such image");
}

static void a_name_with_backslashes_gets_a_hint(void **state)
{
    (void)state;
    write_text("train", "a.jpg\tone\nsub\\d.jpg\ttwo\n");
    read_all();
    expect_skip(0, "sub\\d.jpg", "no such image; expected / between folders");
}

static void a_name_longer_than_any_path_is_a_missing_photo(void **state)
{
    char text[6000];

    (void)state;
    snprintf(text, sizeof text, "a.jpg\tone\n%05000d.jpg\ttwo\n", 7);
    write_text("train", text);
    read_all();
    expect_counts(COUNTS(2, 1, 1), COUNTS(2, 1, 1));
    assert_string_equal(work.source.skip[0].reason, "no such image");
}

static void a_folder_in_the_place_of_a_photo_is_no_photo(void **state)
{
    (void)state;
    mkdir(scratch_path("photos/d.jpg"), 0700);
    write_text("train", "a.jpg\tone\nd.jpg\ttwo\n");
    read_all();
    expect_counts(COUNTS(2, 1, 1), COUNTS(2, 1, 1));
}

static void a_caption_without_words_is_left_out_alone(void **state)
{
    (void)state;
    write_text("train", "a.jpg\tone\na.jpg\t...!?\na.jpg\ttwo\nb.jpg\tx\n");
    read_all();
    expect_counts(COUNTS(2, 2, 0), COUNTS(4, 3, 1));
    assert_int_equal(work.source.skip_count, 1);
    expect_skip(0, "a.jpg#1", "the caption has no words");
    assert_string_equal(kept(0)->caption[1], "two");
}

static void a_photo_none_of_whose_captions_has_words_is_skipped(void **state)
{
    (void)state;
    write_text("train", "a.jpg\tone\nb.jpg\t--\nb.jpg\t!\nc.jpg\ttwo\n");
    read_all();
    expect_counts(COUNTS(3, 2, 1), COUNTS(4, 2, 2));
    assert_int_equal(work.source.skip_count, 3);
    expect_skip(0, "b.jpg#0", "the caption has no words");
    expect_skip(1, "b.jpg#1", "the caption has no words");
    expect_skip(2, "b.jpg", "none of its captions has words");
    assert_string_equal(kept(1)->file, "c.jpg");
}

static void captions_beyond_the_limit_are_skipped(void **state)
{
    struct ch_buffer b = { 0 };

    (void)state;
    for (int i = 0; i < CH_RECORD_MAX_CAPTIONS + 3; i++)
        ch_buffer_text(&b, "a.jpg\tone\n");
    write_text("train", b.at);
    ch_buffer_release(&b);
    read_all();
    expect_counts(COUNTS(1, 1, 0), COUNTS(1003, 1000, 3));
    expect_skip(0, "a.jpg#1000", "more than 1000 captions for one image");
}

static void flickr_photos_in_no_list_are_read_and_skipped(void **state)
{
    (void)state;
    options.format = CH_ANNOTATIONS_FLICKR;
    options.captions = path[CAPTIONS];
    options.val = path[VAL];
    work.by = CH_PREPARE_LIST;
    write_text("captions", "a.jpg#0\tone\na.jpg#1\ttwo\nb.jpg#0\tthree\n"
               "c.jpg#0\tfour\nc.jpg#1\tfive\n");
    write_text("train", "a.jpg\n");
    write_text("val", "b.jpg\n");
    read_all();
    expect_counts(COUNTS(3, 2, 1), COUNTS(5, 3, 2));
    expect_skip(0, "c.jpg", "in no list of a split");
    assert_int_equal(work.manifest.split[CH_SPLIT_VAL].images, 1);
}

static void coco_photos_without_captions_are_read_and_skipped(void **state)
{
    (void)state;
    options.format = CH_ANNOTATIONS_COCO;
    write_text("train", "{\"images\":[{\"id\":5,\"file_name\":\"a.jpg\"},"
               "{\"id\":6,\"file_name\":\"b.jpg\"},"
               "{\"id\":7,\"file_name\":\"gone.jpg\"}],\"annotations\":["
               "{\"image_id\":5,\"caption\":\"One\"},"
               "{\"image_id\":7,\"caption\":\"Two\"}]}");
    read_all();
    expect_counts(COUNTS(3, 1, 2), COUNTS(2, 1, 1));
    expect_skip(0, "b.jpg", "has no caption");
    expect_skip(1, "gone.jpg", "no such image");
    assert_int_equal(kept(0)->id, 5);
}

#define REGION(id, x)                                                         \
    "{\"region_id\":" id ",\"x\":" x ",\"y\":2,\"width\":40,\"height\":50,"    \
    "\"phrase\":\"a dog\"}"

static void photos_of_visual_genome_lie_in_one_of_two_folders(void **state)
{
    (void)state;
    options.format = CH_ANNOTATIONS_GENOME;
    options.captions = path[CAPTIONS];
    options.val_part = options.test_part = 0;
    work.by = CH_PREPARE_HASH;
    mkdir(scratch_path("photos/VG_100K_2"), 0700);
    write_text("photos/VG_100K_2/7.jpg", "x");
    write_text("photos/8.jpg", "x");
    write_text("captions", "[{\"id\":7,\"regions\":[" REGION("1", "0") ","
               REGION("2", "5") "]},{\"id\":9,\"regions\":[" REGION("3", "0")
               "]},{\"id\":8,\"regions\":[" REGION("4", "0") "]}]");
    read_all();
    expect_counts(COUNTS(4, 3, 1), COUNTS(4, 3, 1));
    assert_string_equal(kept(0)->file, "7.jpg:1");
    assert_string_equal(kept(0)->photo, "VG_100K_2/7.jpg");
    assert_string_equal(kept(1)->photo, "VG_100K_2/7.jpg");
    assert_int_equal(kept(1)->box.x, 5);
    assert_string_equal(kept(2)->photo, "8.jpg");
    expect_skip(0, "9.jpg:3", "no such image");
}

static void without_skip_bad_a_missing_photo_ends_it(void **state)
{
    char want[800];

    (void)state;
    options.skip_bad = false;
    write_text("train", "a.jpg\tone\ngone.jpg\ttwo\n");
    snprintf(want, sizeof want, "%s/gone.jpg: no such image; mend it or pass "
             "--skip-bad", path[PHOTOS]);
    expect_refusal(want);
}

static void without_skip_bad_a_caption_without_words_ends_it(void **state)
{
    (void)state;
    options.skip_bad = false;
    write_text("train", "a.jpg\tone\na.jpg\t\"?\"\n");
    expect_refusal("a.jpg#1: the caption has no words; mend it or pass "
                   "--skip-bad");
}

static void a_split_with_nothing_left_is_refused(void **state)
{
    char want[800];

    (void)state;
    options.val = path[VAL];
    write_text("train", "a.jpg\tone\n");
    write_text("val", "gone.jpg\ttwo\n");
    snprintf(want, sizeof want, "%s: the split \"val\" is empty: none of its "
             "images can be used", path[VAL]);
    expect_refusal(want);
}

static void an_empty_file_of_a_split_is_refused(void **state)
{
    char want[800];

    (void)state;
    write_text("train", "");
    snprintf(want, sizeof want, "%s: no captions, expected "
             "image<TAB>caption a line", path[TRAIN]);
    expect_refusal(want);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(good_input_is_kept_whole),
        FRESH(a_missing_photo_takes_its_captions_with_it),
        FRESH(a_name_with_backslashes_gets_a_hint),
        FRESH(a_name_longer_than_any_path_is_a_missing_photo),
        FRESH(a_folder_in_the_place_of_a_photo_is_no_photo),
        FRESH(a_caption_without_words_is_left_out_alone),
        FRESH(a_photo_none_of_whose_captions_has_words_is_skipped),
        FRESH(captions_beyond_the_limit_are_skipped),
        FRESH(flickr_photos_in_no_list_are_read_and_skipped),
        FRESH(coco_photos_without_captions_are_read_and_skipped),
        FRESH(photos_of_visual_genome_lie_in_one_of_two_folders),
        FRESH(without_skip_bad_a_missing_photo_ends_it),
        FRESH(without_skip_bad_a_caption_without_words_ends_it),
        FRESH(a_split_with_nothing_left_is_refused),
        FRESH(an_empty_file_of_a_split_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
