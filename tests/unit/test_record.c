/* test_record.c - records come back as written; every damage is told */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "data/record.h"

static const char *const raw[2] = { "A child plays soccer.",
                                    "Zwei M\xc3\xa4nner" };
static const size_t id_count[2] = { 6, 3 };
static const int32_t ids[9] = { 1, 3, 4, 5, 6, 2, 1, 7, 2 };

static const struct ch_record_picture picture = { .key = "dir/a.jpg",
                                                  .image_id = -7 };

static struct ch_caption_record record;   /* too large for the stack */

static struct ch_buffer captions(void)
{
    struct ch_buffer b = { 0 };

    ch_record_write_captions(&b, &picture, 2, raw, id_count, ids);
    assert_false(b.failed);
    return b;
}

static struct ch_buffer feature(enum ch_feature_dtype dtype)
{
    static const float value[6] = { 0, 1, -2.5f, 0.125f, 100, -0.75f };
    struct ch_buffer b = { 0 };

    ch_record_write_feature(&b, 'g', dtype, 2, 3, value);
    assert_false(b.failed);
    return b;
}

/* The checksum made right again, so that what is behind it is reached. */
static void sign(struct ch_buffer *b)
{
    uint64_t hash = ch_hash(b->at, b->size - 8);

    for (int i = 0; i < 8; i++)
        b->at[b->size - 8 + (size_t)i] = (char)(hash >> 8 * i);
}

static void expect_captions_refused(const struct ch_buffer *b,
                                    const char *words)
{
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_record_read_captions(b->at, b->size, "s record 3",
                                             &record, &e), CH_EFORMAT);
    assert_string_equal(e.msg, words);
}

static void expect_feature_refused(const struct ch_buffer *b,
                                   const char *words)
{
    struct ch_err e = CH_ERR_INIT;
    float value[6];

    assert_int_equal(ch_record_read_feature(b->at, b->size, "s record 3", 'g',
                                            2, 3, value, &e), CH_EFORMAT);
    assert_string_equal(e.msg, words);
}

static void captions_are_read_as_they_were_written(void **state)
{
    struct ch_buffer b = captions();
    struct ch_err e = CH_ERR_INIT;
    size_t k = 0;

    (void)state;
    assert_int_equal(ch_record_read_captions(b.at, b.size, "x", &record, &e),
                     0);
    assert_int_equal(record.image_id, -7);
    assert_int_equal(record.key_bytes, 9);
    assert_memory_equal(record.key, "dir/a.jpg", 9);
    assert_int_equal(record.caption_count, 2);
    for (size_t c = 0; c < 2; c++) {
        const struct ch_caption *at = &record.caption[c];
        assert_int_equal(at->raw_bytes, strlen(raw[c]));
        assert_memory_equal(at->raw, raw[c], at->raw_bytes);
        assert_int_equal(at->id_count, id_count[c]);
        for (size_t i = 0; i < at->id_count; i++)
            assert_int_equal(ch_caption_id(at, i), ids[k++]);
    }
    ch_buffer_release(&b);
}

/* The format is a promise to shards that are already on disks. */
static void the_bytes_of_version_1_stay(void **state)
{
    static const unsigned char want[] = {
        'c', 1, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 'k',
        2, 0, 0, 0, 'h', 'i', 3, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0
    };
    const char *const hi = "hi";
    const size_t three = 3;
    const int32_t id[3] = { 1, 9, 2 };
    const struct ch_record_picture k = { .key = "k", .image_id = 5 };
    struct ch_buffer b = { 0 };

    (void)state;
    ch_record_write_captions(&b, &k, 1, &hi, &three, id);
    assert_int_equal(b.size, sizeof want + 8);
    assert_memory_equal(b.at, want, sizeof want);
    ch_buffer_release(&b);
}

static void a_box_of_another_photo_takes_version_2(void **state)
{
    static const unsigned char want[] = {
        'c', 2, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 'k',
        2, 0, 0, 0, '/', 'p', 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0
    };
    const struct ch_record_picture k = { .key = "k", .photo = "/p",
                                         .image_id = -1,
                                         .box = { 1, 2, 3, 4 } };
    struct ch_buffer b = { 0 };

    (void)state;
    ch_record_write_captions(&b, &k, 0, NULL, NULL, NULL);
    assert_int_equal(b.size, sizeof want + 8);
    assert_memory_equal(b.at, want, sizeof want);
    assert_int_equal(ch_record_read_captions(b.at, b.size, "x", &record, NULL),
                     0);
    assert_memory_equal(record.key, "k", record.key_bytes);
    assert_memory_equal(record.photo, "/p", 2);
    assert_int_equal(record.photo_bytes, 2);
    assert_memory_equal(&record.box, &k.box, sizeof k.box);
    ch_buffer_release(&b);
}

