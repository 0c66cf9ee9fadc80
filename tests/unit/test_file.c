/* test_file.c - files are whole or absent, also when the disk is full */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "scratch.h"

static void expect_text(const char *path, const char *text)
{
    struct ch_err e = CH_ERR_INIT;
    char *bytes;
    size_t n;

    assert_int_equal(ch_file_read(path, 1 << 20, &bytes, &n, &e), 0);
    assert_string_equal(bytes, text);
    assert_int_equal(n, strlen(text));
    free(bytes);
}

/* No file of a writer was left beside the target. */
static void expect_nothing_beside(const char *folder)
{
    struct ch_err e = CH_ERR_INIT;
    char **list;
    size_t n;

    assert_int_equal(ch_file_list(folder, NULL, &list, &n, &e), 0);
    for (size_t i = 0; i < n; i++)
        assert_null(strstr(list[i], ".tmp."));
    ch_file_list_free(list, n);
}

static void what_was_written_is_read(void **state)
{
    const char *path = scratch_path("a");
    struct ch_err e = CH_ERR_INIT;
    char *bytes;
    size_t n;

    (void)state;
    assert_int_equal(ch_file_write(path, "a\0b", 3, &e), 0);
    assert_int_equal(ch_file_read(path, 3, &bytes, &n, &e), 0);
    assert_int_equal(n, 3);
    assert_memory_equal(bytes, "a\0b\0", 4);
    free(bytes);
    assert_int_equal(ch_file_size(path), 3);
    expect_nothing_beside(scratch);
}

static void a_file_beyond_the_limit_is_refused(void **state)
{
    const char *path = scratch_path("large");
    struct ch_err e = CH_ERR_INIT;
    char expected[1200], *bytes;
    size_t n;

    (void)state;
    assert_int_equal(ch_file_write(path, "abcd", 4, &e), 0);
    assert_int_equal(ch_file_read(path, 3, &bytes, &n, &e), CH_EFORMAT);
    snprintf(expected, sizeof expected,
             "%s: expected at most 3 bytes, found more", path);
    assert_string_equal(e.msg, expected);
    assert_null(bytes);
}

static void reading_what_is_absent_names_it(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char *bytes;
    size_t n;

    (void)state;
    assert_int_equal(ch_file_read("/no/such", 9, &bytes, &n, &e), CH_EIO);
    assert_string_equal(e.msg,
                        "/no/such: cannot open: No such file or directory");
}

static void reading_a_folder_says_so(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char *bytes;
    size_t n;

    (void)state;
    assert_int_equal(ch_file_read("/tmp", 9, &bytes, &n, &e), CH_EIO);
    assert_string_equal(e.msg, "/tmp: expected a file, found a folder");
}

static void a_large_file_is_read_whole(void **state)
{
    enum { N = 3000000 };
    const char *path = scratch_path("big");
    struct ch_err e = CH_ERR_INIT;
    char *in = malloc(N), *out;
    size_t n;

    (void)state;
    for (size_t i = 0; i < N; i++)
        in[i] = (char)(i * i >> 3);
    assert_int_equal(ch_file_write(path, in, N, &e), 0);
    assert_int_equal(ch_file_read(path, N, &out, &n, &e), 0);
    assert_int_equal(n, N);
    assert_memory_equal(in, out, N);
    free(in);
    free(out);
}

/* Its size is 0 to fstat(), but it has bytes. */
static void a_file_without_a_size_is_read(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char *bytes;
    size_t n;

    (void)state;
    assert_int_equal(ch_file_read("/proc/self/status", 1 << 20, &bytes, &n,
                                  &e), 0);
    assert_true(n > 100);
    free(bytes);
}

static void a_map_shows_the_bytes(void **state)
{
    const char *path = scratch_path("map");
    struct ch_err e = CH_ERR_INIT;
    struct ch_map m;

    (void)state;
    assert_int_equal(ch_file_write(path, "abc", 3, &e), 0);
    assert_int_equal(ch_map_open(&m, path, &e), 0);
    assert_int_equal(m.size, 3);
    assert_memory_equal(m.at, "abc", 3);
    ch_map_close(&m);
    ch_map_close(&m);
}

static void an_empty_file_maps_to_nothing(void **state)
{
    const char *path = scratch_path("empty");
    struct ch_err e = CH_ERR_INIT;
    struct ch_map m;

    (void)state;
    assert_int_equal(ch_file_write(path, "", 0, &e), 0);
    assert_int_equal(ch_map_open(&m, path, &e), 0);
    assert_int_equal(m.size, 0);
    ch_map_close(&m);
}

static void a_map_of_an_absent_file_is_empty(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_map m;

    (void)state;
    assert_int_equal(ch_map_open(&m, "/no/such", &e), CH_EIO);
    assert_int_equal(m.size, 0);
    ch_map_close(&m);
}

