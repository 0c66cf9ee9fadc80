/* test_pages.c - what LMDB wrote can be walked; no damage is followed */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>

#include "base/file.h"
#include "data/pages.h"
#include "data/store.h"
#include "scratch.h"

static char value[20000];

static void put(struct ch_store *s, uint32_t i, size_t bytes)
{
    memset(value, (int)('a' + i % 26), bytes);
    assert_int_equal(ch_store_put(s, &i, sizeof i, value, bytes, NULL), 0);
}

/* Many small records, and every tenth on pages of its own; dropped and put in
 * again, so that there are free pages, too. */
static const char *make(const char *name, uint32_t count)
{
    const char *path = scratch_path(name);
    struct ch_store *s;

    assert_int_equal(ch_store_open_write(&s, path, NULL), 0);
    for (uint32_t i = 0; i < count; i++) {
        put(s, i, i % 10 ? 20 + i % 50 : 9000);
        if (i % 100 == 99)
            assert_int_equal(ch_store_commit(s, NULL), 0);
    }
    for (uint32_t i = 0; i < count; i += 3) {
        assert_int_equal(ch_store_drop(s, &i, sizeof i, NULL), 0);
        if (i % 2)
            put(s, i, 100);
    }
    assert_int_equal(ch_store_commit(s, NULL), 0);
    ch_store_close(s);
    return path;
}

static void what_was_written_is_fine(void **state)
{
    static const uint32_t count[] = { 0, 1, 2, 50, 3000 };
    char name[16];

    (void)state;
    for (size_t i = 0; i < sizeof count / sizeof *count; i++) {
        struct ch_err e = CH_ERR_INIT;

        snprintf(name, sizeof name, "fine%zu", i);
        if (ch_pages_check(make(name, count[i]), 1, &e))
            fail_msg("%u records: %s", count[i], e.msg);
    }
}

static int count_bytes(void *context, const void *key, size_t key_bytes,
                       const void *bytes, size_t n, struct ch_err *e)
{
    const char *k = key, *v = bytes;
    unsigned long *sum = context;

    (void)e;
    for (size_t i = 0; i < key_bytes; i++)
        *sum += (unsigned char)k[i];
    for (size_t i = 0; i < n; i++)
        *sum += (unsigned char)v[i];
    return 0;
}

/* Reads every byte of every record, in a process of its own. */
static int can_be_read(const char *path)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        unsigned long sum = 0;
        struct ch_store *s;

        if (ch_store_open(&s, path, NULL) == 0) {
            (void)ch_store_each(s, count_bytes, &sum, NULL);
            ch_store_close(s);
        }
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The promise: LMDB can read what passes.  Bytes of the trees' pages are
 * changed one at a time; those of the records' texts alone may pass. */
static void what_passes_with_any_byte_changed_can_be_read(void **state)
{
    char path[1024], other[1024], *bytes;
    size_t n, passed = 0, refused = 0;

    (void)state;
    strcpy(path, make("good", 300));
    strcpy(other, scratch_path("changed"));
    assert_int_equal(ch_file_read(path, 1 << 26, &bytes, &n, NULL), 0);
    for (size_t page = 0; page < n / 4096; page++)
        for (size_t i = 0; i < 64; i += page % 2 + 5) {
            char *at = bytes + 4096 * page + i, was = *at;

            *at = (char)(i % 3 ? 0xff : was + 1);
            if (ch_pages_check_bytes(bytes, n, "x", (int)(i / 5 % 2), NULL)) {
                refused++;
            } else if (passed++ % 8 == 0) {
                assert_int_equal(ch_file_write(other, bytes, n, NULL), 0);
                if (!can_be_read(other))
                    fail_msg("byte %zu of page %zu ends the process", i, page);
            }
            *at = was;
        }
    assert_true(refused > 100 && passed > 100);
    free(bytes);
}

static void damage_is_told_with_its_page(void **state)
{
    static const struct {
        size_t at;
        unsigned char byte;
        const char *words;
    } bad[] = {
        { 16, 0, "page 0 is damaged: it does not begin an LMDB file" },
        { 4096 + 40, 17, "page 1 is damaged: its size of a page cannot be" },
        { 40, 17, "page 0 is damaged: its size of a page cannot be" },
    };
    static const char tail[] = "; copy or make the shard again";
    char *bytes;
    size_t n;

    (void)state;
    assert_int_equal(ch_file_read(make("told", 5), 1 << 26, &bytes, &n, NULL),
                     0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ch_err e = CH_ERR_INIT;
        char want[200], was = bytes[bad[i].at];

        snprintf(want, sizeof want, "x: %s%s", bad[i].words, tail);
        bytes[bad[i].at] = (char)bad[i].byte;
        assert_int_equal(ch_pages_check_bytes(bytes, n, "x", 1, &e),
                         CH_EFORMAT);
        assert_string_equal(e.msg, want);
        bytes[bad[i].at] = was;
    }
    free(bytes);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    char *bytes;
    size_t n;

    (void)state;
    assert_int_equal(ch_file_read(make("cut", 40), 1 << 26, &bytes, &n, NULL),
                     0);
    for (size_t cut = 0; cut < n; cut += 127) {
        char *part = malloc(cut + 1);

        memcpy(part, bytes, cut);
        assert_int_equal(ch_pages_check_bytes(part, cut, "x", 0, NULL),
                         CH_EFORMAT);
        free(part);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_fine),
        cmocka_unit_test(what_passes_with_any_byte_changed_can_be_read),
        cmocka_unit_test(damage_is_told_with_its_page),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
