/* test_verify.c - each bad record of a folder of shards is named */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "base/file.h"
#include "chorus/verify.h"
#include "scratch.h"
#include "small_shards.h"

#define SHARD_0 "train-00000-of-00002.lmdb"
#define SHARD_1 "train-00001-of-00002.lmdb"
enum { IN_SHARD_0 = 6 };           /* of SMALL_TRAIN */

static char folder[600];           /* fresh shards for each test */
static struct ch_verify_result result;
static struct ch_buffer told;      /* "where: what" lines */

static int fresh(void **state)
{
    static int number;
    struct ch_err e = CH_ERR_INIT;
    char dir[560];

    (void)state;
    snprintf(dir, sizeof dir, "%s/%d", scratch, number++);
    snprintf(folder, sizeof folder, "%s/shards", dir);
    if (mkdir(dir, 0700) || small_shards(dir, &e)) {
        print_error("%s\n", e.msg);
        return -1;
    }
    return 0;
}

static const char *in_folder(const char *file)
{
    static char path[700];

    snprintf(path, sizeof path, "%s/%s", folder, file);
    return path;
}

static void bad(void *context, const char *where, const char *what)
{
    (void)context;
    ch_buffer_format(&told, "%s: %s\n", where, what);
}

/* All that is told, line by line. */
static void expect(const char *want)
{
    struct ch_err e = CH_ERR_INIT;
    size_t lines = 0;

    ch_buffer_reset(&told);
    if (ch_verify_run(folder, bad, NULL, &result, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(told.at ? told.at : "", want);
    for (; *want; want++)
        lines += *want == '\n';
    assert_int_equal(result.bad, lines);
}

/* Change one key of a shard; NULL drops it. */
static void change(const char *file, const void *key, size_t key_bytes,
                   const void *value, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s;
    int rc = ch_store_open_write(&s, in_folder(file), &e);

    if (!rc && value)
        rc = ch_store_put(s, key, key_bytes, value, n, &e);
    else if (!rc)
        rc = ch_store_drop(s, key, key_bytes, &e);
    if (!rc) rc = ch_store_commit(s, &e);
    ch_store_close(s);
    if (rc)
        fail_msg("%s", e.msg);
}

static void change_record(const char *file, char kind, uint32_t index,
                          const void *value, size_t n)
{
    unsigned char key[CH_SHARD_KEY_BYTES];

    ch_shard_key(kind, index, key);
    change(file, key, sizeof key, value, n);
}

static void whole_shards_are_counted(void **state)
{
    (void)state;
    expect("");
    assert_int_equal(result.shards, 4);
    assert_int_equal(result.records, SMALL_TRAIN + SMALL_VAL);
    assert_int_equal(result.pooled, SMALL_TRAIN + SMALL_VAL);
    assert_int_equal(result.grids + result.skipped + result.pending, 0);
    assert_true(result.captions > result.records);
}

static void nothing_is_written(void **state)
{
    char **list;
    size_t before, after;

    (void)state;
    assert_int_equal(ch_file_list(folder, NULL, &list, &before, NULL), 0);
    for (size_t i = 0; i < before; i++)
        assert_int_equal(chmod(list[i], 0400), 0);
    ch_file_list_free(list, before);
    assert_int_equal(chmod(folder, 0500), 0);
    expect("");
    assert_int_equal(ch_file_list(folder, NULL, &list, &after, NULL), 0);
    ch_file_list_free(list, after);
    assert_int_equal(after, before);
    assert_int_equal(chmod(folder, 0700), 0);
}

static void missing_records_are_named(void **state)
{
    (void)state;
    change_record(SHARD_0, 'c', 0, NULL, 0);
    change_record(SHARD_0, 'c', 3, NULL, 0);
    change_record(SHARD_0, 'c', IN_SHARD_0 - 1, NULL, 0);
    expect(SHARD_0 " record 0: is missing\n"
           SHARD_0 " record 3: is missing\n"
           SHARD_0 " record 5: is missing\n"
           SHARD_0 ": 26 captions, the manifest says 32\n");
}

static void flipped_bytes_are_named(void **state)
{
    static const char junk[40] = "f";

    (void)state;
    change_record(SHARD_0, 'c', 2, "c", 1);
    change_record(SHARD_1, 'f', 1, junk, sizeof junk);
    ch_buffer_reset(&told);
    assert_int_equal(ch_verify_run(folder, bad, NULL, &result, NULL), 0);
    assert_int_equal(result.bad, 3);
    assert_non_null(strstr(told.at, SHARD_0 " record 2: a record of 1 bytes "
                           "is cut short\n"));
    assert_non_null(strstr(told.at, SHARD_1 " record 1: checksum is "));
}

static void records_beyond_the_manifest_are_named(void **state)
{
    (void)state;
    change_record(SHARD_1, 'x', 99, "why", 3);
    change(SHARD_1, "other", 5, "x", 1);
    expect(SHARD_1 ": a record of an unknown kind, its key has 5 bytes\n"
           SHARD_1 " record 99: the manifest knows 7 records alone\n");
}

static void words_outside_the_vocabulary_are_named(void **state)
{
    static const struct ch_record_picture picture = { .key = "a",
                                                      .image_id = -1 };
    static const char *const raw[3] = { "x", "y", "z" };
    static const size_t count[3] = { 3, 3, 2 };
    static const int32_t ids[8] = { 1, 4000, 2, 2, 3, 2, 1, 2 };
    struct ch_buffer b = { 0 };

    (void)state;
    /* Record 1 has one caption, so the sum differs by two. */
    ch_record_write_captions(&b, &picture, 3, raw, count, ids);
    change_record(SHARD_0, 'c', 1, b.at, b.size);
    ch_buffer_release(&b);
    expect(SHARD_0 " record 1: caption 0: word 4000 is not in the vocabulary "
           "of 24\n"
           SHARD_0 " record 1: caption 1 does not begin and end as captions "
           "do\n"
           SHARD_0 ": 34 captions, the manifest says 32\n");
}

static void features_of_another_shape_are_named(void **state)
{
    static const float value[6] = { 0 };
    struct ch_buffer b = { 0 };

    (void)state;
    ch_record_write_feature(&b, 'f', CH_FEATURE_F16, 1, 6, value);
    change_record(SHARD_1, 'f', 2, b.at, b.size);
    ch_buffer_release(&b);
    expect(SHARD_1 " record 2: features of 1 x 6, expected 1 x 12 as "
           "before\n");
    assert_int_equal(result.pooled, SMALL_TRAIN + SMALL_VAL - 1);
}

static void features_and_reasons_exclude_each_other(void **state)
{
    (void)state;
    change_record(SHARD_0, 'x', 4, "damaged", 7);
    change_record(SHARD_0, 'f', 5, NULL, 0);
    expect(SHARD_0 " record 4: has features, and a reason for having none\n");
    assert_int_equal(result.pending, 1);
    assert_int_equal(result.skipped, 1);
}

static void another_encoder_or_vocabulary_is_named(void **state)
{
    (void)state;
    change(SHARD_1, "encoder", 7, "{}", 2);
    change(SHARD_1, "vocabulary", 10, "0123456789abcdef", 16);
    ch_buffer_reset(&told);
    assert_int_equal(ch_verify_run(folder, bad, NULL, &result, NULL), 0);
    assert_int_equal(result.bad, 2);
    assert_non_null(strstr(told.at, SHARD_1 ": encoded by another encoder "
                           "than the shards before\n"));
    assert_non_null(strstr(told.at, SHARD_1 ": made with another vocabulary "
                           "(0123456789abcdef, the manifest's is "));
}

static void a_damaged_file_is_named_and_the_others_read(void **state)
{
    (void)state;
    assert_int_equal(unlink(in_folder(SHARD_0)), 0);
    assert_int_equal(ch_file_write(in_folder(SHARD_1), "x", 1, NULL), 0);
    assert_int_equal(ch_file_write(in_folder("vocabulary.txt"), "x", 1, NULL),
                     0);
    expect("vocabulary.txt: line 1 is not <pad>: no vocabulary of chorus\n"
           SHARD_0 ": cannot open: No such file or directory\n"
           SHARD_1 ": page 0 is damaged: the file is cut short; copy or make "
           "the shard again\n");
    assert_int_equal(result.records, SMALL_VAL);
}

static void without_a_manifest_nothing_can_be_said(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char want[800];

    (void)state;
    unlink(in_folder("manifest.json"));
    snprintf(want, sizeof want, "%s: no shards here: manifest.json is "
             "missing; make them with chorus shard", folder);
    assert_int_equal(ch_verify_run(folder, bad, NULL, &result, &e), CH_EUSAGE);
    assert_string_equal(e.msg, want);
}

#define FRESH(test) cmocka_unit_test_setup(test, fresh)

static int clean(void **state)
{
    ch_buffer_release(&told);
    return scratch_remove(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(whole_shards_are_counted),
        FRESH(nothing_is_written),
        FRESH(missing_records_are_named),
        FRESH(flipped_bytes_are_named),
        FRESH(records_beyond_the_manifest_are_named),
        FRESH(words_outside_the_vocabulary_are_named),
        FRESH(features_of_another_shape_are_named),
        FRESH(features_and_reasons_exclude_each_other),
        FRESH(another_encoder_or_vocabulary_is_named),
        FRESH(a_damaged_file_is_named_and_the_others_read),
        FRESH(without_a_manifest_nothing_can_be_said),
    };

    return cmocka_run_group_tests(tests, scratch_make, clean);
}
