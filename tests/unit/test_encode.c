/* test_encode.c - every photo's features, in its shard, once */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "chorus/encode.h"
#include "chorus/log.h"
#include "chorus/prepare.h"
#include "data/image.h"
#include "data/shard.h"
#include "data/store.h"
#include "scratch.h"

enum { TRAIN = 9, VAL = 3, SHARDS = 2, BAD = 4 };

static char photos[600], shards[600];
static struct ch_err e;

/* Photo i is of one colour: 20 * i, 255 - 20 * i, 100. */
static void paint(int i, const char *path)
{
    unsigned char rgb[16 * 16 * 3];
    const struct ch_image image = { 16, 16, rgb };

    for (size_t p = 0; p < 16 * 16; p++) {
        rgb[3 * p] = (unsigned char)(20 * i);
        rgb[3 * p + 1] = (unsigned char)(255 - 20 * i);
        rgb[3 * p + 2] = 100;
    }
    if (ch_jpeg_write(path, &image, 100, &e))
        fail_msg("%s", e.msg);
}

static const char *photo(int i)
{
    static char path[700];

    snprintf(path, sizeof path, "%s/%d.jpg", photos, i);
    return path;
}

static void write_captions(const char *path, int first, int count)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    for (int i = first; i < first + count; i++)
        fprintf(f, "%d.jpg\ta wall of colour\n", i);
    assert_int_equal(fclose(f), 0);
}

static int make_shards(void **state)
{
    struct ch_prepare_options o;
    struct ch_prepare_result result;

    if (scratch_make(state))
        return -1;
    e = (struct ch_err)CH_ERR_INIT;
    ch_log_setup("test", CH_LOG_ERROR, 0, 1);
    snprintf(photos, sizeof photos, "%s/photos", scratch);
    snprintf(shards, sizeof shards, "%s/shards", scratch);
    if (ch_file_folder(photos, &e))
        return -1;
    for (int i = 0; i < TRAIN + VAL; i++)
        paint(i, photo(i));
    ch_prepare_defaults(&o);
    o.format = CH_ANNOTATIONS_TSV;
    o.train = scratch_path("train.tsv");
    o.val = scratch_path("val.tsv");
    write_captions(o.train, 0, TRAIN);
    write_captions(o.val, TRAIN, VAL);
    o.images = photos;
    o.out = shards;
    o.shards = SHARDS;
    if (ch_prepare_run(&o, &result, &e))
        fail_msg("%s", e.msg);
    return 0;
}

static struct ch_encode_options options(void)
{
    struct ch_encode_options o;

    ch_encode_defaults(&o);
    o.shards = shards;
    o.encoder = "tests/fixture/tiny.json";
    o.dtype = CH_FEATURE_F32;
    o.threads = 2;
    return o;
}

static struct ch_encode_result encode(const struct ch_encode_options *o)
{
    struct ch_encode_result result = { 0 };

    if (ch_encode_run(o, &result, &e))
        fail_msg("%s", e.msg);
    return result;
}

static void expect_refused(const struct ch_encode_options *o, int code,
                           const char *words)
{
    struct ch_encode_result result;

    assert_int_equal(ch_encode_run(o, &result, &e), code);
    if (!strstr(e.msg, words))
        fail_msg("%s", e.msg);
}

static void spoil(int i)
{
    FILE *f = fopen(photo(i), "r+");

    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), 300), 0);
    fclose(f);
}

static struct ch_set *open_set(enum ch_split split)
{
    struct ch_set *s;

    if (ch_set_open(&s, shards, split, 1, &e))
        fail_msg("%s", e.msg);
    return s;
}

