/* test_set.c - a split is read whole and in order, or the reason is told */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "scratch.h"
#include "small_shards.h"

#define SHARD_0 "train-00000-of-00002.lmdb"
#define SHARD_1 "train-00001-of-00002.lmdb"
enum { IN_SHARD_0 = 6 };           /* of SMALL_TRAIN */

static char folder[600];           /* fresh shards for each test */
static struct ch_caption_record record;

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

static const char *shard_path(const char *file)
{
    static char path[700];

    snprintf(path, sizeof path, "%s/%s", folder, file);
    return path;
}

/* Change one key of a shard; NULL drops it. */
static void change(const char *file, const void *key, size_t key_bytes,
                   const char *value, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s;
    int rc = ch_store_open_write(&s, shard_path(file), &e);

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
                          const char *value, size_t n)
{
    unsigned char key[CH_SHARD_KEY_BYTES];

    ch_shard_key(kind, index, key);
    change(file, key, sizeof key, value, n);
}

static struct ch_set *open_train(void)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_set *s;

    if (ch_set_open(&s, folder, CH_SPLIT_TRAIN, 1, &e))
        fail_msg("%s", e.msg);
    return s;
}

static void expect_refusal(int code, const char *message)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_set *s;

    assert_int_equal(ch_set_open(&s, folder, CH_SPLIT_TRAIN, 1, &e), code);
    assert_null(s);
    assert_string_equal(e.msg, message);
}

static void records_come_in_the_order_of_the_data_set(void **state)
{
    struct ch_set *s = open_train();

    (void)state;
    assert_int_equal(ch_set_count(s), SMALL_TRAIN);
    ch_set_take(s, 0);
    ch_set_take(s, SMALL_TRAIN + 1);
    assert_int_equal(ch_set_count(s), SMALL_TRAIN);
    assert_int_equal(ch_set_skipped(s), 0);
    for (size_t i = 0; i < SMALL_TRAIN; i++) {
        char key[16];

        assert_int_equal(ch_set_captions(s, i, &record, NULL), 0);
        snprintf(key, sizeof key, "%03zu.jpg", i);
        assert_int_equal(record.key_bytes, 7);
        assert_memory_equal(record.key, key, 7);
        assert_int_equal(record.caption_count,
                         i == 1 ? 1 : i == 2 ? 20 : 1 + i % 5);
    }
    ch_set_take(s, 5);
    assert_int_equal(ch_set_count(s), 5);
    ch_set_close(s);
}

static void features_are_those_of_the_record(void **state)
{
    struct ch_set *s = open_train();
    float value[SMALL_FEATURES];

    (void)state;
    assert_int_equal(ch_set_feature_count(s), SMALL_FEATURES);
    assert_string_equal(ch_set_encoder(s), SMALL_ENCODER);
    for (uint32_t i = 0; i < SMALL_TRAIN; i++) {
        struct ch_rng r = small_rng(i, 1);

        assert_int_equal(ch_set_feature(s, i, value, NULL), 0);
        assert_true(value[0] == (float)(3 + 2 * ch_rng_normal(&r)));
        assert_true(value[SMALL_FEATURES - 1] == 0.25f);
    }
    ch_set_close(s);
}

static void every_type_of_features_is_read(void **state)
{
    static const float half[SMALL_FEATURES] = { 0.5f, -2, 3 };
    struct ch_set *s;
    float value[SMALL_FEATURES];

    (void)state;
    for (int d = CH_FEATURE_F32; d <= CH_FEATURE_BF16; d++) {
        struct ch_buffer b = { 0 };

        ch_record_write_feature(&b, 'f', (enum ch_feature_dtype)d, 1,
                                SMALL_FEATURES, half);
        change_record(SHARD_1, 'f', 0, b.at, b.size);
        ch_buffer_release(&b);
        s = open_train();
        assert_int_equal(ch_set_feature(s, IN_SHARD_0, value, NULL), 0);
        assert_memory_equal(value, half, sizeof half);
        ch_set_close(s);
    }
}

static void images_without_features_are_left_out_and_counted(void **state)
{
    struct ch_set *s;

    (void)state;
    change_record(SHARD_0, 'f', 2, NULL, 0);
    change_record(SHARD_0, 'x', 2, "not a JPEG", 10);
    s = open_train();
    assert_int_equal(ch_set_count(s), SMALL_TRAIN - 1);
    assert_int_equal(ch_set_skipped(s), 1);
    assert_int_equal(ch_set_captions(s, 2, &record, NULL), 0);
    assert_memory_equal(record.key, "003.jpg", 7);
    ch_set_close(s);
}

