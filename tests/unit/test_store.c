/* test_store.c - what is committed stays; what is damaged is told
 *
 * Built with a map of one megabyte in place of 16 gigabytes, so that growing
 * is tried for real.
 */
#define CH_STORE_MAP_START ((size_t)1 << 20)
#include "data/store.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "base/file.h"
#include "scratch.h"
#include "stores.h"

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void what_was_committed_is_read(void **state)
{
    const char *path = scratch_path("plain");

    (void)state;
    make(path, 100, 700);
    expect_records(path, 100, 700);
}

static void see(struct ch_store *s, uint32_t i, int is_forgotten)
{
    const void *at;
    size_t n;

    assert_int_equal(ch_store_get(s, &i, sizeof i, &at, &n, NULL), 1);
    assert_int_equal(n, sizeof value);
    memset(value, (int)('a' + i % 26), n);
    assert_memory_equal(at, value, n);
    if (is_forgotten)
        ch_store_forget(s, at, n);
}

static void what_is_forgotten_leaves_memory_and_can_be_read_again(void **state)
{
    enum { COUNT = 60 };
    const char *path = scratch_path("forgotten");
    struct ch_store *s = open_writer(path);
    size_t all;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++)
        if (put(s, i, 1, sizeof value, NULL) || ch_store_commit(s, NULL))
            fail_msg("cannot put record %u", i);
    ch_store_close(s);
    s = open_reader(path);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < COUNT; i++)
            see(s, i, 0);
        all = resident_of(path);
        assert_true(all > COUNT * sizeof value / 2);
        for (uint32_t i = 0; i < COUNT; i++)
            see(s, i, round == 0);
        if (round == 1)
            ch_store_forget_all(s);
        assert_true(resident_of(path) < all / 4);
    }
    ch_store_close(s);
}

static void a_key_that_is_not_there_gives_zero(void **state)
{
    const char *path = scratch_path("absent");
    struct ch_store *s;
    const void *at;
    size_t n;

    (void)state;
    make(path, 1, 10);
    s = open_reader(path);
    assert_int_equal(ch_store_get(s, "none", 4, &at, &n, NULL), 0);
    ch_store_close(s);
}

static void a_dropped_record_is_gone_and_dropping_it_again_is_fine(void **state)
{
    const char *path = scratch_path("dropped");
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s;
    const void *at;
    const uint32_t key = 1;
    size_t n;

    (void)state;
    make(path, 3, 10);
    s = open_writer(path);
    assert_int_equal(ch_store_drop(s, &key, sizeof key, &e), 0);
    assert_int_equal(ch_store_drop(s, &key, sizeof key, &e), 0);
    assert_int_equal(ch_store_commit(s, &e), 0);
    assert_int_equal(ch_store_get(s, &key, sizeof key, &at, &n, &e), 0);
    assert_int_equal(ch_store_count(s), 2);
    ch_store_close(s);
}

static void puts_without_a_commit_are_dropped(void **state)
{
    const char *path = scratch_path("dropped puts");
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s;

    (void)state;
    make(path, 2, 10);
    s = open_writer(path);
    assert_int_equal(put(s, 2, 5, 10, &e), 0);
    ch_store_close(s);
    expect_records(path, 2, 10);
}

/* Collects keys, one letter each; stops at an x. */
static int collect(void *context, const void *key, size_t key_bytes,
                   const void *v, size_t bytes, struct ch_err *e)
{
    char *seen = context;

    (void)e;
    assert_int_equal(key_bytes, 1);
    assert_int_equal(bytes, 1);
    assert_int_equal(*(const char *)v, *(const char *)key + 1);
    strncat(seen, key, 1);
    return *(const char *)key == 'x' ? CH_ESTOPPED : 0;
}

static void a_walk_sees_all_keys_in_their_order(void **state)
{
    const char *path = scratch_path("walk.lmdb");
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s = open_writer(path);
    char seen[20] = "";

    (void)state;
    assert_int_equal(ch_store_each(s, collect, seen, &e), 0);
    assert_string_equal(seen, "");
    for (const char *k = "mcza"; *k; k++) {
        const char next = (char)(*k + 1);
        assert_int_equal(ch_store_put(s, k, 1, &next, 1, &e), 0);
    }
    assert_int_equal(ch_store_each(s, collect, seen, &e), 0);
    assert_string_equal(seen, "acmz");
    assert_int_equal(ch_store_put(s, "x", 1, "y", 1, &e), 0);
    assert_int_equal(ch_store_each(s, collect, seen, &e), CH_ESTOPPED);
    assert_string_equal(seen, "acmzacmx");
    ch_store_close(s);
}

