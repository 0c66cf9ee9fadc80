/* test_summary.c - what a shard says of its features, also once it is moved */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "encode_photos.h"

#include "chorus/reshard.h"
#include "data/summary.h"

static char direct[600], moved[600];

/* The same photos as make_shards() has, in so many files. */
static void make_in(const char *out, uint64_t files)
{
    struct ch_prepare_options o;
    struct ch_prepare_result result;
    char train[600], val[600];

    snprintf(train, sizeof train, "%s", scratch_path("train.tsv"));
    snprintf(val, sizeof val, "%s", scratch_path("val.tsv"));
    ch_prepare_defaults(&o);
    o.format = CH_ANNOTATIONS_TSV;
    o.train = train;
    o.val = val;
    o.images = photos;
    o.out = out;
    o.shards = files;
    if (ch_prepare_run(&o, &result, &e))
        fail_msg("%s", e.msg);
}

static int fresh(void **state)
{
    if (make_shards(state))
        return -1;
    snprintf(direct, sizeof direct, "%s/direct", scratch);
    snprintf(moved, sizeof moved, "%s/moved", scratch);
    return 0;
}

static void move(const char *from, uint64_t files, const char *to)
{
    struct ch_prepare_result result;

    if (ch_reshard_run(from, files, to, &result, &e))
        fail_msg("%s", e.msg);
}

static int is_summary(const void *key, size_t n)
{
    return n == strlen(CH_SHARD_FEATURES_KEY) &&
           !memcmp(key, CH_SHARD_FEATURES_KEY, n);
}

/* Every record but the summary, key and value, into one run of bytes. */
static int gather(void *context, const void *key, size_t key_bytes,
                  const void *value, size_t n, struct ch_err *why)
{
    struct ch_buffer *all = context;

    (void)why;
    if (is_summary(key, key_bytes))
        return 0;
    ch_buffer_u32(all, (uint32_t)key_bytes);
    ch_buffer_put(all, key, key_bytes);
    ch_buffer_u32(all, (uint32_t)n);
    ch_buffer_put(all, value, n);
    return 0;
}

static size_t records_of(const char *folder, const char *shard,
                         struct ch_buffer *all)
{
    struct ch_store *s;
    char path[700];
    size_t count;

    snprintf(path, sizeof path, "%s/%s", folder, shard);
    if (ch_store_open(&s, path, &e) || ch_store_each(s, gather, all, &e))
        fail_msg("%s", e.msg);
    count = (size_t)ch_store_count(s);
    ch_store_close(s);
    return count;
}

static void expect_same_records(const char *a, const char *b)
{
    struct ch_manifest m;

    assert_int_equal(ch_manifest_read(&m, a, &e), 0);
    for (int s = 0; s < CH_SPLIT_COUNT; s++)
        for (size_t i = 0; i < m.split[s].shard_count; i++) {
            struct ch_buffer x = { 0 }, y = { 0 };
            const char *file = m.split[s].shard[i].file;

            /* A vocabulary, an encoder, captions, features and grids. */
            assert_true(records_of(a, file, &x) >= 5);
            records_of(b, file, &y);
            assert_int_equal(x.size, y.size);
            assert_memory_equal(x.at, y.at, x.size);
            ch_buffer_release(&x);
            ch_buffer_release(&y);
        }
    ch_manifest_release(&m);
}

/* Values are exact; sums are those of another order. */
static void expect_same_features(const char *a, const char *b)
{
    struct ch_manifest m, n;

    assert_int_equal(ch_manifest_read(&m, a, &e), 0);
    assert_int_equal(ch_manifest_read(&n, b, &e), 0);
    assert_true(m.features.images > 0);
    assert_string_equal(m.features.dtype, n.features.dtype);
    assert_int_equal(m.features.images, n.features.images);
    assert_int_equal(m.features.columns, n.features.columns);
    assert_int_equal(m.features.grid_rows, n.features.grid_rows);
    assert_int_equal(m.features.grid_columns, n.features.grid_columns);
    assert_true(m.features.rms_error > 0);
    assert_true(m.features.rms_error < n.features.rms_error * (1 + 1e-12));
    assert_true(n.features.rms_error < m.features.rms_error * (1 + 1e-12));
    assert_true(m.features.largest_error == n.features.largest_error);
    ch_manifest_release(&m);
    ch_manifest_release(&n);
}