static void captions_alone_need_no_features(void **state)
{
    struct ch_set *s;

    (void)state;
    change(SHARD_0, "encoder", 7, NULL, 0);
    change_record(SHARD_0, 'f', 2, NULL, 0);
    assert_int_equal(ch_set_open(&s, folder, CH_SPLIT_TRAIN, 0, NULL), 0);
    assert_int_equal(ch_set_count(s), SMALL_TRAIN);
    ch_set_close(s);
}

static void shards_that_were_not_encoded_name_the_remedy(void **state)
{
    (void)state;
    change(SHARD_0, "encoder", 7, NULL, 0);
    expect_refusal(CH_EUSAGE, SHARD_0 ": no features yet; run chorus encode");
}

static void encoding_that_was_not_finished_names_the_remedy(void **state)
{
    (void)state;
    change_record(SHARD_1, 'f', 4, NULL, 0);
    expect_refusal(CH_EUSAGE, SHARD_1 ": record 4 of 7 has no features: "
                   "chorus encode has not finished; run it again");
}

static void shards_of_two_encoders_are_refused(void **state)
{
    (void)state;
    change(SHARD_1, "encoder", 7, "{\"name\":\"other\"}", 16);
    expect_refusal(CH_EFORMAT, SHARD_1 ": encoded by another encoder than the "
                   "shards before; run chorus encode --again");
}

static void a_shard_of_another_vocabulary_is_refused(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_set *s;

    (void)state;
    change(SHARD_1, CH_SHARD_VOCAB_KEY, strlen(CH_SHARD_VOCAB_KEY),
           "0123456789abcdef", 16);
    assert_int_equal(ch_set_open(&s, folder, CH_SPLIT_TRAIN, 1, &e),
                     CH_EFORMAT);
    assert_non_null(strstr(e.msg, SHARD_1 ": made with another vocabulary "
                           "(0123456789abcdef, the manifest's is "));
    assert_non_null(strstr(e.msg, "do not mix folders of shards"));
}

static void a_store_without_vocabulary_is_no_shard(void **state)
{
    (void)state;
    change(SHARD_0, CH_SHARD_VOCAB_KEY, strlen(CH_SHARD_VOCAB_KEY), NULL, 0);
    expect_refusal(CH_EFORMAT, SHARD_0 ": no shard of chorus: it has no "
                   "\"vocabulary\"");
}

static void a_missing_record_is_told(void **state)
{
    (void)state;
    change_record(SHARD_0, 'c', 5, NULL, 0);
    expect_refusal(CH_EFORMAT, SHARD_0 ": record 5 of 6 is missing; make the "
                   "shards again");
}

static void a_record_too_many_is_told(void **state)
{
    (void)state;
    change_record(SHARD_0, 'c', IN_SHARD_0, "x", 1);
    expect_refusal(CH_EFORMAT, SHARD_0 ": more records than the manifest's 6; "
                   "make the shards again");
}

static void a_missing_or_cut_shard_is_told(void **state)
{
    char message[900];

    (void)state;
    assert_int_equal(truncate(shard_path(SHARD_1), 4096 * 3), 0);
    {
        struct ch_err e = CH_ERR_INIT;
        struct ch_set *s;

        assert_int_equal(ch_set_open(&s, folder, CH_SPLIT_TRAIN, 1, &e),
                         CH_EFORMAT);
        assert_non_null(strstr(e.msg, SHARD_1 ": cut short: 12288 bytes"));
    }
    assert_int_equal(unlink(shard_path(SHARD_1)), 0);
    snprintf(message, sizeof message, "%s: cannot open: No such file or "
             "directory", shard_path(SHARD_1));
    expect_refusal(CH_EIO, message);
}

static void a_split_that_is_not_there_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_set *s;
    char want[700];

    (void)state;
    snprintf(want, sizeof want, "%s: the shards have no split \"test\"",
             folder);
    assert_int_equal(ch_set_open(&s, folder, CH_SPLIT_TEST, 1, &e),
                     CH_EUSAGE);
    assert_string_equal(e.msg, want);
}

static void damaged_features_are_told_when_read(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer b = { 0 };
    float value[SMALL_FEATURES] = { 0 };
    struct ch_set *s;

    (void)state;
    ch_record_write_feature(&b, 'f', CH_FEATURE_F32, 1, SMALL_FEATURES,
                            value);
    b.at[20] ^= 4;
    change_record(SHARD_1, 'f', 1, b.at, b.size);
    ch_buffer_release(&b);
    s = open_train();
    assert_int_equal(ch_set_feature(s, IN_SHARD_0 + 1, value, &e),
                     CH_EFORMAT);
    assert_non_null(strstr(e.msg, SHARD_1 " record 1 (007.jpg): checksum is "));
    assert_int_equal(ch_set_check(s, IN_SHARD_0 + 1, false, &record, &e),
                     CH_EFORMAT);
    assert_non_null(strstr(e.msg, SHARD_1 " record 1 (007.jpg): checksum is "));
    assert_int_equal(ch_set_check(s, IN_SHARD_0, false, &record, &e), 0);
    ch_set_close(s);
}