/* Memory that was used before must not be seen in the file. */
static void equal_puts_make_equal_bytes(void **state)
{
    char *bytes[2];
    size_t n[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *path = scratch_path("equal.lmdb");
        struct ch_err e = CH_ERR_INIT;
        struct ch_store *s;
        void *used[200];

        (void)unlink(path);
        for (size_t k = 0; k < 200; k++) {
            used[k] = malloc(4096);
            assert_non_null(used[k]);
            memset(used[k], 17 + i, 4096);
        }
        for (size_t k = 0; k < 200; k += 2)
            free(used[k]);
        s = open_writer(path);
        assert_int_equal(put(s, 0, 60, 3000, &e), 0);
        assert_int_equal(ch_store_commit(s, &e), 0);
        ch_store_close(s);
        for (size_t k = 1; k < 200; k += 2)
            free(used[k]);
        assert_int_equal(ch_file_read(path, 1 << 24, &bytes[i], &n[i], &e), 0);
    }
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(bytes[0], bytes[1], n[0]);
    free(bytes[0]);
    free(bytes[1]);
}

static void a_second_writer_is_refused(void **state)
{
    const char *path = scratch_path("writers");
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *first = open_writer(path), *second;
    char want[1400];

    (void)state;
    snprintf(want, sizeof want, "%s: another program is writing this file; "
             "wait for it or stop it", path);
    assert_int_equal(ch_store_open_write(&second, path, &e), CH_EIO);
    assert_null(second);
    assert_string_equal(e.msg, want);
    ch_store_close(first);
    second = open_writer(path);
    ch_store_close(second);
}

static void no_lock_file_is_left(void **state)
{
    (void)state;
    make(scratch_path("alone"), 1, 10);
    expect_records(scratch_path("alone"), 1, 10);
    assert_int_not_equal(access(scratch_path("alone-lock"), F_OK), 0);
}

static void a_reader_needs_no_right_to_write(void **state)
{
    const char *path = scratch_path("read only");
    struct ch_store *s;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    make(path, 1, 10);
    assert_int_equal(chmod(path, 0444), 0);
    s = open_reader(path);
    assert_int_equal(put(s, 1, 1, 10, &e), CH_EIO);
    ch_store_close(s);
}

static void a_link_to_a_store_opens(void **state)
{
    const char *path = scratch_path("linked"), *link = scratch_path("link");

    (void)state;
    make(path, 5, 10);
    assert_int_equal(symlink(path, link), 0);
    expect_records(link, 5, 10);
}

static void the_map_grows_from_commit_to_commit(void **state)
{
    const char *path = scratch_path("growing");
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s = open_writer(path);

    (void)state;
    for (uint32_t i = 0; i < 100; i++)
        if (put(s, 10 * i, 10, 40000, &e) || ch_store_commit(s, &e))
            fail_msg("commit %u: %s", i, e.msg);
    ch_store_close(s);
    expect_records(path, 1000, 40000);
}

static void a_store_larger_than_the_map_takes_more(void **state)
{
    const char *path = scratch_path("reopened");
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        struct ch_store *s = open_writer(path);
        if (put(s, 10 * i, 10, 40000, &e) || ch_store_commit(s, &e))
            fail_msg("time %u: %s", i, e.msg);
        ch_store_close(s);
    }
    expect_records(path, 200, 40000);
}

/* LMDB's table of readers holds 126; there is none here. */
static void any_number_of_readers_may_read_at_once(void **state)
{
    enum { READERS = 300 };
    static struct ch_store *reader[READERS];
    const char *path = scratch_path("many readers");

    (void)state;
    make(path, 3, 10);
    for (int i = 0; i < READERS; i++)
        reader[i] = open_reader(path);
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(ch_store_count(reader[i]), 3);
        ch_store_close(reader[i]);
    }
}

/* Nothing a dead process held is in the way, and no file is beside. */
static void a_killed_writer_leaves_no_lock(void **state)
{
    const char *path = scratch_path("killed");
    char lock[1100];
    struct ch_store *s;
    int status;
    pid_t child;

    (void)state;
    make(path, 2, 10);
    child = fork();
    if (child == 0) {
        s = open_writer(path);
        (void)put(s, 2, 5, 10, NULL);
        raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    s = open_writer(path);
    ch_store_close(s);
    expect_records(path, 2, 10);
    snprintf(lock, sizeof lock, "%s-lock", path);
    assert_int_not_equal(access(lock, F_OK), 0);
}

static void too_much_at_once_is_told_and_the_last_commit_kept(void **state)
{
    const char *path = scratch_path("at once");
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s;
    char want[1400];

    (void)state;
    snprintf(want, sizeof want, "%s: more was put at once than the map holds; "
             "commit more often", path);
    make(path, 2, 40000);
    s = open_writer(path);
    assert_int_equal(put(s, 2, 100, 40000, &e), CH_ENOMEM);
    assert_string_equal(e.msg, want);
    assert_int_not_equal(ch_store_commit(s, &e), 0);
    ch_store_close(s);
    expect_records(path, 2, 40000);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    const char *path = scratch_path("whole"), *cut = scratch_path("cut");
    struct ch_err e = CH_ERR_INIT;
    char *bytes;
    size_t size;
    FILE *f;

    (void)state;
    make(path, 20, 3000);
    f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    size = (size_t)ftell(f);
    rewind(f);
    bytes = malloc(size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, size, f), size);
    fclose(f);
    for (size_t n = 0; n < size; n += n < 8192 ? 509 : 4099) {
        struct ch_store *s;
        write_bytes(cut, bytes, n);
        assert_int_equal(ch_store_open(&s, cut, &e), CH_EFORMAT);
        assert_null(s);
    }
    write_bytes(cut, bytes, size / 2 / 4096 * 4096);
    free(bytes);
    assert_int_equal(ch_store_open(&(struct ch_store *){ NULL }, cut, &e),
                     CH_EFORMAT);
    assert_non_null(strstr(e.msg, ": cut short: "));
    assert_non_null(strstr(e.msg, "; copy or make it again"));
}

