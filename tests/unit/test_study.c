/* test_study.c - a study is whole or absent */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rate_study.h"

static void what_is_set_is_read_again(void **state)
{
    const char *folder = study_path("kept");
    struct ch_study s = {
        .mode = CH_RATE_PAIRS, .seed = UINT64_MAX, .tasks = 7,
        .checks = 0.125, .repeats = 0.1, .title = "T\xc3\xa9st",
        .images = "photos",
    }, t;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_study_create(&s, folder, &e), 0);
    assert_int_equal(ch_study_finish(&s, 0, &e), 0);
    study_open(&t, folder);
    assert_int_equal(t.mode, CH_RATE_PAIRS);
    assert_true(t.seed == UINT64_MAX);
    assert_int_equal(t.tasks, 7);
    assert_true(t.checks == 0.125 && t.repeats == 0.1);
    assert_string_equal(t.title, "T\xc3\xa9st");
    assert_string_equal(t.images, "photos");
    ch_study_close(&t);
}

static void only_the_owner_may_read_it(void **state)
{
    struct stat file;

    (void)state;
    assert_int_equal(stat(study_path("kept/study.sqlite"), &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
}

static void after_an_error_nothing_is_there(void **state)
{
    const char *folder = study_path("never");
    struct ch_study s = { .mode = CH_RATE_SCALES };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_study_create(&s, folder, &e), 0);
    assert_int_equal(ch_study_finish(&s, CH_EFORMAT, &e), CH_EFORMAT);
    assert_false(ch_file_exists(folder));
}

static void a_folder_that_holds_something_is_refused(void **state)
{
    const char *folder = study_path("full");
    struct ch_study s = { .mode = CH_RATE_SCALES };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    mkdir(folder, 0777);
    study_file("full/note", "mine");
    assert_int_equal(ch_study_create(&s, folder, &e), CH_EIO);
    assert_non_null(strstr(e.msg, "expected a new or empty folder"));
    assert_true(ch_file_exists(study_path("full/note")));
}

static void what_is_no_study_is_told(void **state)
{
    struct ch_study s;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_study_open(&s, study_path("nowhere"), &e),
                     CH_EUSAGE);
    assert_non_null(strstr(e.msg, "chorus rate new makes one"));
    mkdir(study_path("other"), 0777);
    study_file("other/study.sqlite", "this is no database, but some text that "
               "is as long as the header of one would be, and longer");
    assert_int_equal(ch_study_open(&s, study_path("other"), &e),
                     CH_EFORMAT);
    study_file("other/study.sqlite", "");
    assert_true(ch_study_open(&s, study_path("other"), &e) < 0);
}

/* What a transaction did is taken back as a whole. */
static void a_failed_transaction_changes_nothing(void **state)
{
    struct ch_study s;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    study_open(&s, study_path("kept"));
    assert_int_equal(ch_sql_begin(s.sql, &e), 0);
    assert_int_equal(ch_sql_run(s.sql, &e, "INSERT INTO system VALUES(1, ?, "
                                "0)", "t", "x'); DROP TABLE system; --"), 0);
    assert_int_equal(study_number(&s, "SELECT count(*) FROM system"), 1);
    assert_int_equal(ch_sql_end(s.sql, CH_EIO, &e), CH_EIO);
    assert_int_equal(study_number(&s, "SELECT count(*) FROM system"), 0);
    assert_int_equal(ch_sql_run(s.sql, &e, "SELECT wrong FROM nothing", ""),
                     CH_EIO);
    ch_study_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_set_is_read_again),
        cmocka_unit_test(only_the_owner_may_read_it),
        cmocka_unit_test(after_an_error_nothing_is_there),
        cmocka_unit_test(a_folder_that_holds_something_is_refused),
        cmocka_unit_test(what_is_no_study_is_told),
        cmocka_unit_test(a_failed_transaction_changes_nothing),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