static void a_photo_is_found_in_its_folder_or_by_its_own_path(void **state)
{
    struct ch_caption_record r = { .photo = "a.jpg?", .photo_bytes = 5 };
    char path[10];

    (void)state;
    assert_int_equal(ch_record_photo_path(&r, "/dir", path, sizeof path, NULL),
                     CH_EFORMAT);
    assert_int_equal(ch_record_photo_path(&r, "dir", path, sizeof path, NULL),
                     0);
    assert_string_equal(path, "dir/a.jpg");
    r.photo = "/a.jpg";
    r.photo_bytes = 6;
    assert_int_equal(ch_record_photo_path(&r, "dir", path, sizeof path, NULL),
                     0);
    assert_string_equal(path, "/a.jpg");
}

static void records_can_follow_one_another_in_a_buffer(void **state)
{
    struct ch_buffer b = captions();
    struct ch_err e = CH_ERR_INIT;
    size_t n = b.size;

    (void)state;
    ch_record_write_captions(&b, &picture, 2, raw, id_count, ids);
    assert_int_equal(b.size, 2 * n);
    assert_memory_equal(b.at, b.at + n, n);
    assert_int_equal(ch_record_read_captions(b.at + n, n, "x", &record, &e),
                     0);
    ch_buffer_release(&b);
}

static void every_flipped_bit_is_found(void **state)
{
    struct ch_buffer b = captions();

    (void)state;
    for (size_t i = 0; i < 8 * b.size; i++) {
        b.at[i / 8] = (char)(b.at[i / 8] ^ 1 << i % 8);
        assert_int_equal(ch_record_read_captions(b.at, b.size, "x", &record,
                                                 NULL), CH_EFORMAT);
        b.at[i / 8] = (char)(b.at[i / 8] ^ 1 << i % 8);
    }
    ch_buffer_release(&b);
}

static void every_shortened_record_is_refused(void **state)
{
    struct ch_buffer b = captions();

    (void)state;
    for (size_t n = 0; n < b.size; n++) {
        /* A block of its own, so that the sanitizer sees reads beyond. */
        char *part = malloc(n + 1);
        assert_non_null(part);
        memcpy(part, b.at, n);
        assert_int_equal(ch_record_read_captions(part, n, "x", &record, NULL),
                         CH_EFORMAT);
        free(part);
    }
    ch_buffer_release(&b);
}