static void a_closed_writer_leaves_the_older_file(void **state)
{
    const char *path = scratch_path("kept");
    struct ch_err e = CH_ERR_INIT;
    struct ch_writer w;

    (void)state;
    assert_int_equal(ch_file_write(path, "old", 3, &e), 0);
    assert_int_equal(ch_writer_open(&w, path, &e), 0);
    assert_int_equal(ch_writer_put(&w, "new", 3, &e), 0);
    expect_text(path, "old");
    ch_writer_close(&w);
    ch_writer_close(&w);
    expect_text(path, "old");
    expect_nothing_beside(scratch);
}

static void a_finished_writer_replaces_the_older_file(void **state)
{
    const char *path = scratch_path("replaced");
    struct ch_err e = CH_ERR_INIT;
    struct ch_writer w;

    (void)state;
    assert_int_equal(ch_file_write(path, "old", 3, &e), 0);
    assert_int_equal(ch_writer_open(&w, path, &e), 0);
    assert_int_equal(ch_writer_put(&w, "new", 3, &e), 0);
    assert_int_equal(ch_writer_finish(&w, &e), 0);
    expect_text(path, "new");
    ch_writer_close(&w);
    expect_text(path, "new");
    expect_nothing_beside(scratch);
}

static void a_failed_rename_leaves_nothing_beside(void **state)
{
    const char *path = scratch_path("taken");
    struct ch_err e = CH_ERR_INIT;
    struct ch_writer w;

    (void)state;
    assert_int_equal(ch_writer_open(&w, path, &e), 0);
    assert_int_equal(ch_writer_put(&w, "new", 3, &e), 0);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(ch_writer_finish(&w, &e), CH_EIO);
    assert_non_null(strstr(e.msg, "/taken: cannot rename "));
    assert_non_null(strstr(e.msg, ": Is a directory"));
    ch_writer_close(&w);
    expect_nothing_beside(scratch);
}

static void a_folder_is_not_written_over(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_file_write("/tmp", "x", 1, &e), CH_EIO);
    assert_string_equal(e.msg,
                        "/tmp: expected a plain file or none, found a folder");
}

static void a_device_is_not_replaced(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_file_write("/dev/full", "x", 1, &e), CH_EIO);
    assert_string_equal(e.msg, "/dev/full: expected a plain file or none, "
                        "found a device");
}

static void writing_into_no_folder_names_the_target(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_file_write("/no/such/x", "x", 1, &e), CH_EIO);
    assert_string_equal(e.msg, "/no/such/x: cannot write beside it: "
                        "No such file or directory");
}

/* A limit on file sizes stands for a disk that fills: it works for root. */
static void a_write_that_does_not_fit_keeps_the_older_file(void **state)
{
    const char *path = scratch_path("limit");
    struct ch_err e = CH_ERR_INIT;
    struct rlimit old, small;
    char bytes[20000] = "x";
    int rc;

    (void)state;
    assert_int_equal(ch_file_write(path, "old", 3, &e), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){ .rlim_cur = 4096, .rlim_max = old.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    rc = ch_file_write(path, bytes, sizeof bytes, &e);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(rc, CH_EIO);
    assert_non_null(strstr(e.msg, "/limit: cannot write: File too large"));
    expect_text(path, "old");
    expect_nothing_beside(scratch);
}

/* Each size in turn: the error comes from put, flush or sync. */
static void a_full_disk_is_an_error_at_every_size(void **state)
{
    const char *folder = scratch_path("disk");
    struct ch_err e = CH_ERR_INIT;
    char path[1200], *bytes = calloc(1, 200000);
    int failed = 0;

    (void)state;
    assert_int_equal(mkdir(folder, 0777), 0);
    if (mount("none", folder, "tmpfs", 0, "size=65536")) {
        free(bytes);
        print_message("skipped: cannot mount a small disk\n");
        skip();
    }
    snprintf(path, sizeof path, "%s/x", folder);
    assert_int_equal(ch_file_write(path, "old", 3, &e), 0);
    for (size_t n = 40000; n < 200000 && !failed; n += 1000) {
        failed = ch_file_write(path, bytes, n, &e) != 0;
        expect_nothing_beside(folder);
        if (!failed)
            assert_int_equal(ch_file_write(path, "old", 3, &e), 0);
    }
    assert_true(failed);
    assert_non_null(strstr(e.msg, "cannot write: No space left on device"));
    expect_text(path, "old");
    assert_int_equal(umount(folder), 0);
    free(bytes);
}

static void folders_are_made_with_those_above(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_file_folder(scratch_path("x/y//z/"), &e), 0);
    assert_true(ch_file_is_folder(scratch_path("x/y/z")));
    assert_int_equal(ch_file_folder(scratch_path("x/y/z"), &e), 0);
}

static void a_folder_where_a_file_is_fails(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_file_write(scratch_path("f"), "", 0, &e), 0);
    assert_int_equal(ch_file_folder(scratch_path("f/g"), &e), CH_EIO);
    assert_non_null(strstr(e.msg, "/f: expected a folder, found a file"));
}

