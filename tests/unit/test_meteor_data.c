/* test_meteor_data.c - METEOR's data: what is no such file is refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "scratch.h"
#include "tiny_meteor.h"

/* Everything that can be asked, of numbers in and out of the file. */
static void walk(const struct ch_meteor_data *d)
{
    static const char *const words[] = { "dog", "next", "to", "the", "", "x" };

    for (uint32_t w = 0; w < 64; w++) {
        struct ch_meteor_run run = ch_meteor_data_synsets(d, w);
        uint64_t sum = ch_meteor_data_flags(d, w);

        for (size_t i = 0; i < run.count; i++)
            sum += run.at[i];
        run = ch_meteor_data_bases(d, w);
        for (size_t i = 0; i < run.count; i++)
            sum += run.at[i];
        run = ch_meteor_data_paraphrases(d, w);
        for (size_t i = 0; i < run.count; i++)
            sum += run.at[i];
        sum += ch_meteor_data_phrase(d, w, 1);
        sum += ch_meteor_data_phrase(d, CH_METEOR_NONE, w);
        assert_true(sum < UINT64_MAX);     /* it is used: all was read */
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        uint32_t id = ch_meteor_data_word(d, words[i], strlen(words[i]));

        assert_true(id == CH_METEOR_NONE || id < 1000);
    }
}

static void a_file_is_mapped(void **state)
{
    const char *path = scratch_path("meteor.bin");
    struct ch_meteor_data *d;
    struct ch_err e = CH_ERR_INIT;
    size_t size;
    char *bytes = tiny_meteor_bytes(&size);

    (void)state;
    assert_int_equal(ch_file_write(path, bytes, size, &e), 0);
    assert_int_equal(ch_meteor_data_open(&d, path, &e), 0);
    walk(d);
    assert_int_not_equal(ch_meteor_data_word(d, "dog", 3), CH_METEOR_NONE);
    ch_meteor_data_close(d);
    ch_meteor_data_close(NULL);
    assert_int_equal(ch_meteor_data_open(&d, scratch_path("none"), &e),
                     CH_EIO);
    assert_null(d);
    free(bytes);
}

static void another_file_is_refused(void **state)
{
    const char *path = scratch_path("other");
    struct ch_meteor_data *d;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_file_write(path, "a text", 6, &e), 0);
    assert_int_equal(ch_meteor_data_open(&d, path, &e), CH_EFORMAT);
    assert_non_null(strstr(e.msg, "expected data of METEOR, found something "
                                  "else; make it with make meteor"));
    assert_int_equal(ch_file_write(path, "", 0, &e), 0);
    assert_int_equal(ch_meteor_data_open(&d, path, &e), CH_EFORMAT);
}

static void another_version_is_refused(void **state)
{
    struct ch_meteor_data *d;
    struct ch_err e = CH_ERR_INIT;
    size_t size;
    char *bytes = tiny_meteor_bytes(&size);

    (void)state;
    bytes[8] = 9;
    assert_int_equal(ch_meteor_data_read(&d, bytes, size, "x", &e),
                     CH_EFORMAT);
    assert_string_equal(e.msg, "x: byte 8: expected data of METEOR, version 1, "
                               "found version 9; make it again (make meteor)");
    free(bytes);
}

static void no_byte_changes_unseen(void **state)
{
    struct ch_meteor_data *d;
    size_t size;
    char *bytes = tiny_meteor_bytes(&size);

    (void)state;
    for (size_t i = 0; i < size; i++) {
        struct ch_err e = CH_ERR_INIT;

        bytes[i] = (char)(bytes[i] ^ 0x10);
        assert_int_equal(ch_meteor_data_read(&d, bytes, size, "x", &e),
                         CH_EFORMAT);
        bytes[i] = (char)(bytes[i] ^ 0x10);
    }
    free(bytes);
}

static void no_shorter_file_is_taken(void **state)
{
    struct ch_meteor_data *d;
    size_t size;
    char *bytes = tiny_meteor_bytes(&size);

    (void)state;
    for (size_t n = 0; n < size; n++) {
        struct ch_err e = CH_ERR_INIT;
        char *copy = malloc(n + 1);     /* so that reading past it shows */

        memcpy(copy, bytes, n);
        assert_int_equal(ch_meteor_data_read(&d, copy, n, "x", &e),
                         CH_EFORMAT);
        free(copy);
    }
    free(bytes);
}

/* Any byte made large, and the hash made to fit: refused, or read within its
 * bounds, which valgrind and ASan see. */
static void forged_numbers_stay_in_bounds(void **state)
{
    static const unsigned char values[] = { 0xff, 0x7f, 0x01, 0x00, 0x40 };
    size_t size, taken = 0;
    char *bytes = tiny_meteor_bytes(&size);

    (void)state;
    for (size_t i = CH_METEOR_HASHED; i < size; i++) {
        struct ch_meteor_data *d;
        struct ch_err e = CH_ERR_INIT;
        char saved = bytes[i];
        uint64_t hash;

        bytes[i] = (char)values[i % sizeof values];
        hash = ch_hash(bytes + CH_METEOR_HASHED, size - CH_METEOR_HASHED);
        memcpy(bytes + 16, &hash, 8);
        if (!ch_meteor_data_read(&d, bytes, size, "x", &e)) {
            walk(d);
            taken++;
        }
        ch_meteor_data_close(d);
        bytes[i] = saved;
    }
    assert_true(taken > 0);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_mapped),
        cmocka_unit_test(another_file_is_refused),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(no_byte_changes_unseen),
        cmocka_unit_test(no_shorter_file_is_taken),
        cmocka_unit_test(forged_numbers_stay_in_bounds),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
