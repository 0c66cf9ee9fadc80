/* test_progress.c - what is drawn on a terminal, and what in a file
 *
 * No test waits: the start of the clock is moved back instead, by so much that
 * a second lost on a busy machine changes no digit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <sys/ioctl.h>

#include "base/file.h"
#include "chorus/log.h"
#include "scratch.h"

/* A job that began `seconds` ago. */
static void begin(struct ch_progress *p, uint64_t done, uint64_t total,
                  double seconds)
{
    ch_progress_start(p, "encode", "images", done, total);
    p->begun_s -= seconds;
    p->drawn_s -= seconds;
}

static int be_rank_0(void **state)
{
    (void)state;
    unsetenv("TERM");
    ch_log_setup("chorus-x", CH_LOG_INFO, 0, 1);
    return 0;
}

static void the_rate_leaves_out_what_was_there(void **state)
{
    struct ch_progress p;

    (void)state;
    begin(&p, 1000, 3000, 100);
    p.done = 2000;
    /* 1000 images in 100 s, and as many left; the clock runs meanwhile. */
    assert_true(fabs(ch_progress_rate(&p) - 10) < 0.1);
    assert_true(fabs(ch_progress_left_s(&p) - 100) < 1);
}

static void nothing_is_known_before_the_first_unit(void **state)
{
    struct ch_progress p;

    (void)state;
    begin(&p, 5, 10, 100);
    assert_true(ch_progress_rate(&p) == 0);
    assert_true(ch_progress_left_s(&p) < 0);
}

static void without_a_total_nothing_is_known_of_the_end(void **state)
{
    struct ch_progress p;

    (void)state;
    begin(&p, 0, 0, 100);
    p.done = 10;
    assert_true(ch_progress_left_s(&p) < 0);
}

static void at_the_end_nothing_is_left(void **state)
{
    struct ch_progress p;

    (void)state;
    begin(&p, 0, 10, 100);
    p.done = 10;
    assert_true(ch_progress_left_s(&p) == 0);
}

/* What one update writes into a file, `since` seconds after the last. */
static const char *update(struct capture *c, struct ch_progress *p,
                          uint64_t done, double since)
{
    p->drawn_s = ch_clock_s() - since;
    capture_start(c, STDERR_FILENO);
    ch_progress_update(p, done);
    return capture_stop(c);
}

static void in_a_file_a_line_comes_every_ten_seconds(void **state)
{
    struct ch_progress p;
    struct capture c;

    (void)state;
    begin(&p, 0, 6000, 5000);
    assert_string_equal(update(&c, &p, 2000, 9), "");
    assert_string_equal(update(&c, &p, 3062, 10), "chorus-x: encode   51%  "
                        "3,062/6,000 images  0.612/s  1:19:58 left\n");
    assert_string_equal(update(&c, &p, 3063, 1), "");
}

static void the_note_ends_the_line(void **state)
{
    struct ch_progress p;
    struct capture c;

    (void)state;
    begin(&p, 0, 0, 799.686);
    strcpy(p.note, "loss 3.21");
    assert_string_equal(update(&c, &p, 1000000, 10), "chorus-x: encode  "
                        "1,000,000 images  1,250/s  loss 3.21\n");
}

static void the_last_line_says_how_long_it_took(void **state)
{
    struct ch_progress p;
    struct capture c;

    (void)state;
    begin(&p, 0, 6000, 3725);
    p.done = 6000;
    capture_start(&c, STDERR_FILENO);
    ch_progress_finish(&p);
    assert_string_equal(capture_stop(&c), "chorus-x: encode  6,000 images in "
                        "1:02:05  1.61/s\n");
}

static void a_job_cut_short_says_how_far_it_came(void **state)
{
    struct ch_progress p;
    struct capture c;

    (void)state;
    begin(&p, 0, 6000, 1000);
    p.done = 5034;
    capture_start(&c, STDERR_FILENO);
    ch_progress_finish(&p);
    assert_string_equal(capture_stop(&c), "chorus-x: encode  5,034/6,000 "
                        "images in 16:40  5.03/s\n");
}

static void other_ranks_and_quiet_ones_are_silent(void **state)
{
    struct ch_progress p;
    struct capture c;

    (void)state;
    capture_start(&c, STDERR_FILENO);
    for (int i = 0; i < 2; i++) {
        ch_log_setup("chorus-x", i ? CH_LOG_WARN : CH_LOG_INFO, !i, 2);
        begin(&p, 0, 10, 100);
        ch_progress_update(&p, 5);
        ch_progress_finish(&p);
    }
    assert_string_equal(capture_stop(&c), "");
}

/* ------------------------------------------------------------ a terminal */

struct terminal {
    int master, slave, saved;
    char text[8192];
};

static void terminal_start(struct terminal *t, unsigned short columns)
{
    struct winsize w = { .ws_col = columns, .ws_row = 25 };

    t->master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(t->master >= 0);
    assert_int_equal(grantpt(t->master) | unlockpt(t->master), 0);
    t->slave = open(ptsname(t->master), O_RDWR | O_NOCTTY);
    assert_true(t->slave >= 0);
    assert_int_equal(ioctl(t->slave, TIOCSWINSZ, &w), 0);
    fflush(stderr);
    t->saved = dup(STDERR_FILENO);
    dup2(t->slave, STDERR_FILENO);
}