static void captions_with_a_right_checksum_are_checked_too(void **state)
{
    static const struct {
        size_t at;
        unsigned char byte;
        const char *words;
    } bad[] = {
        { 0, 'f', "s record 3: kind 102 version 1, expected kind 99 version "
                  "1 to 2" },
        { 1, 9, "s record 3: kind 99 version 9, expected kind 99 version 1 to "
                  "2" },
        { 3, 255, "s record 3: 65282 captions, expected at most 1000" },
        { 2, 1, "s record 3: the captions do not fill their record" },
        { 2, 3, "s record 3: the captions do not fill their record" },
        { 15, 255, "s record 3: the captions do not fill their record" },
        { 12, 200, "s record 3: the captions do not fill their record" },
        { 25 + 3, 255, "s record 3: the captions do not fill their record" },
        /* Counts of ids: below <start> <end>, and above the longest. */
        { 25 + 4 + 21, 1, "s record 3: the captions do not fill their "
                          "record" },
        { 25 + 4 + 21, 53, "s record 3: the captions do not fill their "
                           "record" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ch_buffer b = captions();
        b.at[bad[i].at] = (char)bad[i].byte;
        sign(&b);
        expect_captions_refused(&b, bad[i].words);
        ch_buffer_release(&b);
    }
}

static void a_damaged_record_says_where_and_what(void **state)
{
    struct ch_buffer b = captions();
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    b.at[20] ^= 1;
    assert_int_equal(ch_record_read_captions(b.at, b.size, "s record 3",
                                             &record, &e), CH_EFORMAT);
    assert_memory_equal(e.msg, "s record 3: checksum is ", 24);
    assert_non_null(strstr(e.msg, ": the shard is damaged"));
    b.size = 5;
    expect_captions_refused(&b, "s record 3: a record of 5 bytes is cut "
                            "short");
    ch_buffer_release(&b);
}

static void features_are_read_as_they_were_written(void **state)
{
    static const float want[6] = { 0, 1, -2.5f, 0.125f, 100, -0.75f };

    (void)state;
    for (int d = CH_FEATURE_F32; d <= CH_FEATURE_BF16; d++) {
        struct ch_buffer b = feature((enum ch_feature_dtype)d);
        struct ch_err e = CH_ERR_INIT;
        float value[6];
        assert_int_equal(b.size, 12 + 6 * (d == CH_FEATURE_F32 ? 4 : 2) + 8);
        assert_int_equal(ch_record_read_feature(b.at, b.size, "x", 'g', 2, 3,
                                                value, &e), 0);
        assert_memory_equal(value, want, sizeof want);
        ch_buffer_release(&b);
    }
}

/* Half of a unit in the last place: 2^-11 of f16, 2^-8 of bf16. */
static void halves_are_as_near_as_their_type_allows(void **state)
{
    static const double limit[3] = { 0, 0x1p-11, 0x1p-8 };
    float value[1000], back[1000];

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        value[i] = 0.01f * (float)(i + 1) + 0.0003f * (float)(i * i % 17);
    for (int d = CH_FEATURE_F32; d <= CH_FEATURE_BF16; d++) {
        struct ch_buffer b = { 0 };
        ch_record_write_feature(&b, 'f', (enum ch_feature_dtype)d, 1, 1000,
                                value);
        assert_int_equal(ch_record_read_feature(b.at, b.size, "x", 'f', 1,
                                                1000, back, NULL), 0);
        for (size_t i = 0; i < 1000; i++)
            assert_true(fabs((double)back[i] - (double)value[i]) <=
                        limit[d] * fabs((double)value[i]));
        ch_buffer_release(&b);
    }
}

static void the_shape_of_features_can_be_asked(void **state)
{
    struct ch_buffer b = feature(CH_FEATURE_BF16);
    struct ch_err e = CH_ERR_INIT;
    enum ch_feature_dtype dtype;
    size_t rows, columns;

    (void)state;
    assert_int_equal(ch_record_feature_shape(b.at, b.size, "x", 'g', &dtype,
                                             &rows, &columns, &e), 0);
    assert_int_equal(dtype, CH_FEATURE_BF16);
    assert_int_equal(rows, 2);
    assert_int_equal(columns, 3);
    ch_buffer_release(&b);
}

static void features_that_do_not_fit_are_refused(void **state)
{
    static const char size[] = "s record 3: a feature record whose size does "
                               "not fit its shape";
    static const struct {
        size_t at;
        unsigned char byte;
        const char *words;
    } bad[] = {
        { 0, 'f', "s record 3: kind 102 version 1, expected kind 103 version "
                  "1" },
        { 2, 3, size },            /* no such type */
        { 2, CH_FEATURE_F16, size },
        { 4, 3, size }, { 4, 1, size }, { 7, 255, size }, { 11, 255, size },
    };
    struct ch_buffer b;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        b = feature(CH_FEATURE_F32);
        b.at[bad[i].at] = (char)bad[i].byte;
        sign(&b);
        expect_feature_refused(&b, bad[i].words);
        ch_buffer_release(&b);
    }
    b = feature(CH_FEATURE_F32);
    b.at[4] = 3;
    b.at[8] = 2;
    sign(&b);
    expect_feature_refused(&b, "s record 3: features of 3 x 2, expected 2 x "
                           "3");
    ch_buffer_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captions_are_read_as_they_were_written),
        cmocka_unit_test(the_bytes_of_version_1_stay),
        cmocka_unit_test(a_box_of_another_photo_takes_version_2),
        cmocka_unit_test(a_photo_is_found_in_its_folder_or_by_its_own_path),
        cmocka_unit_test(records_can_follow_one_another_in_a_buffer),
        cmocka_unit_test(every_flipped_bit_is_found),
        cmocka_unit_test(every_shortened_record_is_refused),
        cmocka_unit_test(captions_with_a_right_checksum_are_checked_too),
        cmocka_unit_test(a_damaged_record_says_where_and_what),
        cmocka_unit_test(features_are_read_as_they_were_written),
        cmocka_unit_test(halves_are_as_near_as_their_type_allows),
        cmocka_unit_test(the_shape_of_features_can_be_asked),
        cmocka_unit_test(features_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