/* What it has is known from the others. */
static void a_set_whose_first_features_are_damaged_is_opened(void **state)
{
    struct ch_set *s;
    float value[SMALL_FEATURES];

    (void)state;
    change_record(SHARD_0, 'f', 0, "no features of any kind", 23);
    s = open_train();
    assert_int_equal(ch_set_feature_count(s), SMALL_FEATURES);
    assert_int_equal(ch_set_feature(s, 0, value, NULL), CH_EFORMAT);
    assert_int_equal(ch_set_feature(s, 1, value, NULL), 0);
    ch_set_close(s);
}

static void files_that_change_while_they_are_read_are_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_set *s = open_train();
    char text[2600];
    FILE *f;

    (void)state;
    assert_int_equal(ch_set_check_files(s, &e), 0);
    f = fopen(shard_path("manifest.json"), "a");
    assert_non_null(f);
    assert_int_equal(fputc(' ', f), ' ');
    assert_int_equal(fclose(f), 0);
    assert_int_equal(ch_set_check_files(s, &e), CH_EFORMAT);
    assert_non_null(strstr(e.msg, "manifest.json has changed while the shards "
                           "are in use"));
    snprintf(text, sizeof text, "cp %s/" SHARD_1 " %s/new && mv %s/new %s/"
             SHARD_1, folder, folder, folder, folder);
    assert_int_equal(system(text), 0);
    assert_int_equal(ch_set_check_files(s, &e), CH_EFORMAT);
    assert_non_null(strstr(e.msg, "/" SHARD_1 ": was replaced by another file "
                           "while it is in use"));
    ch_set_close(s);
}

static void features_of_another_shape_are_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer b = { 0 };
    float value[SMALL_FEATURES] = { 0 };
    struct ch_set *s;

    (void)state;
    ch_record_write_feature(&b, 'f', CH_FEATURE_F32, 1, 5, value);
    change_record(SHARD_1, 'f', 1, b.at, b.size);
    s = open_train();
    assert_int_equal(ch_set_feature(s, IN_SHARD_0 + 1, value, &e),
                     CH_EFORMAT);
    assert_string_equal(e.msg, SHARD_1 " record 1 (007.jpg): features of 1 x "
                        "5, expected 1 x 12");
    ch_set_close(s);
    ch_buffer_reset(&b);
    ch_record_write_feature(&b, 'f', CH_FEATURE_F32, 2, 5, value);
    change_record(SHARD_0, 'f', 0, b.at, b.size);
    ch_buffer_release(&b);
    expect_refusal(CH_EFORMAT, SHARD_0 " record 0: pooled features of 2 x 5, "
                   "expected one row; run chorus encode --again");
}

static void a_split_whose_images_were_all_skipped_is_refused(void **state)
{
    char want[800];

    (void)state;
    for (uint32_t i = 0; i < SMALL_TRAIN; i++) {
        const char *file = i < IN_SHARD_0 ? SHARD_0 : SHARD_1;
        uint32_t index = i < IN_SHARD_0 ? i : i - IN_SHARD_0;

        change_record(file, 'f', index, NULL, 0);
        change_record(file, 'x', index, "bad", 3);
    }
    snprintf(want, sizeof want, "%s: no image of this split has features: all "
             "were skipped", folder);
    expect_refusal(CH_EUSAGE, want);
}

#define FRESH(test) cmocka_unit_test_setup(test, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(records_come_in_the_order_of_the_data_set),
        FRESH(features_are_those_of_the_record),
        FRESH(every_type_of_features_is_read),
        FRESH(images_without_features_are_left_out_and_counted),
        FRESH(captions_alone_need_no_features),
        FRESH(shards_that_were_not_encoded_name_the_remedy),
        FRESH(encoding_that_was_not_finished_names_the_remedy),
        FRESH(shards_of_two_encoders_are_refused),
        FRESH(a_shard_of_another_vocabulary_is_refused),
        FRESH(a_store_without_vocabulary_is_no_shard),
        FRESH(a_missing_record_is_told),
        FRESH(a_record_too_many_is_told),
        FRESH(a_missing_or_cut_shard_is_told),
        FRESH(a_split_that_is_not_there_is_told),
        FRESH(damaged_features_are_told_when_read),
        FRESH(a_set_whose_first_features_are_damaged_is_opened),
        FRESH(files_that_change_while_they_are_read_are_told),
        FRESH(features_of_another_shape_are_told),
        FRESH(a_split_whose_images_were_all_skipped_is_refused),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
