/* test_sql.c - values there and back, statements again, and what is undone */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/sql.h"
#include "scratch.h"

static struct ch_sql *sql;

static int make(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(scratch_make(state), 0);
    assert_int_equal(ch_sql_create(&sql, scratch_path("a.sqlite"), "a list",
                                   &e), 0);
    assert_int_equal(ch_sql_script(sql, "CREATE TABLE t(a, b, c, d)", &e), 0);
    return 0;
}

static int drop(void **state)
{
    ch_sql_close(sql);
    return scratch_remove(state);
}

static void values_come_back(void **state)
{
    static const unsigned char bytes[] = { 0, 255, '\n', 0 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_sql_rows *r;
    size_t n;

    (void)state;
    assert_int_equal(ch_sql_run(sql, &e, "INSERT INTO t VALUES(?, ?, ?, ?)",
                                "idtb", INT64_MIN, 0.1, "\xc3\xa9", bytes,
                                sizeof bytes), 0);
    assert_int_equal(ch_sql_query(&r, sql, &e, "SELECT * FROM t", ""), 0);
    assert_int_equal(ch_sql_next(r, &e), 1);
    assert_true(ch_sql_int(r, 0) == INT64_MIN);
    assert_true(ch_sql_real(r, 1) == 0.1);
    assert_string_equal(ch_sql_text(r, 2), "\xc3\xa9");
    assert_memory_equal(ch_sql_blob(r, 3, &n), bytes, sizeof bytes);
    assert_int_equal(n, sizeof bytes);
    assert_int_equal(ch_sql_next(r, &e), 0);
    ch_sql_rows_close(r);
}

static void a_statement_runs_again_with_other_values(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_sql_rows *r;

    (void)state;
    assert_int_equal(ch_sql_script(sql, "INSERT INTO t VALUES(1, 10, 0, 0),"
                                   "(2, 20, 0, 0)", &e), 0);
    assert_int_equal(ch_sql_query(&r, sql, &e, "SELECT b FROM t WHERE a = ?",
                                  "i", (int64_t)1), 0);
    for (int64_t a = 1; a <= 2; a++) {
        assert_int_equal(ch_sql_again(r, &e, "i", a), 0);
        assert_int_equal(ch_sql_next(r, &e), 1);
        assert_int_equal(ch_sql_int(r, 0), 10 * a);
    }
    ch_sql_rows_close(r);
}

static void an_error_takes_all_back(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    int64_t rows = -1;

    (void)state;
    assert_int_equal(ch_sql_begin(sql, &e), 0);
    assert_int_equal(ch_sql_script(sql, "INSERT INTO t VALUES(1, 2, 3, 4)",
                                   &e), 0);
    assert_int_equal(ch_sql_end(sql, CH_EFORMAT, &e), CH_EFORMAT);
    assert_int_equal(ch_sql_one(sql, &rows, &e, "SELECT count(*) FROM t", ""),
                     1);
    assert_int_equal(rows, 0);
}

static void another_file_is_told_by_what_was_expected(void **state)
{
    static const char text[] = "not a database, but long enough for a head: "
                               "SQLite reads a hundred bytes of it at first";
    struct ch_err e = CH_ERR_INIT;
    struct ch_sql *other;

    (void)state;
    assert_int_equal(ch_file_write(scratch_path("b"), text, sizeof text, &e),
                     0);
    if (ch_sql_open(&other, scratch_path("b"), "a list", &e) == 0) {
        assert_int_equal(ch_sql_script(other, "SELECT * FROM t", &e),
                         CH_EFORMAT);
        ch_sql_close(other);
    }
    assert_int_equal(e.code, CH_EFORMAT);
    assert_non_null(strstr(e.msg, "expected a list, found"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_come_back, make, drop),
        cmocka_unit_test_setup_teardown(
            a_statement_runs_again_with_other_values, make, drop),
        cmocka_unit_test_setup_teardown(an_error_takes_all_back, make, drop),
        cmocka_unit_test_setup_teardown(
            another_file_is_told_by_what_was_expected, make, drop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