static void features_are_those_of_the_photo(void **state)
{
    const struct ch_encode_options o = options();
    struct ch_encode_result r = encode(&o);
    struct ch_set *s = open_set(CH_SPLIT_TRAIN);

    (void)state;
    assert_int_equal(r.images, TRAIN + VAL);
    assert_int_equal(r.encoded, TRAIN + VAL);
    assert_int_equal(r.feature_count, 3);
    assert_int_equal(ch_set_count(s), TRAIN);
    for (size_t i = 0; i < TRAIN; i++) {
        float v[3];
        assert_int_equal(ch_set_feature(s, i, v, &e), 0);
        /* JPEG's colours are not RGB's: off by a little. */
        assert_float_equal(v[0], 20 * (float)i, 2);
        assert_float_equal(v[1], 255 - 20 * (float)i, 2);
        assert_float_equal(v[2], 100, 2);
    }
    ch_set_close(s);
}

static void a_second_run_has_nothing_to_do(void **state)
{
    const struct ch_encode_options o = options();

    (void)state;
    encode(&o);
    assert_int_equal(encode(&o).encoded, 0);
}

static void the_grid_may_come_later(void **state)
{
    struct ch_encode_options o = options();

    (void)state;
    encode(&o);
    o.grid = true;
    assert_int_equal(encode(&o).encoded, TRAIN + VAL);
    assert_int_equal(encode(&o).encoded, 0);
}

/* What is stored for a record of the first shard: number of bytes, copied. */
static size_t stored(const char *folder, char kind, uint32_t index, void *out)
{
    struct ch_store *store;
    unsigned char key[CH_SHARD_KEY_BYTES];
    char path[1300];
    const void *value;
    size_t n = 0;

    snprintf(path, sizeof path, "%s/train-00000-of-0000%d.lmdb", folder,
             SHARDS);
    if (ch_store_open(&store, path, &e))
        fail_msg("%s", e.msg);
    ch_shard_key(kind, index, key);
    if (ch_store_get(store, key, sizeof key, &value, &n, &e) == 1)
        memcpy(out, value, n);
    ch_store_close(store);
    return n;
}

static void values_do_not_depend_on_the_number_of_threads(void **state)
{
    struct ch_encode_options o = options();
    char a[400], b[400];
    size_t n;

    (void)state;
    o.threads = 3;
    o.grid = true;
    encode(&o);
    n = stored(shards, 'g', 3, a);
    assert_true(n > 4 * 12);
    o.threads = 1;
    o.again = true;
    o.precision = 1;
    encode(&o);
    o.precision = 0;
    assert_int_equal(encode(&o).encoded, TRAIN + VAL);
    assert_int_equal(stored(shards, 'g', 3, b), n);
    assert_memory_equal(a, b, n);
}

static void ranks_share_the_shards(void **state)
{
    struct ch_encode_options o = options();
    uint64_t sum = 0;

    (void)state;
    for (o.rank = 0, o.size = 3; o.rank < o.size; o.rank++)
        sum += encode(&o).encoded;
    assert_int_equal(sum, TRAIN + VAL);
    ch_set_close(open_set(CH_SPLIT_TRAIN));
    ch_set_close(open_set(CH_SPLIT_VAL));
}

static void a_cut_photo_ends_the_run_and_is_named(void **state)
{
    const struct ch_encode_options o = options();

    (void)state;
    spoil(BAD);
    expect_refused(&o, CH_EFORMAT, "photos/4.jpg: damaged JPEG: ");
}

static void after_an_error_the_run_goes_on_where_it_stopped(void **state)
{
    const struct ch_encode_options o = options();
    uint64_t rest;

    (void)state;
    spoil(BAD);
    expect_refused(&o, CH_EFORMAT, "--skip-bad");
    paint(BAD, photo(BAD));
    rest = encode(&o).encoded;
    assert_in_range(rest, 1, TRAIN + VAL - BAD);
    ch_set_close(open_set(CH_SPLIT_TRAIN));
}

static void a_missing_photo_is_named(void **state)
{
    const struct ch_encode_options o = options();

    (void)state;
    assert_int_equal(unlink(photo(TRAIN)), 0);
    expect_refused(&o, CH_EIO, "photos/9.jpg");
}

