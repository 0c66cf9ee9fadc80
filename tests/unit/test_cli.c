/* test_cli.c - how programs begin and end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/wait.h>

#include "chorus/version.h"
#include "cmd/cli.h"
#include "scratch.h"

static const struct ch_program program = {
    .name = "chorus-x", .summary = "Does x.", .operands = "PHOTO...",
};

/* Exit code of ch_cli_begin_rank(), and both streams; -1: it goes on. */
struct begun {
    struct capture out, err;
    struct ch_arguments arguments;
    int exit_code;
};

/* In a child: begin may close stdout. */
static int begin(struct begun *b, const char *word, int rank)
{
    char *argv[] = { (char[]){ "chorus-x" }, strdup(word), NULL };
    int status;
    pid_t child;

    capture_start(&b->out, STDOUT_FILENO);
    capture_start(&b->err, STDERR_FILENO);
    child = fork();
    if (child == 0) {
        int code = 0;
        int rc = ch_cli_begin_rank(&program, 2, argv, &b->arguments, rank,
                                   rank + 1, &code);

        fflush(NULL);
        _exit(rc ? code : 100);
    }
    waitpid(child, &status, 0);
    capture_stop(&b->err);
    capture_stop(&b->out);
    free(argv[1]);
    b->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return b->exit_code;
}

static void good_words_let_it_go_on(void **state)
{
    struct begun b;

    (void)state;
    assert_int_equal(begin(&b, "-v", 0), 100);
    assert_string_equal(b.out.text, "");
    assert_string_equal(b.err.text, "");
}

static void help_ends_with_0_on_stdout(void **state)
{
    struct begun b;

    (void)state;
    assert_int_equal(begin(&b, "--help", 0), 0);
    assert_non_null(strstr(b.out.text, "Usage: chorus-x [options] PHOTO...\n"));
    assert_string_equal(b.err.text, "");
}

static void bad_words_end_with_2_on_stderr(void **state)
{
    struct begun b;

    (void)state;
    assert_int_equal(begin(&b, "--hepl", 0), 2);
    assert_string_equal(b.out.text, "");
    assert_string_equal(b.err.text, "chorus-x: unknown option --hepl; "
                        "did you mean --help?\n");
}

static void other_ranks_end_alike_and_say_nothing(void **state)
{
    struct begun b;

    (void)state;
    assert_int_equal(begin(&b, "--hepl", 1), 2);
    assert_string_equal(b.err.text, "");
    assert_int_equal(begin(&b, "--version", 1), 0);
    assert_string_equal(b.out.text, "");
}

/* What ch_cli_end() says after a begin of rank `rank` with `word`. */
static int end(struct capture *c, const char *word, int rank, int rc)
{
    struct ch_err e = CH_ERR_INIT;
    int status;
    pid_t child;

    if (rc)
        ch_err_set(&e, rc, "src/x.c", 7, "a.jpg", CH_NO_OFFSET, "is bad");
    capture_start(c, STDERR_FILENO);
    child = fork();
    if (child == 0) {
        char *argv[] = { (char[]){ "chorus-x" }, strdup(word), NULL };
        struct ch_arguments a;
        int code = 0;

        if (ch_cli_begin_rank(&program, 2, argv, &a, rank, rank + 1, &code))
            _exit(99);
        free(argv[1]);
        _exit(ch_cli_end(&program, rc, &e));
    }
    waitpid(child, &status, 0);
    capture_stop(c);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_good_end_is_0_and_silent(void **state)
{
    struct capture c;

    (void)state;
    assert_int_equal(end(&c, "-q", 0, 0), 0);
    assert_string_equal(c.text, "");
}

static void a_failure_is_told_once_with_its_exit_code(void **state)
{
    struct capture c;

    (void)state;
    assert_int_equal(end(&c, "photo", 0, CH_EFORMAT), 1);
    assert_string_equal(c.text, "chorus-x: a.jpg: is bad\n");
    assert_int_equal(end(&c, "photo", 0, CH_ESTOPPED), 75);
}

static void a_failure_is_told_however_quiet(void **state)
{
    struct capture c;

    (void)state;
    assert_int_equal(end(&c, "-qqqq", 0, CH_EFORMAT), 1);
    assert_string_equal(c.text, "chorus-x: a.jpg: is bad\n");
}

static void with_v_the_source_line_is_told(void **state)
{
    struct capture c;

    (void)state;
    assert_int_equal(end(&c, "-v", 0, CH_EFORMAT), 1);
    assert_string_equal(c.text, "chorus-x: a.jpg: is bad (src/x.c:7)\n");
}

static void other_ranks_leave_the_telling_to_rank_0(void **state)
{
    struct capture c;

    (void)state;
    assert_int_equal(end(&c, "photo", 2, CH_EFORMAT), 1);
    assert_string_equal(c.text, "");
}

static void a_lost_rank_is_told_by_those_that_are_left(void **state)
{
    struct capture c;

    (void)state;
    assert_int_equal(end(&c, "photo", 2, CH_ECOMM), 1);
    assert_non_null(strstr(c.text, "chorus-x: [rank 2 "));
}

static void results_that_cannot_be_written_are_a_failure(void **state)
{
    struct capture c;
    int status;
    pid_t child;

    (void)state;
    capture_start(&c, STDERR_FILENO);
    child = fork();
    if (child == 0) {
        struct ch_err e = CH_ERR_INIT;

        ch_log_setup("chorus-x", CH_LOG_INFO, 0, 1);
        dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
        printf("result\n");
        _exit(ch_cli_end(&program, 0, &e));
    }
    waitpid(child, &status, 0);
    capture_stop(&c);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_string_equal(c.text, "chorus-x: cannot write the results on "
                        "stdout: No space left on device\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_words_let_it_go_on),
        cmocka_unit_test(help_ends_with_0_on_stdout),
        cmocka_unit_test(bad_words_end_with_2_on_stderr),
        cmocka_unit_test(other_ranks_end_alike_and_say_nothing),
        cmocka_unit_test(a_good_end_is_0_and_silent),
        cmocka_unit_test(a_failure_is_told_once_with_its_exit_code),
        cmocka_unit_test(a_failure_is_told_however_quiet),
        cmocka_unit_test(with_v_the_source_line_is_told),
        cmocka_unit_test(other_ranks_leave_the_telling_to_rank_0),
        cmocka_unit_test(a_lost_rank_is_told_by_those_that_are_left),
        cmocka_unit_test(results_that_cannot_be_written_are_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
