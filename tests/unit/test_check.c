/* test_check.c - what is wrong with a data set is found and counted */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "base/file.h"
#include "base/json.h"
#include "chorus/check.h"
#include "data/image.h"
#include "scratch.h"

static struct ch_check_options o;
static struct ch_check_result r;
static char photos[600], train[600];

/* A grey picture; shade tells one file from another. */
static void draw(const char *name, size_t width, size_t height, int shade)
{
    struct ch_image i = { .width = width, .height = height };
    struct ch_err e = CH_ERR_INIT;
    char path[1024];

    i.rgb = malloc(3 * width * height);
    assert_non_null(i.rgb);
    memset(i.rgb, shade, 3 * width * height);
    snprintf(path, sizeof path, "%s/%s", photos, name);
    if (ch_jpeg_write(path, &i, 80, &e))
        fail_msg("%s", e.msg);
    ch_image_release(&i);
}

static void write_text(const char *name, const char *text)
{
    assert_int_equal(ch_file_write(scratch_path(name), text, strlen(text),
                                   NULL), 0);
}

static int fresh(void **state)
{
    scratch_make(state);
    snprintf(photos, sizeof photos, "%s/photos", scratch);
    snprintf(train, sizeof train, "%s/train", scratch);
    mkdir(photos, 0700);
    draw("a.jpg", 90, 80, 10);
    draw("b.jpg", 80, 90, 200);
    ch_check_defaults(&o);
    o.input.format = CH_ANNOTATIONS_TSV;
    o.input.train = train;
    o.input.images = photos;
    o.threads = 2;
    return 0;
}

static int clean(void **state)
{
    ch_check_release(&r);
    return scratch_remove(state);
}

static void run(void)
{
    struct ch_err e = CH_ERR_INIT;

    if (ch_check_run(&o, &r, &e))
        fail_msg("%s", e.msg);
}

static const char *reason_of(const char *end)
{
    for (size_t i = 0; i < r.bad_count; i++) {
        size_t n = strlen(r.bad[i].what), m = strlen(end);

        if (n >= m && strcmp(r.bad[i].what + n - m, end) == 0)
            return r.bad[i].reason;
    }
    fail_msg("%s is not listed", end);
    return NULL;
}

static void a_good_set_has_nothing_bad(void **state)
{
    (void)state;
    write_text("train", "a.jpg\tA dog runs\nb.jpg\tA cat\na.jpg\tDogs!\n");
    run();
    assert_int_equal(r.bad_count, 0);
    assert_int_equal(r.images, 2);
    assert_int_equal(r.captions, 3);
    assert_int_equal(r.photos, 2);
    assert_int_equal(r.decoded, 2);
    assert_int_equal(r.words, 6);
    assert_int_equal(r.distinct, 5);
    assert_true(r.cover[0] == 1 && r.cover[3] == 1);
    assert_int_equal(r.length[1], 1);
    assert_int_equal(r.length[2], 1);
    assert_int_equal(r.length[3], 1);
    assert_true(r.decode_s > 0);
}

/* 1,500 words, the first 400 of them twice: 1,000 words are 1,400 of 1,900. */
static void coverage_is_the_share_of_words_that_would_be_kept(void **state)
{
    struct ch_buffer text = { 0 };
    const double all = 1900;

    (void)state;
    for (int i = 0; i < 1900; i++)
        ch_buffer_format(&text, "%s%d%s", i % 10 ? " " : "a.jpg\tw", i % 1500,
                         i % 10 == 9 ? "\n" : "");
    ch_buffer_put(&text, "", 1);
    assert_false(text.failed);
    write_text("train", text.at);
    ch_buffer_release(&text);
    run();
    assert_int_equal(r.words, 1900);
    assert_int_equal(r.distinct, 1500);
    assert_float_equal(r.cover[0], 1400 / all, 1e-12);
    for (size_t i = 1; i < CH_CHECK_COVERS; i++)
        assert_float_equal(r.cover[i], 1, 1e-12);
    assert_int_equal(r.length[10], 190);
}

