/* test_err.c - messages say where, what and why */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "chorus/err.h"

static void a_failure_returns_its_code_and_keeps_its_message(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_fail(&e, CH_EFORMAT, "expected %d, found %d", 3, 4),
                     CH_EFORMAT);
    assert_int_equal(e.code, CH_EFORMAT);
    assert_string_equal(e.msg, "expected 3, found 4");
    assert_string_equal(e.path, "");
    assert_true(e.offset == CH_NO_OFFSET);
}

static void a_failure_knows_its_source_line(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    int line = __LINE__ + 3;

    (void)state;
    ch_fail(&e, CH_EIO, "x");
    assert_int_equal(e.line, line);
    assert_string_equal(e.file, __FILE__);
}

static void a_failure_at_a_path_names_path_and_byte(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    ch_fail_at(&e, CH_EFORMAT, "a/b.json", 17, "bad magic");
    assert_string_equal(e.msg, "a/b.json: byte 17: bad magic");
    assert_string_equal(e.path, "a/b.json");
    assert_true(e.offset == 17);
}

static void a_failure_without_offset_names_the_path_alone(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    ch_fail_at(&e, CH_EFORMAT, "a.json", CH_NO_OFFSET, "is empty");
    assert_string_equal(e.msg, "a.json: is empty");
}

static void nobody_asking_is_fine(void **state)
{
    (void)state;
    assert_int_equal(ch_fail(NULL, CH_EUSAGE, "x"), CH_EUSAGE);
    assert_int_equal(ch_err_wrap(NULL, "x"), CH_EIO);
    errno = ENOENT;
    assert_int_equal(ch_fail_errno(NULL, "p", "x"), CH_EIO);
}

static void wrap_puts_words_in_front_and_keeps_the_rest(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    ch_fail_at(&e, CH_EFORMAT, "p", 3, "bad");
    assert_int_equal(ch_err_wrap(&e, "record %d", 7), CH_EFORMAT);
    assert_string_equal(e.msg, "record 7: p: byte 3: bad");
    assert_string_equal(e.path, "p");
    assert_true(e.offset == 3);
}

static void a_place_is_told_behind_the_path(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_err_wrap_at(NULL, "p", "x"), CH_EIO);
    ch_fail_at(&e, CH_EFORMAT, "p", CH_NO_OFFSET, "bad");
    assert_int_equal(ch_err_wrap_at(&e, "p", "word %d", 7), CH_EFORMAT);
    assert_string_equal(e.msg, "p: word 7: bad");
    ch_err_wrap_at(&e, "p", "line 3");
    assert_string_equal(e.msg, "p: line 3: word 7: bad");
    ch_fail(&e, CH_EFORMAT, "pad is none");
    ch_err_wrap_at(&e, "p", "line 3");
    assert_string_equal(e.msg, "p: line 3: pad is none");
}

static void a_system_call_failure_tells_why(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    errno = ENOENT;
    assert_int_equal(ch_fail_errno(&e, "p", "cannot open"), CH_EIO);
    assert_string_equal(e.msg, "p: cannot open: No such file or directory");
    assert_int_equal(errno, ENOENT);
}

static void a_system_call_without_memory_is_a_memory_failure(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    errno = ENOMEM;
    assert_int_equal(ch_fail_errno(&e, NULL, "cannot map"), CH_ENOMEM);
}

static void a_message_may_quote_the_one_before(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    ch_fail_at(&e, CH_EIO, "p", 1, "inner");
    ch_fail_at(&e, CH_EFORMAT, e.path, CH_NO_OFFSET, "outer (%s)", e.msg);
    assert_string_equal(e.msg, "p: outer (p: byte 1: inner)");
}

static void a_long_message_is_cut_between_characters(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char text[1000] = "";

    (void)state;
    for (int i = 0; i < 300; i++)
        strcat(text, "\303\244");
    ch_fail(&e, CH_EIO, "x%s", text);
    assert_true(strlen(e.msg) < sizeof e.msg);
    assert_string_equal(e.msg + strlen(e.msg) - 5, "\303\244...");
}

static void of_a_long_path_the_end_is_kept(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char path[600];

    (void)state;
    memset(path, 'd', sizeof path);
    strcpy(path + sizeof path - 8, "/me.jpg");
    ch_fail_at(&e, CH_EIO, path, CH_NO_OFFSET, "cannot open");
    assert_int_equal(strlen(e.path), sizeof e.path - 1);
    assert_memory_equal(e.path, "...ddd", 6);
    assert_non_null(strstr(e.msg, "/me.jpg: cannot open"));
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    ch_fail_at(&e, CH_EIO, "a\nb\033[2J", CH_NO_OFFSET, "x\ty\177");
    assert_string_equal(e.msg, "a?b?[2J: x?y?");
}

static void exit_codes_and_words_follow_the_list(void **state)
{
    static const struct { int code, exit; const char *word; } row[] = {
        { CH_OK, 0, "ok" }, { CH_EIO, 1, "io" }, { CH_EFORMAT, 1, "format" },
        { CH_ENOMEM, 1, "memory" }, { CH_EUSAGE, 2, "usage" },
        { CH_ECOMM, 1, "comm" }, { CH_ESTOPPED, 75, "stopped" },
        { -99, 1, "unknown" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        assert_int_equal(ch_err_exit(row[i].code), row[i].exit);
        assert_string_equal(ch_err_word(row[i].code), row[i].word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_returns_its_code_and_keeps_its_message),
        cmocka_unit_test(a_failure_knows_its_source_line),
        cmocka_unit_test(a_failure_at_a_path_names_path_and_byte),
        cmocka_unit_test(a_failure_without_offset_names_the_path_alone),
        cmocka_unit_test(nobody_asking_is_fine),
        cmocka_unit_test(wrap_puts_words_in_front_and_keeps_the_rest),
        cmocka_unit_test(a_place_is_told_behind_the_path),
        cmocka_unit_test(a_system_call_failure_tells_why),
        cmocka_unit_test(a_system_call_without_memory_is_a_memory_failure),
        cmocka_unit_test(a_message_may_quote_the_one_before),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(of_a_long_path_the_end_is_kept),
        cmocka_unit_test(control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(exit_codes_and_words_follow_the_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