/* What arrived so far: a mark is sent behind it, because a terminal hands on
 * what was written at some time of its own. */
static const char *terminal_text(struct terminal *t)
{
    size_t used = 0;
    ssize_t n;

    fflush(stderr);
    assert_int_equal(write(t->slave, "\001", 1), 1);
    do {
        n = read(t->master, t->text + used, sizeof t->text - 1 - used);
        assert_true(n > 0);
        used += (size_t)n;
    } while (t->text[used - 1] != '\001');
    t->text[used - 1] = '\0';
    return t->text;
}

static void terminal_stop(struct terminal *t)
{
    fflush(stderr);
    dup2(t->saved, STDERR_FILENO);
    close(t->saved);
    close(t->slave);
    close(t->master);
}

static void a_terminal_line_is_redrawn_in_place(void **state)
{
    struct ch_progress p;
    struct terminal t;

    (void)state;
    terminal_start(&t, 100);
    begin(&p, 0, 6000, 5000);
    terminal_text(&t);
    ch_progress_update(&p, 3062);
    terminal_text(&t);
    terminal_stop(&t);
    assert_string_equal(t.text, "\rencode  [#########.........]   51%  "
                        "3,062/6,000 images  0.612/s  1:19:58 left\033[K");
}

static void a_terminal_is_redrawn_at_most_ten_times_a_second(void **state)
{
    struct ch_progress p;
    struct terminal t;

    (void)state;
    terminal_start(&t, 100);
    begin(&p, 0, 6000, 0);
    terminal_text(&t);
    p.drawn_s = ch_clock_s() + 1000;
    ch_progress_update(&p, 3062);
    terminal_text(&t);
    terminal_stop(&t);
    assert_string_equal(t.text, "");
}

static void a_log_line_ends_the_half_drawn_one(void **state)
{
    struct ch_progress p;
    struct terminal t;

    (void)state;
    terminal_start(&t, 100);
    begin(&p, 0, 6000, 5000);
    terminal_text(&t);
    ch_log(CH_LOG_INFO, "one");
    ch_log(CH_LOG_INFO, "two");
    terminal_text(&t);
    terminal_stop(&t);
    assert_string_equal(t.text, "\r\nchorus-x: one\r\nchorus-x: two\r\n");
}

static void a_finished_line_stays(void **state)
{
    struct ch_progress p;
    struct terminal t;

    (void)state;
    terminal_start(&t, 100);
    begin(&p, 0, 6000, 1000);
    terminal_text(&t);
    p.done = 6000;
    ch_progress_finish(&p);
    ch_log(CH_LOG_INFO, "one");
    terminal_text(&t);
    terminal_stop(&t);
    assert_string_equal(t.text, "\rencode  6,000 images in 16:40  6.00/s\033[K"
                        "\r\nchorus-x: one\r\n");
}

static void a_narrow_terminal_gets_no_bar(void **state)
{
    struct ch_progress p;
    struct terminal t;

    (void)state;
    terminal_start(&t, 60);
    begin(&p, 0, 6000, 5000);
    terminal_text(&t);
    ch_progress_update(&p, 3062);
    terminal_text(&t);
    terminal_stop(&t);
    assert_string_equal(t.text, "\rencode   51%  3,062/6,000 images  0.612/s  "
                        "1:19:58 left\033[K");
}

static void no_line_is_as_wide_as_the_terminal(void **state)
{
    struct ch_progress p;
    struct terminal t;

    (void)state;
    terminal_start(&t, 30);
    begin(&p, 0, 6000, 5000);
    terminal_text(&t);
    ch_progress_update(&p, 3062);
    terminal_text(&t);
    terminal_stop(&t);
    assert_string_equal(t.text, "\rencode   51%  3,062/6,000 ima\033[K");
}

static void a_dumb_terminal_is_a_file(void **state)
{
    struct ch_progress p;
    struct terminal t;

    (void)state;
    setenv("TERM", "dumb", 1);
    terminal_start(&t, 100);
    begin(&p, 0, 6000, 5);
    ch_progress_update(&p, 10);
    terminal_text(&t);
    terminal_stop(&t);
    assert_string_equal(t.text, "");
}

#define TEST(name) cmocka_unit_test_setup(name, be_rank_0)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_rate_leaves_out_what_was_there),
        TEST(nothing_is_known_before_the_first_unit),
        TEST(without_a_total_nothing_is_known_of_the_end),
        TEST(at_the_end_nothing_is_left),
        TEST(in_a_file_a_line_comes_every_ten_seconds),
        TEST(the_note_ends_the_line),
        TEST(the_last_line_says_how_long_it_took),
        TEST(a_job_cut_short_says_how_far_it_came),
        TEST(other_ranks_and_quiet_ones_are_silent),
        TEST(a_terminal_line_is_redrawn_in_place),
        TEST(a_terminal_is_redrawn_at_most_ten_times_a_second),
        TEST(a_log_line_ends_the_half_drawn_one),
        TEST(a_finished_line_stays),
        TEST(a_narrow_terminal_gets_no_bar),
        TEST(no_line_is_as_wide_as_the_terminal),
        TEST(a_dumb_terminal_is_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