static void each_kind_of_bad_photo_is_told(void **state)
{
    char *bytes, path[700];
    size_t n;

    (void)state;
    draw("small.jpg", 63, 500, 30);
    draw("c.jpg", 90, 80, 10);
    snprintf(path, sizeof path, "%s/a.jpg", photos);
    assert_int_equal(ch_file_read(path, 1 << 20, &bytes, &n, NULL), 0);
    snprintf(path, sizeof path, "%s/cut.jpg", photos);
    assert_int_equal(ch_file_write(path, bytes, n - 50, NULL), 0);
    free(bytes);
    write_text("train", "a.jpg\tx\nsmall.jpg\tx\nc.jpg\tx\ncut.jpg\tx\n"
               "gone.jpg\tx\na.jpg\t...\n");
    run();
    assert_int_equal(r.images_read, 5);
    assert_int_equal(r.images, 4);
    assert_int_equal(r.missing, 1);
    assert_int_equal(r.corrupt, 1);
    assert_int_equal(r.small, 1);
    assert_int_equal(r.duplicate, 1);
    assert_int_equal(r.wordless, 1);
    assert_int_equal(r.bad_count, 5);
    assert_string_equal(reason_of("gone.jpg"), "no such image");
    assert_string_equal(reason_of("a.jpg#1"), "the caption has no words");
    assert_string_equal(reason_of("small.jpg"), "a side is shorter than "
                        "--min-side");
    assert_non_null(strstr(reason_of("c.jpg"), "the same bytes as "));
    assert_non_null(strstr(reason_of("cut.jpg"), "cut.jpg: "));
}

static void the_page_and_json_tell_the_same(void **state)
{
    struct ch_json *d;
    char *page, *json;

    (void)state;
    o.feature_count = 100;
    o.grid_rows = 10;
    write_text("train", "a.jpg\tA dog\nb.jpg\tA cat\ngone.jpg\tx\n");
    run();
    page = ch_check_page(&r);
    json = ch_check_json(&r);
    assert_non_null(page);
    assert_non_null(json);
    assert_non_null(strstr(page, "\nmissing                                   "
                           "1\n"));
    assert_non_null(strstr(page, "gone.jpg: no such image\n"));
    assert_int_equal(ch_json_parse(&d, json, strlen(json), "x", NULL), 0);
    assert_int_equal(ch_json_int(ch_json_get(d, "missing"), 0), 1);
    assert_true(ch_json_real(ch_json_get(ch_json_get(d, "feature_bytes"),
                                         "grid_f16"), 0) == 2 * 2035);
    assert_true(ch_json_real(ch_json_get(ch_json_get(d, "batch_bytes"),
                                         "grid"), 0) ==
                CH_CHECK_BATCH * 4000);
    assert_null(ch_json_get(d, "encoder"));
    assert_non_null(strstr(page, "--encoder tells how long"));
    assert_int_equal(ch_json_int(ch_json_at(ch_json_get(d, "lengths"), 2), 0),
                     2);
    ch_json_close(d);
    free(page);
    free(json);
}

static void an_encoder_that_is_not_there_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    o.encoder = "/no/such.json";
    write_text("train", "a.jpg\tA dog\n");
    assert_int_equal(ch_check_run(&o, &r, &e), CH_EIO);
    assert_non_null(strstr(e.msg, "/no/such.json"));
}

/* What chorus encode wrote of 2000 scenes, captions not counted: 426,033,306
 * and 8,089,751 bytes of EfficientNet-Lite2's grids and pooled features. */
static void room_is_what_pages_take(void **state)
{
    double all = ch_check_room(2000, 81, 1280, 2) +
                 ch_check_room(2000, 1, 1280, 2);

    (void)state;
    assert_true(all > 0.99 * 426033306 && all < 1.01 * 426033306);
    all = ch_check_room(2000, 1, 1280, 2);
    assert_true(all > 0.95 * 8089751 && all < 1.05 * 8089751);
    /* COCO, as README.md has it: 25.8, 25.3, 0.5 and 1.0 GB. */
    assert_float_equal(ch_check_room(123287, 81, 1280, 2), 25.8e9, 0.05e9);
    assert_float_equal(ch_check_room(123287, 49, 2048, 2), 25.3e9, 0.05e9);
    assert_float_equal(ch_check_room(123287, 1, 1280, 2), 0.5e9, 0.05e9);
    assert_float_equal(ch_check_room(123287, 1, 2048, 2), 1.0e9, 0.05e9);
    /* The largest that fits half a page, and one more. */
    assert_true(ch_check_room(1, 1, 1002, 2) == 2039);
    assert_true(ch_check_room(1, 1, 1003, 2) == 4096 + 24);
}

static void without_photos_nothing_can_be_checked(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    o.input.images = NULL;
    assert_int_equal(ch_check_run(&o, &r, &e), CH_EUSAGE);
    assert_string_equal(e.msg, "the folder of the photos is needed "
                        "(--images)");
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(a_good_set_has_nothing_bad),
        FRESH(coverage_is_the_share_of_words_that_would_be_kept),
        FRESH(each_kind_of_bad_photo_is_told),
        FRESH(the_page_and_json_tell_the_same),
        FRESH(an_encoder_that_is_not_there_is_told),
        FRESH(room_is_what_pages_take),
        FRESH(without_photos_nothing_can_be_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