static void what_is_no_store_is_refused(void **state)
{
    static const char words[] = "not a shard, or cut short: no LMDB file; "
                                "copy or make it again";
    static const char pages[] = "byte 0: no LMDB file: pages of 1515870810 "
                                "bytes; copy or make it again";
    const char *path = scratch_path("other");

    (void)state;
    write_bytes(path, "hello", 5);
    expect_refusal(path, CH_EFORMAT, words);
    memset(value, 0x5a, sizeof value);
    write_bytes(path, value, sizeof value);
    expect_refusal(path, CH_EFORMAT, pages);
    write_bytes(path, "", 0);
    expect_refusal(path, CH_EFORMAT, "the file is empty, expected a shard; "
                   "copy or make it again");
    expect_refusal(scratch, CH_EIO, "expected a plain file, found a folder");
    expect_refusal(scratch_path("nowhere"), CH_EIO,
                   "cannot open: No such file or directory");
}

/* LMDB believes what it finds there: page size, roots, last page. */
static void damage_in_the_first_pages_never_ends_the_process(void **state)
{
    static const unsigned char byte[] = { 0, 1, 2, 7, 16, 127, 255 };
    const char *path = scratch_path("metas");
    const void *at;
    size_t n;
    FILE *f;

    (void)state;
    make(path, 20, 3000);
    f = fopen(path, "r+b");
    assert_non_null(f);
    for (long i = 0; i < 8192; i += i % 4096 == 168 ? 4096 - 168 : 1) {
        int was = (fseek(f, i, SEEK_SET), fgetc(f));

        for (size_t k = 0; k < sizeof byte; k++) {
            struct ch_store *s;

            fseek(f, i, SEEK_SET);
            fputc(byte[k], f);
            fflush(f);
            if (ch_store_open(&s, path, NULL))
                continue;
            for (uint32_t key = 0; key < 20; key++)
                (void)ch_store_get(s, &key, sizeof key, &at, &n, NULL);
            ch_store_close(s);
        }
        fseek(f, i, SEEK_SET);
        fputc(was, f);
        fflush(f);
    }
    fclose(f);
    expect_records(path, 20, 3000);
}

/* Needs the right to mount; without it the test says so and is skipped. */
static void a_full_disk_keeps_the_last_commit(void **state)
{
    const char *disk = scratch_path("disk");
    const char *path = scratch_path("disk/store");
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s;
    char want[1400];
    int rc = 0;

    (void)state;
    assert_int_equal(mkdir(disk, 0700), 0);
    if (mount("none", disk, "tmpfs", 0, "size=400k") != 0) {
        print_message("skipped: cannot mount a small disk\n");
        skip();
    }
    snprintf(want, sizeof want, "%s: the disk is full; what was stored before "
             "is kept", path);
    make(path, 3, 40000);
    s = open_writer(path);
    rc = put(s, 3, 10, 40000, &e);
    if (!rc) rc = ch_store_commit(s, &e);
    ch_store_close(s);
    expect_records(path, 3, 40000);
    assert_int_equal(umount(disk), 0);
    assert_int_equal(rc, CH_EIO);
    assert_string_equal(e.msg, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_committed_is_read),
        cmocka_unit_test(
            what_is_forgotten_leaves_memory_and_can_be_read_again),
        cmocka_unit_test(a_key_that_is_not_there_gives_zero),
        cmocka_unit_test(
            a_dropped_record_is_gone_and_dropping_it_again_is_fine),
        cmocka_unit_test(puts_without_a_commit_are_dropped),
        cmocka_unit_test(a_walk_sees_all_keys_in_their_order),
        cmocka_unit_test(equal_puts_make_equal_bytes),
        cmocka_unit_test(a_second_writer_is_refused),
        cmocka_unit_test(no_lock_file_is_left),
        cmocka_unit_test(a_reader_needs_no_right_to_write),
        cmocka_unit_test(a_link_to_a_store_opens),
        cmocka_unit_test(the_map_grows_from_commit_to_commit),
        cmocka_unit_test(a_store_larger_than_the_map_takes_more),
        cmocka_unit_test(any_number_of_readers_may_read_at_once),
        cmocka_unit_test(a_killed_writer_leaves_no_lock),
        cmocka_unit_test(too_much_at_once_is_told_and_the_last_commit_kept),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(what_is_no_store_is_refused),
        cmocka_unit_test(damage_in_the_first_pages_never_ends_the_process),
        cmocka_unit_test(a_full_disk_keeps_the_last_commit),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