static void what_there_is_can_be_asked(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_file_write(scratch_path("here"), "abc", 3, &e), 0);
    assert_true(ch_file_exists(scratch_path("here")));
    assert_false(ch_file_exists(scratch_path("not-here")));
    assert_false(ch_file_is_folder(scratch_path("here")));
    assert_int_equal(ch_file_size(scratch_path("not-here")), -1);
    assert_int_equal(ch_file_size(scratch), -1);
}

static void a_file_that_was_replaced_or_written_to_is_noticed(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    const char *path = scratch_path("used");
    struct ch_file_id id;
    struct stat s;
    FILE *f;

    (void)state;
    assert_int_equal(ch_file_write(path, "abc", 3, &e), 0);
    assert_int_equal(ch_file_identify(&id, path, &e), 0);
    assert_int_equal(ch_file_check_same(&id, path, &e), 0);
    /* Another file with the same bytes and times. */
    assert_int_equal(ch_file_write(scratch_path("other"), "abc", 3, &e), 0);
    assert_int_equal(rename(scratch_path("other"), path), 0);
    assert_int_equal(ch_file_check_same(&id, path, &e), CH_EFORMAT);
    assert_non_null(strstr(e.msg, "/used: was replaced by another file while "
                           "it is in use"));
    assert_int_equal(ch_file_identify(&id, path, &e), 0);
    assert_int_equal(stat(path, &s), 0);
    f = fopen(path, "r+");
    assert_non_null(f);
    assert_int_equal(fputc('x', f), 'x');
    assert_int_equal(fclose(f), 0);
    s.st_mtim.tv_nsec ^= 1;     /* clocks may be coarse */
    assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]) {
                                   s.st_mtim, s.st_mtim }, 0), 0);
    assert_int_equal(ch_file_check_same(&id, path, &e), CH_EFORMAT);
    assert_non_null(strstr(e.msg, "/used: was written to while it is in use"));
    assert_int_equal(remove(path), 0);
    assert_int_equal(ch_file_check_same(&id, path, &e), CH_EIO);
}

static void join_puts_one_slash_between(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char out[8];

    (void)state;
    assert_int_equal(ch_file_join(out, sizeof out, "ab", "cd", &e), 0);
    assert_string_equal(out, "ab/cd");
    assert_int_equal(ch_file_join(out, sizeof out, "ab/", "cd", &e), 0);
    assert_string_equal(out, "ab/cd");
    assert_int_equal(ch_file_join(out, sizeof out, "", "cd", &e), 0);
    assert_string_equal(out, "cd");
}

static void join_refuses_what_does_not_fit(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char out[8];

    (void)state;
    assert_int_equal(ch_file_join(out, sizeof out, "abcd", "efg", &e),
                     CH_EUSAGE);
    assert_string_equal(e.msg, "abcd: the path to efg is longer than 7 bytes");
}

static void syncing_the_folder_of_a_path_works(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_file_sync_folder(scratch_path("x"), &e), 0);
    assert_int_equal(ch_file_sync_folder("x", &e), 0);
    assert_int_equal(ch_file_sync_folder("/no/such/x", &e), CH_EIO);
}

static void the_clock_goes_forward(void **state)
{
    double before = ch_clock_s();

    (void)state;
    assert_true(before > 0);
    assert_true(ch_clock_s() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_file_beyond_the_limit_is_refused),
        cmocka_unit_test(reading_what_is_absent_names_it),
        cmocka_unit_test(reading_a_folder_says_so),
        cmocka_unit_test(a_large_file_is_read_whole),
        cmocka_unit_test(a_file_without_a_size_is_read),
        cmocka_unit_test(a_map_shows_the_bytes),
        cmocka_unit_test(an_empty_file_maps_to_nothing),
        cmocka_unit_test(a_map_of_an_absent_file_is_empty),
        cmocka_unit_test(a_closed_writer_leaves_the_older_file),
        cmocka_unit_test(a_finished_writer_replaces_the_older_file),
        cmocka_unit_test(a_failed_rename_leaves_nothing_beside),
        cmocka_unit_test(a_folder_is_not_written_over),
        cmocka_unit_test(a_device_is_not_replaced),
        cmocka_unit_test(writing_into_no_folder_names_the_target),
        cmocka_unit_test(a_write_that_does_not_fit_keeps_the_older_file),
        cmocka_unit_test(a_full_disk_is_an_error_at_every_size),
        cmocka_unit_test(folders_are_made_with_those_above),
        cmocka_unit_test(a_folder_where_a_file_is_fails),
        cmocka_unit_test(what_there_is_can_be_asked),
        cmocka_unit_test(a_file_that_was_replaced_or_written_to_is_noticed),
        cmocka_unit_test(join_puts_one_slash_between),
        cmocka_unit_test(join_refuses_what_does_not_fit),
        cmocka_unit_test(syncing_the_folder_of_a_path_works),
        cmocka_unit_test(the_clock_goes_forward),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
