/* test_encode.c - every photo's features, in its shard, once */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/encoder.h"
#include "encode_photos.h"

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
        assert_float_equal(v[2], 101, 2);
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
    o.dtype = CH_FEATURE_BF16;
    encode(&o);
    o.dtype = CH_FEATURE_F32;
    assert_int_equal(encode(&o).encoded, TRAIN + VAL);
    assert_int_equal(stored(shards, 'g', 3, b), n);
    assert_memory_equal(a, b, n);
}

static void what_storing_costs_is_in_the_manifest(void **state)
{
    struct ch_encode_options o = options();
    struct ch_manifest m;

    (void)state;
    o.dtype = CH_FEATURE_BF16;
    o.grid = true;
    encode(&o);
    assert_int_equal(ch_manifest_read(&m, shards, &e), 0);
    assert_string_equal(m.features.dtype, "bf16");
    assert_int_equal(m.features.images, TRAIN + VAL);
    assert_int_equal(m.features.columns, 3);
    assert_int_equal(m.features.grid_rows, 4);
    assert_int_equal(m.features.grid_columns, 3);
    /* Eight bits of a number: off by 1/512 of it at most. */
    assert_true(m.features.rms_error > 1e-7 && m.features.rms_error < 2e-3);
    assert_true(m.features.largest_error > 1e-5 &&
                m.features.largest_error < 0.6);
    assert_true(total.rms_error == m.features.rms_error);
    ch_manifest_release(&m);
    o.dtype = CH_FEATURE_F32;
    expect_refused(&o, CH_EUSAGE, "features stored as another type; pass "
                                  "--again");
    o.again = true;
    encode(&o);
    assert_true(total.rms_error == 0);
}

static void views_are_asked_for(void **state)
{
    struct ch_encode_options o = options();

    (void)state;
    o.flip = true;
    encode(&o);
    o.crops = CH_ENCODE_CROPS_5;
    expect_refused(&o, CH_EUSAGE, "corners are cut out of a larger picture");
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
    char *text, *first;
    size_t n;

    (void)state;
    spoil(BAD);
    o.skip_bad = true;
    encode(&o);
    encode(&o);
    assert_int_equal(total.skipped, 1);
    assert_int_equal(total.encoded, TRAIN + VAL - 1);
    assert_int_equal(ch_file_read(scratch_path("shards/skipped.jsonl"), 1 << 20,
                                  &text, &n, &e), 0);
    first = strstr(text, "photos/4.jpg: damaged JPEG");
    assert_non_null(first);
    assert_null(strstr(first + 1, "photos/4.jpg"));
    free(text);
}

static bool has_bf16(void)
{
    struct ch_encoder_spec spec;
    struct ch_encoder *c = NULL;
    bool has;

    if (ch_encoder_spec_read(&spec, options().encoder, &e) ||
        ch_encoder_open(&c, &spec, "bf16", 1, &e))
        fail_msg("%s", e.msg);
    has = !strcmp(ch_encoder_precision(c), "bf16");
    ch_encoder_close(c);
    return has;
}

static void another_precision_needs_again(void **state)
{
    struct ch_encode_options o = options();

    (void)state;
    encode(&o);
    o.precision = 1;
    expect_refused(&o, CH_EUSAGE, "pass --again to replace them");
    o.again = true;
    if (!has_bf16()) {
        expect_refused(&o, CH_EUSAGE, "this processor cannot compute in bf16: "
                       "that takes AVX-512 or AMX; choose --precision f32");
        o.precision = 0;
        assert_int_equal(encode(&o).encoded, 0);
    } else {
        assert_int_equal(encode(&o).encoded, TRAIN + VAL);
    }
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
        CASE(what_storing_costs_is_in_the_manifest),
        CASE(views_are_asked_for),
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
