/* test_spill.c - memory in a file that has no name */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/spill.h"
#include "scratch.h"

#define LARGE (3 * CH_SPILL_FROM)

static struct ch_spill *open_spill(const char *folder)
{
    struct ch_spill *s;
    struct ch_err e = CH_ERR_INIT;

    if (ch_spill_open(&s, folder, &e))
        fail_msg("%s", e.msg);
    return s;
}

static void fill(unsigned char *at, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        at[i] = (unsigned char)(i * 131 >> 3);
}

static void expect_filled(const unsigned char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (at[i] != (unsigned char)(i * 131 >> 3))
            fail_msg("byte %zu of %zu is lost", i, n);
}

/* A block grows and shrinks across the size from which it is mapped. */
static void walk_sizes(struct ch_spill *s)
{
    static const size_t size[] = { 10, 1000, CH_SPILL_FROM - 1, CH_SPILL_FROM,
                                   LARGE, 10 * LARGE, LARGE, 5000,
                                   2 * LARGE, 1 };
    unsigned char *at = NULL;
    size_t old = 0;

    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        unsigned char *grown = ch_spill_resize(s, at, old, size[i]);

        assert_non_null(grown);
        at = grown;
        expect_filled(at, old < size[i] ? old : size[i]);
        fill(at, 0, size[i]);
        old = size[i];
    }
    assert_null(ch_spill_resize(s, at, old, 0));
}

static void blocks_keep_their_bytes_at_any_size(void **state)
{
    struct ch_spill *s = open_spill(scratch);

    (void)state;
    walk_sizes(s);
    walk_sizes(s);
    ch_spill_close(s);
}

static void without_a_file_it_is_plain_memory(void **state)
{
    (void)state;
    walk_sizes(NULL);
    ch_spill_close(NULL);
}

static void new_blocks_are_zero(void **state)
{
    struct ch_spill *s = open_spill(scratch);

    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        unsigned char *at = ch_spill_resize(s, NULL, 0, LARGE);

        assert_non_null(at);
        for (size_t i = 0; i < LARGE; i++)
            assert_int_equal(at[i], 0);
        memset(at, 7, LARGE);
        ch_spill_resize(s, at, LARGE, 0);
    }
    ch_spill_close(s);
}

static void many_blocks_live_side_by_side(void **state)
{
    enum { N = 40 };
    struct ch_spill *s = open_spill(scratch);
    size_t *at[N];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        at[i] = ch_spill_resize(s, NULL, 0, CH_SPILL_FROM + i);
        assert_non_null(at[i]);
        at[i][0] = i;
        at[i][CH_SPILL_FROM / sizeof **at - 1] = i + N;
    }
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(at[i][0], i);
        assert_int_equal(at[i][CH_SPILL_FROM / sizeof **at - 1], i + N);
        ch_spill_resize(s, at[i], CH_SPILL_FROM + i, 0);
    }
    ch_spill_close(s);
}

static void the_file_has_no_name(void **state)
{
    struct ch_spill *s = open_spill(scratch);
    void *at = ch_spill_resize(s, NULL, 0, LARGE);
    struct dirent *entry;
    DIR *dir = opendir(scratch);

    (void)state;
    assert_non_null(dir);
    while ((entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            fail_msg("%s is there", entry->d_name);
    closedir(dir);
    ch_spill_resize(s, at, LARGE, 0);
    ch_spill_close(s);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_spill *s;

    (void)state;
    assert_int_equal(ch_spill_open(&s, "/no/such", &e), CH_EIO);
    assert_null(s);
    assert_string_equal(e.msg, "/no/such: cannot make a temporary file here: "
                        "No such file or directory");
}

/* The pages are there before they are written: no SIGBUS. */
static void a_full_disk_is_told_and_the_old_block_stays(void **state)
{
    const char *disk = scratch_path("disk");
    struct ch_err e = CH_ERR_INIT;
    struct ch_spill *s;
    unsigned char *at;
    char want[700];

    (void)state;
    mkdir(disk, 0700);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=2m") != 0) {
        print_message("no right to mount a small disk\n");
        skip();
    }
    s = open_spill(disk);
    at = ch_spill_resize(s, NULL, 0, LARGE);
    assert_non_null(at);
    fill(at, 0, LARGE);
    assert_null(ch_spill_resize(s, at, LARGE, 8 * LARGE));
    assert_int_equal(ch_spill_fail(s, "the list", &e), CH_EIO);
    snprintf(want, sizeof want, "%s: the disk is full: no room for the list",
             disk);
    assert_string_equal(e.msg, want);
    expect_filled(at, LARGE);
    /* What did not fit was given back. */
    assert_non_null(ch_spill_resize(s, NULL, 0, CH_SPILL_FROM));
    ch_spill_close(s);
    assert_int_equal(umount2(disk, MNT_DETACH), 0);
    rmdir(disk);
}

static void no_memory_is_told(void **state)
{
    struct ch_spill *s = open_spill(scratch);
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_null(ch_spill_resize(s, NULL, 0, SIZE_MAX - 5));
    assert_int_equal(ch_spill_fail(s, "the list", &e), CH_ENOMEM);
    assert_string_equal(e.msg, "cannot hold the list");
    assert_int_equal(ch_spill_fail(NULL, "the list", &e), CH_ENOMEM);
    ch_spill_close(s);
}

static void a_table_lies_in_it(void **state)
{
    enum { N = 60000 };
    struct ch_spill *s = open_spill(scratch);
    struct ch_table *t;
    char key[32];

    (void)state;
    assert_int_equal(ch_table_open_in(&t, s, NULL), 0);
    for (int i = 0; i < N; i++) {
        int added = 0, n = snprintf(key, sizeof key, "photo %d", i);

        assert_non_null(ch_table_add(t, key, (size_t)n, (uint64_t)i, &added));
        assert_int_equal(added, 1);
    }
    for (int i = 0; i < N; i++) {
        int n = snprintf(key, sizeof key, "photo %d", i);
        const uint64_t *found = ch_table_get(t, key, (size_t)n);

        assert_non_null(found);
        assert_int_equal(*found, i);
    }
    assert_null(ch_table_get(t, "photo", 5));
    ch_table_close(t);
    ch_spill_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_keep_their_bytes_at_any_size),
        cmocka_unit_test(without_a_file_it_is_plain_memory),
        cmocka_unit_test(new_blocks_are_zero),
        cmocka_unit_test(many_blocks_live_side_by_side),
        cmocka_unit_test(the_file_has_no_name),
        cmocka_unit_test(a_folder_that_is_not_there_is_told),
        cmocka_unit_test(a_full_disk_is_told_and_the_old_block_stays),
        cmocka_unit_test(no_memory_is_told),
        cmocka_unit_test(a_table_lies_in_it),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
