/* test_stop.c - signals and clocks that ask a run to stop */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"
#include "train/stop.h"

static void every_signal_has_its_bit_and_name(void **state)
{
    static const struct { int number; const char *name; } known[] = {
        { SIGTERM, "SIGTERM" }, { SIGINT, "SIGINT" }, { SIGUSR1, "SIGUSR1" },
        { SIGUSR2, "SIGUSR2" }, { SIGXCPU, "SIGXCPU" }
    };
    uint64_t all = 0;

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        ch_stop_watch();
        assert_int_equal(ch_stop_wish(), 0);
        assert_int_equal(raise(known[i].number), 0);
        assert_string_equal(ch_stop_name(ch_stop_wish()), known[i].name);
        assert_int_equal(all & ch_stop_wish(), 0);
        all |= ch_stop_wish();
        ch_stop_forget();
    }
}

static int heard;

static void hear(int number)
{
    heard = number;
}

static void what_was_done_before_comes_back(void **state)
{
    (void)state;
    signal(SIGUSR1, hear);
    ch_stop_watch();
    raise(SIGUSR1);
    assert_int_equal(heard, 0);
    ch_stop_forget();
    raise(SIGUSR1);
    assert_int_equal(heard, SIGUSR1);
    signal(SIGUSR1, SIG_DFL);
}

static int end_of_child(int interrupts)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        ch_stop_watch();
        for (int i = 0; i < interrupts; i++)
            raise(SIGINT);
        _exit(7);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_second_interrupt_leaves_at_once(void **state)
{
    (void)state;
    assert_int_equal(end_of_child(1), 7);
    assert_int_equal(end_of_child(2), 130);
}

/* A child whose mapped file loses its bytes, and what it says. */
static void a_file_that_loses_its_bytes_is_named(void **state)
{
    static struct capture c;
    const char *path = scratch_path("any file"), *said;
    char expected[1200];
    int status = 0;
    pid_t child;

    (void)state;
    capture_start(&c, STDERR_FILENO);
    child = fork();
    if (child == 0) {
        int fd = open(path, O_RDWR | O_CREAT, 0600);
        void *map;

        ch_stop_watch();
        if (fd < 0 || ftruncate(fd, 8192))
            _exit(7);
        map = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED || ftruncate(fd, 0))
            _exit(7);
        _exit(((volatile char *)map)[5000] + 8);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    said = capture_stop(&c);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    snprintf(expected, sizeof expected, "chorus-train: %s: a part is gone "
             "while it is in use: it was cut short, its disk is full or fails; "
             "put it right and give --resume\n", path);
    assert_string_equal(said, expected);
}

static void the_end_of_a_job_is_read(void **state)
{
    char text[32];
    double left;

    (void)state;
    unsetenv("SLURM_JOB_END_TIME");
    assert_true(ch_stop_job_end_s() == 0);
    setenv("SLURM_JOB_END_TIME", "soon", 1);
    assert_true(ch_stop_job_end_s() == 0);
    setenv("SLURM_JOB_END_TIME", "1000", 1);       /* long ago: stop now */
    assert_true(ch_stop_job_end_s() == 1);
    snprintf(text, sizeof text, "%lld", (long long)time(NULL) + 3600);
    setenv("SLURM_JOB_END_TIME", text, 1);
    left = ch_stop_job_end_s();
    assert_true(left > 3000 && left < 3600);       /* room for a checkpoint */
    unsetenv("SLURM_JOB_END_TIME");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_signal_has_its_bit_and_name),
        cmocka_unit_test(what_was_done_before_comes_back),
        cmocka_unit_test(a_second_interrupt_leaves_at_once),
        cmocka_unit_test(a_file_that_loses_its_bytes_is_named),
        cmocka_unit_test(the_end_of_a_job_is_read),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