static void skipped_photos_have_no_record_in_the_set(void **state)
{
    struct ch_encode_options o = options();
    struct ch_encode_result r;
    struct ch_set *s;

    (void)state;
    spoil(BAD);
    assert_int_equal(unlink(photo(2)), 0);
    o.skip_bad = true;
    r = encode(&o);
    assert_int_equal(r.skipped, 2);
    assert_int_equal(r.encoded, TRAIN + VAL - 2);
    s = open_set(CH_SPLIT_TRAIN);
    assert_int_equal(ch_set_count(s), TRAIN - 2);
    assert_int_equal(ch_set_skipped(s), 2);
    ch_set_close(s);
}

static void skipped_photos_are_listed_once(void **state)
{
    struct ch_encode_options o = options();
    uint64_t count = 0;
    char *text, *first;
    size_t n;

    (void)state;
    spoil(BAD);
    o.skip_bad = true;
    encode(&o);
    assert_int_equal(ch_encode_list_skipped(shards, &count, &e), 0);
    assert_int_equal(ch_encode_list_skipped(shards, &count, &e), 0);
    assert_int_equal(count, 1);
    assert_int_equal(ch_file_read(scratch_path("shards/skipped.jsonl"), 1 << 20,
                                  &text, &n, &e), 0);
    first = strstr(text, "photos/4.jpg: damaged JPEG");
    assert_non_null(first);
    assert_null(strstr(first + 1, "photos/4.jpg"));
    free(text);
}

static void another_precision_needs_again(void **state)
{
    struct ch_encode_options o = options();

    (void)state;
    encode(&o);
    o.precision = 1;
    expect_refused(&o, CH_EUSAGE, "pass --again to replace them");
    o.again = true;
    assert_int_equal(encode(&o).encoded, TRAIN + VAL);
}

static void a_shard_that_is_gone_is_not_made_anew(void **state)
{
    const struct ch_encode_options o = options();

    (void)state;
    assert_int_equal(unlink(scratch_path(
        "shards/val-00001-of-00002.lmdb")), 0);
    expect_refused(&o, CH_EIO, "val-00001-of-00002.lmdb: no such shard");
}

static void grid_of_an_encoder_without_one_is_refused(void **state)
{
    struct ch_encode_options o = options();
    const char *path = scratch_path("no-grid.json");
    FILE *f = fopen(path, "w");
    char *network = realpath("tests/fixture/tiny.xml", NULL);

    (void)state;
    assert_non_null(f);
    assert_non_null(network);
    fprintf(f, "{\"format\":\"chorus-encoder\",\"version\":1,\"name\":\"t\","
            "\"network\":\"%s\",\"input\":{\"size\":8,\"resize\":\"squash\","
            "\"channels\":\"rgb\",\"mean\":[0,0,0],\"std\":[1,1,1]},"
            "\"pooled\":\"features\"}", network);
    fclose(f);
    free(network);
    o.encoder = path;
    o.grid = true;
    expect_refused(&o, CH_EUSAGE, "names no grid output; leave out --grid");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_shards,         \
                                                   scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(features_are_those_of_the_photo),
        CASE(a_second_run_has_nothing_to_do),
        CASE(the_grid_may_come_later),
        CASE(values_do_not_depend_on_the_number_of_threads),
        CASE(ranks_share_the_shards),
        CASE(a_cut_photo_ends_the_run_and_is_named),
        CASE(after_an_error_the_run_goes_on_where_it_stopped),
        CASE(a_missing_photo_is_named),
        CASE(skipped_photos_have_no_record_in_the_set),
        CASE(skipped_photos_are_listed_once),
        CASE(another_precision_needs_again),
        CASE(a_shard_that_is_gone_is_not_made_anew),
        CASE(grid_of_an_encoder_without_one_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
