/* test_cli_ranks.c - how a program with ranks begins and ends, on one */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <unistd.h>

#include "cmd/cli.h"
#include "scratch.h"

static const struct ch_program program = {
    .name = "chorus-x", .summary = "Does x.", .operands = "PHOTO...",
};

static struct ch_comm *comm;

/* What begin returns for `word`; its exit code in *exit_code. */
static int begin(const char *word, int *exit_code)
{
    char *argv[] = { (char[]){ "chorus-x" }, strdup(word), NULL };
    struct ch_arguments a;
    struct capture err;
    int rc;

    capture_start(&err, STDERR_FILENO);
    rc = ch_cli_begin_ranks(&program, 2, argv, &a, &comm, exit_code);
    capture_stop(&err);
    free(argv[1]);
    ch_arguments_release(&a);
    return rc;
}

static int end(int rc)
{
    struct ch_err e = CH_ERR_INIT;
    struct capture err;
    int exit_code;

    if (rc)
        ch_err_set(&e, rc, "src/x.c", 7, "a.jpg", CH_NO_OFFSET, "is bad");
    capture_start(&err, STDERR_FILENO);
    exit_code = ch_cli_end_ranks(&program, comm, rc, &e);
    capture_stop(&err);
    return exit_code;
}

static void a_job_is_there_from_begin_to_end(void **state)
{
    int exit_code;

    (void)state;
    assert_int_equal(begin("photo", &exit_code), 0);
    assert_int_equal(ch_comm_size(comm), 1);
    assert_int_equal(end(0), 0);
    assert_int_equal(begin("photo", &exit_code), 0);
    assert_int_equal(end(CH_EFORMAT), 1);
}

static void bad_words_leave_no_job(void **state)
{
    int exit_code;

    (void)state;
    assert_int_equal(begin("--hepl", &exit_code), 1);
    assert_int_equal(exit_code, 2);
    assert_null(comm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_there_from_begin_to_end),
        cmocka_unit_test(bad_words_leave_no_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
