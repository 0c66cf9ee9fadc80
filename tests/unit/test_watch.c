/* test_watch.c - a folder tells that files came */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <sys/time.h>

#include "base/file.h"
#include "base/watch.h"
#include "scratch.h"

static volatile sig_atomic_t stop;
static struct ch_err e;

static void on_alarm(int signal)
{
    (void)signal;
    stop = 1;
}

/* Stopped after seconds without news. */
static int wait_for(struct ch_watch *w, time_t seconds)
{
    const struct itimerval after = { .it_value.tv_sec = seconds };
    int rc;

    stop = 0;
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &after, NULL);
    rc = ch_watch_wait(w, &stop, &e);
    setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
    return rc;
}

static void expect_news(struct ch_watch *w)
{
    if (wait_for(w, 60) != 1)
        fail_msg("no news: %s", e.msg);
}

static void expect_none(struct ch_watch *w)
{
    assert_int_equal(wait_for(w, 1), 0);
}

static void put(const char *name)
{
    FILE *f = fopen(scratch_path(name), "w");

    assert_non_null(f);
    assert_int_equal(fputs("x", f) >= 0, 1);
    assert_int_equal(fclose(f), 0);
}

static void files_that_count_are_news(void **state)
{
    struct ch_watch *w;

    (void)state;
    assert_int_equal(mkdir(scratch_path("deep"), 0700), 0);
    put("before.jpg");
    assert_int_equal(ch_watch_open(&w, scratch, "jpg|png", &e), 0);
    put("other.txt");
    put("no_ending");
    expect_none(w);
    put("a.JPG");
    expect_news(w);
    expect_none(w);
    put("deep/b.png");
    expect_news(w);
    put("moved.tmp");
    assert_int_equal(rename(scratch_path("moved.tmp"),
                            scratch_path("deep/moved.jpg")), 0);
    expect_news(w);
    assert_int_equal(unlink(scratch_path("a.JPG")), 0);
    expect_none(w);
    ch_watch_close(w);
}

static void folders_that_come_are_watched(void **state)
{
    struct ch_watch *w;

    (void)state;
    assert_int_equal(ch_watch_open(&w, scratch, "jpg", &e), 0);
    assert_int_equal(mkdir(scratch_path("one"), 0700), 0);
    assert_int_equal(mkdir(scratch_path("one/two"), 0700), 0);
    expect_news(w);
    put("one/two/a.jpg");
    expect_news(w);
    /* A link to a folder is not followed. */
    assert_int_equal(symlink(".", scratch_path("one/self")), 0);
    expect_none(w);
    ch_watch_close(w);
}

static void a_link_may_name_the_folder(void **state)
{
    struct ch_watch *w;

    (void)state;
    assert_int_equal(mkdir(scratch_path("photos"), 0700), 0);
    assert_int_equal(symlink("photos", scratch_path("link")), 0);
    if (ch_watch_open(&w, scratch_path("link"), "jpg", &e))
        fail_msg("%s", e.msg);
    put("photos/a.jpg");
    expect_news(w);
    ch_watch_close(w);
}

static void many_folders_come_at_once(void **state)
{
    struct ch_watch *w;
    char name[64];
    double begun;

    (void)state;
    assert_int_equal(ch_watch_open(&w, scratch, "jpg", &e), 0);
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "d%d", i);
        assert_int_equal(mkdir(scratch_path(name), 0700), 0);
    }
    begun = ch_clock_s();
    expect_news(w);
    /* Each is watched once, not all of them for each. */
    assert_true(ch_clock_s() - begun < 10);
    put("d1999/a.jpg");
    expect_news(w);
    ch_watch_close(w);
}

static void a_stop_ends_the_wait(void **state)
{
    struct ch_watch *w;

    (void)state;
    assert_int_equal(ch_watch_open(&w, scratch, "jpg", &e), 0);
    stop = 1;
    assert_int_equal(ch_watch_wait(w, &stop, &e), 0);
    ch_watch_close(w);
}

static void a_folder_that_is_not_there_or_goes_is_told(void **state)
{
    const char *folder = scratch_path("goes");
    struct ch_watch *w;

    (void)state;
    assert_int_equal(ch_watch_open(&w, folder, "jpg", &e), CH_EIO);
    assert_null(w);
    assert_non_null(strstr(e.msg, "goes: cannot watch it: "));
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(ch_watch_open(&w, folder, "jpg", &e), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(wait_for(w, 60), CH_EIO);
    assert_non_null(strstr(e.msg, "the folder that was watched is gone"));
    ch_watch_close(w);
}

#define FRESH(test) \
    cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(files_that_count_are_news),
        FRESH(folders_that_come_are_watched),
        FRESH(a_link_may_name_the_folder),
        FRESH(many_folders_come_at_once),
        FRESH(a_stop_ends_the_wait),
        FRESH(a_folder_that_is_not_there_or_goes_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
