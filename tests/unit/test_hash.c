/* test_hash.c - XXH3 as published, and a table that finds its keys */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/hash.h"
#include "scratch.h"

/* XXH3, 64 bits, seed 0: the values must not change, they are in our files. */
static void hashes_are_those_of_xxh3(void **state)
{
    (void)state;
    assert_true(ch_hash("", 0) == UINT64_C(0x2d06800538d394c2));
    assert_true(ch_hash("a", 1) == UINT64_C(0xe6c632b61e964e1f));
    assert_true(ch_hash("abc", 3) == UINT64_C(0x78af5f94892f3950));
}

static void the_hash_of_a_file_is_that_of_its_bytes(void **state)
{
    enum { N = 600001 };
    const char *path = scratch_path("x");
    struct ch_err e = CH_ERR_INIT;
    char *bytes = malloc(N);
    uint64_t hash = 0;

    (void)state;
    for (size_t i = 0; i < N; i++)
        bytes[i] = (char)(i * 7 >> 2);
    assert_int_equal(ch_file_write(path, bytes, N, &e), 0);
    assert_int_equal(ch_hash_file(path, &hash, &e), 0);
    assert_true(hash == ch_hash(bytes, N));
    free(bytes);
}

static void hashing_an_absent_file_names_it(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    uint64_t hash;

    (void)state;
    assert_int_equal(ch_hash_file("/no/such", &hash, &e), CH_EIO);
    assert_string_equal(e.msg,
                        "/no/such: cannot open: No such file or directory");
}

static void hashing_a_folder_is_an_error(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    uint64_t hash;

    (void)state;
    assert_int_equal(ch_hash_file("/tmp", &hash, &e), CH_EIO);
    assert_string_equal(e.msg, "/tmp: cannot read: Is a directory");
}

static void digits_go_both_ways(void **state)
{
    uint64_t hash = 0;
    char hex[17];

    (void)state;
    ch_hash_hex(UINT64_C(0x0123456789abcdef), hex);
    assert_string_equal(hex, "0123456789abcdef");
    assert_int_equal(ch_hash_parse(hex, &hash), 0);
    assert_true(hash == UINT64_C(0x0123456789abcdef));
}

static void other_digits_are_refused(void **state)
{
    static const char *const bad[] = {
        "", "0", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF",
        "0x23456789abcdef", "0123456789abcdeg", "0123456 89abcdef",
    };
    uint64_t hash;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(ch_hash_parse(bad[i], &hash), -1);
}

static void a_table_finds_every_key_while_it_grows(void **state)
{
    enum { N = 20000 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_table *t;
    char key[32];
    int added;

    (void)state;
    assert_int_equal(ch_table_open(&t, &e), 0);
    for (uint64_t i = 0; i < N; i++) {
        int n = snprintf(key, sizeof key, "word %d", (int)i);

        assert_true(*ch_table_add(t, key, (size_t)n, i, &added) == i);
        assert_int_equal(added, 1);
    }
    assert_int_equal(ch_table_count(t), N);
    for (uint64_t i = 0; i < N; i++) {
        int n = snprintf(key, sizeof key, "word %d", (int)i);
        uint64_t *value = ch_table_get(t, key, (size_t)n);

        assert_non_null(value);
        assert_true(*value == i);
    }
    assert_null(ch_table_get(t, "word", 4));
    ch_table_close(t);
}

static void adding_a_key_again_keeps_its_value(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_table *t;
    int added;

    (void)state;
    assert_int_equal(ch_table_open(&t, &e), 0);
    *ch_table_add(t, "a", 1, 1, NULL) += 4;
    assert_int_equal(*ch_table_add(t, "a", 1, 9, &added), 5);
    assert_int_equal(added, 0);
    assert_int_equal(ch_table_count(t), 1);
    ch_table_close(t);
}

static void keys_may_be_empty_or_hold_nul(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_table *t;

    (void)state;
    assert_int_equal(ch_table_open(&t, &e), 0);
    ch_table_add(t, "", 0, 1, NULL);
    ch_table_add(t, "a\0b", 3, 2, NULL);
    ch_table_add(t, "a\0c", 3, 3, NULL);
    assert_int_equal(*ch_table_get(t, "", 0), 1);
    assert_int_equal(*ch_table_get(t, "a\0b", 3), 2);
    assert_int_equal(*ch_table_get(t, "a\0c", 3), 3);
    assert_null(ch_table_get(t, "a", 1));
    ch_table_close(t);
    ch_table_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_xxh3),
        cmocka_unit_test(the_hash_of_a_file_is_that_of_its_bytes),
        cmocka_unit_test(hashing_an_absent_file_names_it),
        cmocka_unit_test(hashing_a_folder_is_an_error),
        cmocka_unit_test(digits_go_both_ways),
        cmocka_unit_test(other_digits_are_refused),
        cmocka_unit_test(a_table_finds_every_key_while_it_grows),
        cmocka_unit_test(adding_a_key_again_keeps_its_value),
        cmocka_unit_test(keys_may_be_empty_or_hold_nul),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
