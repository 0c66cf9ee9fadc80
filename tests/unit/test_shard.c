/* test_shard.c - a split is cut into shards of equal size, in order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>

#include "base/file.h"
#include "data/shard.h"
#include "data/store.h"
#include "scratch.h"

/* Record i is its own number, with i % 3 captions; fails at `bad`. */
static int number(void *context, size_t i, struct ch_buffer *record,
                  size_t *captions, struct ch_err *e)
{
    const size_t *bad = context;

    if (bad && i == *bad)
        return ch_fail(e, CH_EFORMAT, "record %zu is bad", i);
    ch_buffer_format(record, "%zu", i);
    *captions = i % 3;
    return 0;
}

/* A folder of that name, and `records` records in at most `shards` in it. */
static struct ch_manifest_split write_split(const char *name, size_t shards,
                                            size_t records)
{
    struct ch_manifest_split split = { 0 };
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(mkdir(scratch_path(name), 0700), 0);
    if (ch_shard_write(&split, CH_SPLIT_VAL, scratch_path(name), shards,
                       records, UINT64_C(0xabc), number, NULL, &e))
        fail_msg("%s", e.msg);
    return split;
}

static size_t count_files(const char *folder)
{
    char **list;
    size_t count;

    assert_int_equal(ch_file_list(folder, NULL, &list, &count, NULL), 0);
    ch_file_list_free(list, count);
    return count;
}

static void keys_sort_as_their_numbers(void **state)
{
    static const uint32_t index[] = { 0, 1, 255, 256, 65535, 65536,
                                      16777216, UINT32_MAX };
    unsigned char last[CH_SHARD_KEY_BYTES] = { 0 }, key[CH_SHARD_KEY_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof index / sizeof *index; i++) {
        ch_shard_key('c', index[i], key);
        assert_true(memcmp(last, key, sizeof key) < 0);
        memcpy(last, key, sizeof key);
    }
    ch_shard_key('f', 0x01020304, key);
    assert_memory_equal(key, "f\1\2\3\4", 5);
}

static void records_are_cut_into_contiguous_equal_runs(void **state)
{
    struct ch_manifest_split split = write_split("runs", 4, 11);
    size_t next = 0;

    (void)state;
    assert_int_equal(split.shard_count, 4);
    for (size_t s = 0; s < 4; s++) {
        const struct ch_manifest_shard *shard = &split.shard[s];
        struct ch_store *store;
        char name[128], path[1200];

        assert_in_range(shard->records, 2, 3);
        snprintf(name, sizeof name, "val-%05zu-of-00004.lmdb", s);
        assert_string_equal(shard->file, name);
        snprintf(path, sizeof path, "%s/%s", scratch_path("runs"), name);
        assert_int_equal(ch_store_open(&store, path, NULL), 0);
        for (uint32_t i = 0; i < shard->records; i++) {
            unsigned char key[CH_SHARD_KEY_BYTES];
            const void *value;
            char text[24];
            size_t n;

            ch_shard_key('c', i, key);
            assert_int_equal(ch_store_get(store, key, sizeof key, &value, &n,
                                          NULL), 1);
            snprintf(text, sizeof text, "%zu", next++);
            assert_int_equal(n, strlen(text));
            assert_memory_equal(value, text, n);
        }
        ch_store_close(store);
    }
    assert_int_equal(next, 11);
    free(split.shard);
}

static void captions_are_counted_per_shard(void **state)
{
    struct ch_manifest_split split = write_split("captions", 2, 6);

    (void)state;
    assert_int_equal(split.shard[0].captions, 0 + 1 + 2);
    assert_int_equal(split.shard[1].captions, 0 + 1 + 2);
    free(split.shard);
}

static void empty_shards_are_not_made(void **state)
{
    struct ch_manifest_split split = write_split("few", 8, 3);

    (void)state;
    assert_int_equal(split.shard_count, 3);
    assert_int_equal(count_files(scratch_path("few")), 3);
    assert_string_equal(split.shard[2].file, "val-00002-of-00003.lmdb");
    free(split.shard);
}

static void each_shard_knows_its_vocabulary(void **state)
{
    struct ch_manifest_split split = write_split("vocabulary", 2, 2);
    struct ch_store *store;
    const void *value;
    size_t n;

    (void)state;
    for (size_t s = 0; s < 2; s++) {
        char path[1200];

        snprintf(path, sizeof path, "%s/%s", scratch_path("vocabulary"),
                 split.shard[s].file);
        assert_int_equal(ch_store_open(&store, path, NULL), 0);
        assert_int_equal(ch_store_get(store, CH_SHARD_VOCAB_KEY,
                                      strlen(CH_SHARD_VOCAB_KEY), &value, &n,
                                      NULL), 1);
        assert_int_equal(n, 16);
        assert_memory_equal(value, "0000000000000abc", 16);
        ch_store_close(store);
    }
    free(split.shard);
}

static void a_record_that_cannot_be_made_ends_the_writing(void **state)
{
    struct ch_manifest_split split = { 0 };
    struct ch_err e = CH_ERR_INIT;
    size_t bad = 4;

    (void)state;
    assert_int_equal(mkdir(scratch_path("bad"), 0700), 0);
    assert_int_equal(ch_shard_write(&split, CH_SPLIT_TRAIN,
                                    scratch_path("bad"), 2, 6, 1, number,
                                    &bad, &e), CH_EFORMAT);
    assert_string_equal(e.msg, "record 4 is bad");
    free(split.shard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_sort_as_their_numbers),
        cmocka_unit_test(records_are_cut_into_contiguous_equal_runs),
        cmocka_unit_test(captions_are_counted_per_shard),
        cmocka_unit_test(empty_shards_are_not_made),
        cmocka_unit_test(each_shard_knows_its_vocabulary),
        cmocka_unit_test(a_record_that_cannot_be_made_ends_the_writing),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
