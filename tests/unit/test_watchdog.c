/* test_watchdog.c - a rank that stands still ends, one that works does not */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "chorus/log.h"
#include "scratch.h"
#include "train/watchdog.h"
#include "train/watchdog_member.h"

#define TIMEOUT_S 0.5

static struct ch_err e;

/* The exit code of a rank that works for so long, its words in a file. */
static int life(double work_s)
{
    int status = 0, fd = open(scratch_path("said"),
                              O_CREAT | O_TRUNC | O_WRONLY, 0666);
    pid_t child = fork();

    if (child == 0) {
        struct ch_comm *comm;
        struct ch_watchdog *w;
        double begun_s = ch_clock_s();

        dup2(fd, STDERR_FILENO);
        if (ch_comm_open(&comm, &e) ||
            ch_watchdog_open(&w, comm, TIMEOUT_S, &e))
            _exit(9);
        ch_pulse_put(ch_watchdog_pulse(w), CH_PULSE_STEP, 57);
        while (ch_clock_s() < begun_s + work_s)
            ch_pulse_phase(ch_watchdog_pulse(w), CH_PULSE_LEARN);
        if (work_s > 0)
            ch_watchdog_close(w);
        else
            for (;;)
                pause();
        _exit(0);
    }
    close(fd);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_said(const char *part)
{
    char *text;
    size_t n;

    assert_int_equal(ch_file_read(scratch_path("said"), 1 << 16, &text, &n,
                                  &e), 0);
    if (!strstr(text, part))
        fail_msg("expected \"%s\" in \"%s\"", part, text);
    free(text);
}

static void a_rank_that_stands_still_is_named_and_ends_with_1(void **state)
{
    (void)state;
    assert_int_equal(life(0), 1);
    expect_said("has been silent for 0 s, in step 57, opening the run; the "
                "job ends, and what it saved is whole\n");
    expect_said(" is here:\n");
}

static void a_rank_that_works_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(life(3 * TIMEOUT_S), 0);
    expect_said("");
}

static void without_a_timeout_nobody_looks(void **state)
{
    struct ch_comm *comm;
    struct ch_watchdog *w;

    (void)state;
    assert_int_equal(ch_comm_open(&comm, &e), 0);
    assert_int_equal(ch_watchdog_open(&w, comm, 0, &e), 0);
    ch_pulse_phase(ch_watchdog_pulse(w), CH_PULSE_SAVE);
    assert_int_equal(ch_pulse_get(ch_watchdog_pulse(w), CH_PULSE_PHASE),
                     CH_PULSE_SAVE);
    assert_int_equal(ch_pulse_get(ch_watchdog_pulse(w), CH_PULSE_ALIVE), 0);
    ch_watchdog_close(w);
    ch_comm_close(comm);
}

static void what_is_put_into_a_pulse_is_seen(void **state)
{
    struct ch_pulse p = { 0 };
    struct ch_pulse_work w;

    (void)state;
    assert_int_equal(ch_pulse_see(&p, 3, &w), 0);
    ch_pulse_work(&p, 3, (struct ch_pulse_work) {
        .lane = 1023, .record = 0xffffffff, .is_val = 1
    });
    assert_int_equal(ch_pulse_see(&p, 3, &w), 1);
    assert_int_equal(w.lane, 1023);
    assert_int_equal(w.record, 0xffffffff);
    assert_int_equal(w.is_val, 1);
    assert_int_equal(w.is_computing, 0);
    ch_pulse_rest(&p, 3);
    assert_int_equal(ch_pulse_see(&p, 3, &w), 0);
}

static void a_place_names_phase_and_lanes(void **state)
{
    struct ch_pulse p = { 0 };
    struct ch_watchdog_member m = { .pulse = &p };
    const struct ch_set *none[2] = { NULL, NULL };
    char out[512];

    (void)state;
    ch_pulse_put(&p, CH_PULSE_STEP, 12);
    ch_pulse_phase(&p, CH_PULSE_LEARN);
    ch_pulse_work(&p, 0, (struct ch_pulse_work) { .lane = 4 });
    ch_pulse_work(&p, 2, (struct ch_pulse_work) { .lane = 6,
                                                  .is_computing = 1 });
    ch_watchdog_member_place(&m, none, out, sizeof out);
    assert_string_equal(out, "in step 12, computing gradients: reading lane "
                        "4, computing lane 6");
    ch_pulse_rest(&p, 0);
    ch_pulse_rest(&p, 2);
    ch_pulse_put(&p, CH_PULSE_CALLS, 7);
    ch_watchdog_member_place(&m, none, out, sizeof out);
    assert_string_equal(out, "in step 12, computing gradients, waiting for "
                        "the other ranks");
}

/* A child that is stopped, continued by wake(), and then gone. */
static void the_state_of_a_process_is_told(void **state)
{
    struct ch_watchdog_member m, other = { .pid = (int)getpid(),
                                           .started = 1, .is_here = true };
    char out[128];
    int status, ready[2];
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        struct ch_watchdog_member self;

        signal(SIGRTMIN + 7, SIG_IGN);
        ch_watchdog_member_self(&self, "b");
        if (write(ready[1], &self, sizeof self) != sizeof self)
            _exit(1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &m, sizeof m), sizeof m);
    assert_int_equal(m.pid, child);
    assert_string_equal(m.host, "b");
    m.is_here = true;
    ch_watchdog_member_state(&m, out, sizeof out);
    assert_string_equal(out, "");
    assert_false(ch_watchdog_member_wake(&m));
    kill(child, SIGSTOP);
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    ch_watchdog_member_state(&m, out, sizeof out);
    assert_string_equal(out, "; its process is stopped");
    assert_true(ch_watchdog_member_wake(&m));
    assert_int_equal(waitpid(child, &status, WCONTINUED), child);
    assert_true(WIFCONTINUED(status));
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    ch_watchdog_member_state(&m, out, sizeof out);
    assert_string_equal(out, "; its process is gone");
    /* Another process that has got its number. */
    ch_watchdog_member_state(&other, out, sizeof out);
    assert_string_equal(out, "; its process is gone");
    close(ready[0]);
    close(ready[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rank_that_stands_still_is_named_and_ends_with_1),
        cmocka_unit_test(a_rank_that_works_is_left_alone),
        cmocka_unit_test(without_a_timeout_nobody_looks),
        cmocka_unit_test(what_is_put_into_a_pulse_is_seen),
        cmocka_unit_test(a_place_names_phase_and_lanes),
        cmocka_unit_test(the_state_of_a_process_is_told),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
