/* test_keep.c - the checkpoints of a run: the newest, and some before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "scratch.h"
#include "train/keep.h"

static struct ch_err e;

static void write_latest(uint64_t step)
{
    assert_int_equal(ch_file_write(scratch_path("latest.safetensors"), &step,
                                   sizeof step, &e), 0);
}

/* The steps in the list, as their files say them, newest first. */
static void expect_list(size_t count, const uint64_t *step)
{
    char **path;
    size_t found, n;

    assert_int_equal(ch_keep_list(scratch, &path, &found, &e), 0);
    assert_int_equal(found, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t *in;

        assert_int_equal(ch_file_read(path[i], 100, (char **)&in, &n, &e), 0);
        assert_int_equal(*in, step[i]);
        free(in);
    }
    ch_keep_free(path, found);
}

static int begin(void **state)
{
    e = (struct ch_err) CH_ERR_INIT;
    return scratch_make(state);
}

static void a_new_run_has_none(void **state)
{
    (void)state;
    expect_list(0, NULL);
}

static void a_folder_that_is_not_there_has_none(void **state)
{
    char **path;
    size_t count;

    (void)state;
    assert_int_equal(ch_keep_list(scratch_path("nowhere"), &path, &count, &e),
                     0);
    assert_int_equal(count, 0);
    ch_keep_free(path, count);
}

static void the_newest_are_kept(void **state)
{
    (void)state;
    for (uint64_t step = 2; step <= 1000; step *= 3) {
        write_latest(step);
        if (step == 54)
            expect_list(3, (const uint64_t[]) { 54, 18, 6 });
        assert_int_equal(ch_keep_turn(scratch, step, 3, &e), 0);
    }
    write_latest(1458);
    expect_list(3, (const uint64_t[]) { 1458, 486, 162 });
}

static void latest_is_there_while_it_turns(void **state)
{
    (void)state;
    write_latest(5);
    assert_int_equal(ch_keep_turn(scratch, 5, 2, &e), 0);
    assert_true(ch_file_exists(scratch_path("latest.safetensors")));
    assert_int_equal(ch_keep_turn(scratch, 5, 2, &e), 0);      /* once more */
    expect_list(2, (const uint64_t[]) { 5, 5 });
}

static void fewer_that_are_kept_removes_the_oldest(void **state)
{
    (void)state;
    for (uint64_t step = 1; step <= 4; step++) {
        write_latest(step);
        assert_int_equal(ch_keep_turn(scratch, step, 9, &e), 0);
    }
    write_latest(5);
    expect_list(5, (const uint64_t[]) { 5, 4, 3, 2, 1 });
    assert_int_equal(ch_keep_turn(scratch, 5, 1, &e), 0);
    expect_list(1, (const uint64_t[]) { 5 });
}

static void other_files_are_nobodys_checkpoint(void **state)
{
    static const char *const name[] = {
        "step-1.safetensors", "step-0000000001.safetensors.tmp.12",
        "step-000000000a.safetensors", "best.safetensors"
    };

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(ch_file_write(scratch_path(name[i]), "", 0, &e), 0);
    write_latest(1);
    expect_list(1, (const uint64_t[]) { 1 });
    assert_int_equal(ch_keep_turn(scratch, 1, 1, &e), 0);
    for (size_t i = 0; i < 4; i++)
        assert_true(ch_file_exists(scratch_path(name[i])));
}

static void parts_are_swept_and_all_else_stays(void **state)
{
    static const char *const name[] = {
        "latest.safetensors.tmp.17", "best.safetensors.tmp.1",
        "log.jsonl.tmp.9",
        "latest.safetensors", "best.safetensors", "log.jsonl",
        "step-0000000001.safetensors", "notes.tmp.1", "latest.safetensors.old"
    };

    (void)state;
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(ch_file_write(scratch_path(name[i]), "x", 1, &e), 0);
    ch_keep_sweep(scratch);
    for (size_t i = 0; i < 9; i++)
        if (ch_file_exists(scratch_path(name[i])) != (i >= 3))
            fail_msg("%s", name[i]);
    ch_keep_sweep(scratch_path("nowhere"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_run_has_none),
        TEST(a_folder_that_is_not_there_has_none),
        TEST(the_newest_are_kept),
        TEST(latest_is_there_while_it_turns),
        TEST(fewer_that_are_kept_removes_the_oldest),
        TEST(other_files_are_nobodys_checkpoint),
        TEST(parts_are_swept_and_all_else_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
