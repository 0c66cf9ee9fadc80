/* test_option_file.c - options from a file, alone and under a command line */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/option_file.h"
#include "chorus/options.h"
#include "scratch.h"

/* ------------------------------------------------------------ lines alone */

static char seen[500];

static int see(void *context, const char *name, const char *value,
               struct ch_err *e)
{
    size_t n = strlen(seen);

    (void)context;
    if (!strcmp(name, "bad"))
        return ch_fail(e, CH_EUSAGE, "it is bad");
    snprintf(seen + n, sizeof seen - n, "[%s|%s]", name, value);
    return 0;
}

static int parse(const char *text, struct ch_err *e)
{
    static char copy[500];

    seen[0] = '\0';
    snprintf(copy, sizeof copy, "%s", text);
    return ch_option_file_parse(copy, strlen(copy), "f", see, NULL, e);
}

static void names_and_values_lose_blanks_around_them(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(parse("a=1\n\n  # b = 2\n\t c =  two words \r\n"
                           "d =\ne = x = y\nlast = 9", &e), 0);
    assert_string_equal(seen, "[a|1][c|two words][d|][e|x = y][last|9]");
    assert_int_equal(parse("", &e), 0);
    assert_string_equal(seen, "");
}

static void mistakes_are_told_with_path_and_line(void **state)
{
    static const struct { const char *text, *say; } bad[] = {
        { "a = 1\n\nhello\n",
          "f: line 3: expected name = value, found 'hello'" },
        { "= 1", "f: line 1: expected name = value, found '= 1'" },
        { "a = 1\nbad = 2\n", "f: line 2: it is bad" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ch_err e = CH_ERR_INIT;

        assert_int_equal(parse(bad[i].text, &e), CH_EUSAGE);
        assert_string_equal(e.msg, bad[i].say);
    }
}

static void a_zero_byte_is_refused(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char text[] = "a = 1\0b = 2";

    (void)state;
    assert_int_equal(ch_option_file_parse(text, sizeof text - 1, "f", see,
                                          NULL, &e), CH_EUSAGE);
    assert_non_null(strstr(e.msg, "f: byte 5: a zero byte"));
}

/* ------------------------------------------------- under a command line */

static struct settings {
    uint64_t beam;
    const char *model, *config;
    bool grid, keep;
} set;

static const struct ch_option options[] = {
    { CH_OPTION_CONFIG, "config", "FILE", &set.config, 0, 0, NULL,
      "read options", false, false },
    { CH_OPTION_TEXT, "model", "FILE", &set.model, 0, 0, NULL,
      "the model", true, false },
    { CH_OPTION_COUNT, "beam", "N", &set.beam, 1, 100, NULL,
      "beams", false, false },
    { CH_OPTION_FLAG, "grid", NULL, &set.grid, 0, 0, NULL,
      "a grid", false, false },
    { CH_OPTION_FLAG, "keep", NULL, &set.keep, 0, 0, NULL,
      "keep", false, false },
    { .name = NULL },
};
static const struct ch_program program = {
    .name = "chorus-x", .summary = "Does x.", .options = options,
};
static struct ch_arguments a;

static int run(const char *file, const char *words, struct ch_err *e)
{
    static char text[2000];
    char *argv[20];
    int argc = 0;

    set = (struct settings){ .beam = 3, .keep = true };
    if (ch_file_write(scratch_path("x"), file, strlen(file), e))
        fail_msg("%s", e->msg);
    snprintf(text, sizeof text, "chorus-x --config %s/x %s", scratch, words);
    for (char *at = strtok(text, " "); at; at = strtok(NULL, " "))
        argv[argc++] = at;
    argv[argc] = NULL;
    return ch_options_parse(&program, argc, argv, &a, e);
}

static void the_command_line_overrides_the_file(void **state)
{
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(run("model = my model\nbeam = 7\ngrid = yes\n"
                         "keep = no\n", "--beam 9 --no-grid", &e), 0);
    assert_string_equal(set.model, "my model");
    assert_int_equal(set.beam, 9);
    assert_false(set.grid);
    assert_false(set.keep);
    ch_arguments_release(&a);
    assert_null(a.config);
}

static void what_the_file_says_wrong_is_told(void **state)
{
    static const struct { const char *file, *say; } bad[] = {
        { "beem = 7", ": line 1: unknown option --beem; did you mean "
                      "--beam?" },
        { "config = y", ": line 1: unknown option --config" },
        { "model = m\nbeam = 700",
          ": line 2: --beam: expected a whole number from 1 to 100, found "
          "'700'" },
        { "grid = maybe", ": line 1: grid: expected yes or no, found "
                          "'maybe'" },
        { "beam = 1\nbeam = 2", ": line 2: beam is given a second time" },
        { "beam = 1", "missing --model FILE" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ch_err e = CH_ERR_INIT;

        assert_int_equal(run(bad[i].file, "", &e), CH_EUSAGE);
        if (!strstr(e.msg, bad[i].say))
            fail_msg("expected \"%s\" in \"%s\"", bad[i].say, e.msg);
        ch_arguments_release(&a);
    }
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
    char *argv[] = { (char[]){ "chorus-x" }, (char[]){ "--config=/no/such" },
                     NULL };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_options_parse(&program, 2, argv, &a, &e), CH_EIO);
    assert_non_null(strstr(e.msg, "/no/such"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_values_lose_blanks_around_them),
        cmocka_unit_test(mistakes_are_told_with_path_and_line),
        cmocka_unit_test(a_zero_byte_is_refused),
        cmocka_unit_test(the_command_line_overrides_the_file),
        cmocka_unit_test(what_the_file_says_wrong_is_told),
        cmocka_unit_test(a_file_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