/* Sharded into so many and encoded, or encoded and moved: the same records. */
static void moved_records_are_those_made_directly(void **state)
{
    static const uint64_t files[] = { 3, 20 };
    struct ch_encode_options o = options();

    (void)state;
    o.grid = true;
    o.skip_bad = true;
    o.dtype = CH_FEATURE_F16;
    spoil(BAD);
    encode(&o);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(direct, sizeof direct, "%s/direct%zu", scratch, i);
        snprintf(moved, sizeof moved, "%s/moved%zu", scratch, i);
        make_in(direct, files[i]);
        o.shards = direct;
        encode(&o);
        assert_int_equal(total.skipped, 1);
        move(shards, files[i], moved);
        expect_same_records(direct, moved);
        expect_same_features(direct, moved);
    }
}

/* Encode finds all done, and writes the manifest it finds. */
static void encoding_after_a_move_changes_nothing(void **state)
{
    struct ch_encode_options o = options();
    char *before, *after, path[700];
    size_t n, m;

    (void)state;
    o.dtype = CH_FEATURE_F16;
    encode(&o);
    move(shards, 3, moved);
    snprintf(path, sizeof path, "%s/manifest.json", moved);
    assert_int_equal(ch_file_read(path, 1 << 20, &before, &n, &e), 0);
    assert_non_null(strstr(before, "\"features\":{\"dtype\":\"f16\""));
    o.shards = moved;
    assert_int_equal(encode(&o).encoded, 0);
    assert_int_equal(total.encoded, TRAIN + VAL);
    assert_int_equal(ch_file_read(path, 1 << 20, &after, &m, &e), 0);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void a_merged_set_tells_its_features(void **state)
{
    struct ch_encode_options o = options();
    const char *const folder[] = { shards }, *const name[] = { "one" };
    const struct ch_merge_options merge = {
        .folder = folder, .name = name, .count = 1, .out = moved,
        .shards = 2, .max_words = 100, .min_count = 1, .max_length = 20
    };
    struct ch_prepare_result result;

    (void)state;
    o.dtype = CH_FEATURE_F16;
    o.grid = true;
    encode(&o);
    if (ch_merge_run(&merge, &result, &e))
        fail_msg("%s", e.msg);
    expect_same_features(shards, moved);
}

static void a_summary_is_read_as_it_was_put(void **state)
{
    const struct ch_summary put = { "bf16", 7, 4, 3, 12, 2, 0.1, 1e9, 0.25 };
    struct ch_manifest_features f;
    struct ch_summary got, all = { .dtype = "" };
    struct ch_store *s;

    (void)state;
    if (ch_store_open_write(&s, scratch_path("x.lmdb"), &e))
        fail_msg("%s", e.msg);
    assert_int_equal(ch_summary_read(&got, s, "x", &e), 0);
    assert_int_equal(ch_summary_put(&put, s, &e), 0);
    assert_int_equal(ch_summary_read(&got, s, "x", &e), 1);
    assert_string_equal(got.dtype, "bf16");
    assert_int_equal(got.columns, 7);
    assert_int_equal(got.skipped, 2);
    assert_true(got.error2 == 0.1 && got.value2 == 1e9);
    ch_summary_add(&all, &got);
    ch_summary_add(&all, &got);
    ch_summary_tell(&all, &f);
    assert_int_equal(f.images, 24);
    assert_int_equal(f.grid_columns, 3);
    assert_true(f.largest_error == 0.25);
    assert_float_equal(f.rms_error, 1e-5, 1e-12);
    assert_int_equal(ch_store_put(s, CH_SHARD_FEATURES_KEY, 8, "{", 1, &e),
                     0);
    assert_int_equal(ch_summary_read(&got, s, "x", &e), CH_EFORMAT);
    ch_store_close(s);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(moved_records_are_those_made_directly),
        FRESH(encoding_after_a_move_changes_nothing),
        FRESH(a_merged_set_tells_its_features),
        FRESH(a_summary_is_read_as_it_was_put),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
