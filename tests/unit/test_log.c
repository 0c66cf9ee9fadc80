/* test_log.c - who speaks, at which level, and in how many lines */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/sink.h"
#include "chorus/log.h"
#include "scratch.h"

static void expect_log(enum ch_log_level level, const char *text,
                       const char *expected)
{
    struct capture c;

    capture_start(&c, STDERR_FILENO);
    ch_log(level, "%s", text);
    capture_stop(&c);
    assert_string_equal(c.text, expected);
}

static void a_line_begins_with_the_program(void **state)
{
    (void)state;
    ch_log_setup("chorus-x", CH_LOG_INFO, 0, 1);
    expect_log(CH_LOG_INFO, "hello", "chorus-x: hello\n");
    expect_log(CH_LOG_ERROR, "broken", "chorus-x: broken\n");
}

static void a_warning_says_so(void **state)
{
    (void)state;
    ch_log_setup("chorus-x", CH_LOG_INFO, 0, 1);
    expect_log(CH_LOG_WARN, "careful", "chorus-x: warning: careful\n");
}

static void less_important_lines_are_not_shown(void **state)
{
    (void)state;
    ch_log_setup("chorus-x", CH_LOG_WARN, 0, 1);
    expect_log(CH_LOG_INFO, "hello", "");
    expect_log(CH_LOG_DEBUG, "hello", "");
}

static void other_ranks_speak_from_warnings_up_and_say_who(void **state)
{
    char host[64] = "", expected[200];

    (void)state;
    gethostname(host, sizeof host - 1);
    host[strcspn(host, ".")] = '\0';
    ch_log_setup("chorus-x", CH_LOG_INFO, 3, 4);
    expect_log(CH_LOG_INFO, "hello", "");
    snprintf(expected, sizeof expected,
             "chorus-x: [rank 3 %s] warning: careful\n", host);
    expect_log(CH_LOG_WARN, "careful", expected);
}

static void all_ranks_are_named_when_all_speak(void **state)
{
    char expected[200], host[64] = "";

    (void)state;
    gethostname(host, sizeof host - 1);
    host[strcspn(host, ".")] = '\0';
    snprintf(expected, sizeof expected, "chorus-x: [rank 0 %s] so\n", host);
    ch_log_setup("chorus-x", CH_LOG_DEBUG, 0, 4);
    expect_log(CH_LOG_DEBUG, "so", expected);
    ch_log_setup("chorus-x", CH_LOG_DEBUG, 0, 1);
    expect_log(CH_LOG_DEBUG, "so", "chorus-x: so\n");
}

static void control_characters_are_not_passed_on(void **state)
{
    (void)state;
    ch_log_setup("chorus-x", CH_LOG_INFO, 0, 1);
    expect_log(CH_LOG_INFO, "a\nb\033[2Jc", "chorus-x: a?b?[2Jc\n");
}

static void a_long_line_is_cut(void **state)
{
    char text[3000];
    struct capture c;

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ch_log_setup("chorus-x", CH_LOG_INFO, 0, 1);
    capture_start(&c, STDERR_FILENO);
    ch_log(CH_LOG_INFO, "%s", text);
    capture_stop(&c);
    assert_true(strlen(c.text) < 1100);
    assert_string_equal(c.text + strlen(c.text) - 5, "x...\n");
}

static void progress_is_drawn_by_rank_0_at_info(void **state)
{
    (void)state;
    ch_log_setup("chorus-x", CH_LOG_INFO, 0, 4);
    assert_true(ch_log_is_drawing());
    ch_log_setup("chorus-x", CH_LOG_WARN, 0, 4);
    assert_false(ch_log_is_drawing());
    ch_log_setup("chorus-x", CH_LOG_DEBUG, 1, 4);
    assert_false(ch_log_is_drawing());
}

static void a_file_has_no_columns(void **state)
{
    struct capture c;
    size_t columns;

    (void)state;
    capture_start(&c, STDERR_FILENO);
    columns = ch_log_columns();
    capture_stop(&c);
    assert_int_equal(columns, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_begins_with_the_program),
        cmocka_unit_test(a_warning_says_so),
        cmocka_unit_test(less_important_lines_are_not_shown),
        cmocka_unit_test(other_ranks_speak_from_warnings_up_and_say_who),
        cmocka_unit_test(all_ranks_are_named_when_all_speak),
        cmocka_unit_test(control_characters_are_not_passed_on),
        cmocka_unit_test(a_long_line_is_cut),
        cmocka_unit_test(progress_is_drawn_by_rank_0_at_info),
        cmocka_unit_test(a_file_has_no_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
