/* test_trainlog.c - RUN/log.jsonl */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/json.h"
#include "scratch.h"
#include "train/trainlog.h"

static const char *path;

static int choose_path(void **state)
{
    (void)state;
    path = scratch_path("log.jsonl");
    remove(path);
    return 0;
}

static struct ch_trainlog *open_log(uint64_t resumed_step)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_trainlog *t;

    assert_int_equal(ch_trainlog_open(&t, path, &e), 0);
    assert_int_equal(ch_trainlog_keep(t, resumed_step, &e), 0);
    return t;
}

static void put_step(struct ch_trainlog *t, uint64_t step)
{
    struct ch_trainlog_step s = {
        .step = step, .epoch = 2, .loss = 0.1, .rate = 1e-3, .norm = 2,
        .words = 640, .words_per_s = 100, .load_s = 1, .compute_s = 2,
        .wait_s = 3, .update_s = 4
    };
    struct ch_err e = CH_ERR_INIT;

    assert_int_equal(ch_trainlog_step(t, &s, &e), 0);
}

/* The number of lines, each a JSON object; the last one's in *last. */
static size_t read_lines(struct ch_json **last)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_bytes bytes;
    char *text;
    const char *line;
    size_t size, n, count = 0;

    *last = NULL;
    assert_int_equal(ch_file_read(path, 1 << 20, &text, &size, &e), 0);
    bytes = ch_bytes_of(text, size);
    for (; ch_bytes_line(&bytes, &line, &n); count++) {
        ch_json_close(*last);
        assert_int_equal(ch_json_parse(last, line, n, path, &e), 0);
    }
    free(text);
    return count;
}

static void a_step_is_one_line_and_in_the_file_at_once(void **state)
{
    struct ch_trainlog *t = open_log(0);
    struct ch_json *o;

    (void)state;
    put_step(t, 17);
    assert_int_equal(read_lines(&o), 1);
    assert_string_equal(ch_json_text(ch_json_get(o, "kind"), ""), "step");
    assert_int_equal(ch_json_int(ch_json_get(o, "step"), 0), 17);
    assert_true(ch_json_real(ch_json_get(o, "loss"), 0) == 0.1);
    assert_true(ch_json_real(ch_json_get(o, "update_s"), 0) == 4);
    ch_json_close(o);
    ch_trainlog_close(t);
}

static void a_log_that_is_written_is_refused_to_others(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_trainlog *t = open_log(0), *other;
    struct ch_json *o;

    (void)state;
    put_step(t, 1);
    put_step(t, 2);
    assert_int_equal(ch_trainlog_open(&other, path, &e), CH_EIO);
    assert_null(other);
    assert_non_null(strstr(e.msg, "log.jsonl: another job is training this "
                           "run; wait for it or stop it"));
    assert_int_equal(read_lines(&o), 2);
    ch_json_close(o);
    ch_trainlog_close(t);
    ch_trainlog_close(open_log(1));
}

/* Jobs that begin at the same moment; how many of them write the log. */
static int count_writers(uint64_t resumed_step)
{
    enum { JOBS = 8 };
    int begin[2], writers = 0;
    pid_t job[JOBS];
    char byte;

    assert_int_equal(pipe(begin), 0);
    for (int i = 0; i < JOBS; i++) {
        job[i] = fork();
        assert_true(job[i] >= 0);
        if (job[i] == 0) {
            struct ch_err e = CH_ERR_INIT;
            struct ch_trainlog *t;

            close(begin[1]);
            if (read(begin[0], &byte, 1) < 0 ||
                ch_trainlog_open(&t, path, &e) ||
                ch_trainlog_keep(t, resumed_step, &e))
                _exit(strstr(e.msg, "another job") ? 1 : 2);
            put_step(t, resumed_step + 1);
            sleep(4);        /* longer than the others are patient */
            _exit(0);
        }
    }
    close(begin[0]);
    close(begin[1]);
    for (int i = 0; i < JOBS; i++) {
        int status = 0;

        assert_int_equal(waitpid(job[i], &status, 0), job[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
        writers += WEXITSTATUS(status) == 0;
    }
    return writers;
}

static void of_jobs_that_begin_together_one_writes(void **state)
{
    struct ch_trainlog *t = open_log(0);
    struct ch_json *last;

    (void)state;
    for (uint64_t step = 1; step <= 300; step++)
        put_step(t, step);
    ch_trainlog_close(t);
    assert_int_equal(count_writers(200), 1);
    assert_int_equal(read_lines(&last), 201);
    ch_json_close(last);
    assert_int_equal(count_writers(0), 1);
    assert_int_equal(read_lines(&last), 1);
    ch_json_close(last);
}

static void a_caption_has_its_image_and_step(void **state)
{
    struct ch_trainlog *t = open_log(0);
    struct ch_err e = CH_ERR_INIT;
    struct ch_json *o;

    (void)state;
    assert_int_equal(ch_trainlog_caption(t, &(struct ch_trainlog_caption) {
        .epoch = 3, .step = 30, .image = "a \"b\".jpg", .caption = "a dog"
    }, &e), 0);
    assert_int_equal(read_lines(&o), 1);
    assert_string_equal(ch_json_text(ch_json_get(o, "kind"), ""), "caption");
    assert_int_equal(ch_json_int(ch_json_get(o, "epoch"), 0), 3);
    assert_int_equal(ch_json_int(ch_json_get(o, "step"), 0), 30);
    assert_string_equal(ch_json_text(ch_json_get(o, "image"), ""),
                        "a \"b\".jpg");
    assert_string_equal(ch_json_text(ch_json_get(o, "caption"), ""), "a dog");
    ch_json_close(o);
    ch_trainlog_close(t);
}

static void an_epoch_has_both_losses_and_whether_it_is_best(void **state)
{
    struct ch_trainlog_epoch x = {
        .epoch = 3, .step = 30, .train_loss = 2.5, .val_loss = 2.75,
        .rate = 1e-3, .seconds = 5, .words_per_s = 1000, .is_best = true
    };
    struct ch_trainlog *t = open_log(0);
    struct ch_err e = CH_ERR_INIT;
    struct ch_json *o;

    (void)state;
    assert_int_equal(ch_trainlog_epoch(t, &x, &e), 0);
    assert_int_equal(read_lines(&o), 1);
    assert_string_equal(ch_json_text(ch_json_get(o, "kind"), ""), "epoch");
    assert_int_equal(ch_json_int(ch_json_get(o, "epoch"), 0), 3);
    assert_true(ch_json_real(ch_json_get(o, "train_loss"), 0) == 2.5);
    assert_true(ch_json_real(ch_json_get(o, "val_loss"), 0) == 2.75);
    assert_true(ch_json_bool(ch_json_get(o, "best"), false));
    ch_json_close(o);
    ch_trainlog_close(t);
}

static void settings_name_every_option_and_the_version(void **state)
{
    struct ch_trainlog_facts f = { .ranks = 3, .kernel = "ref",
                                   .photos = "/photos" };
    struct ch_trainlog *t = open_log(0);
    struct ch_train_options options;
    struct ch_err e = CH_ERR_INIT;
    struct ch_json *o;

    (void)state;
    ch_train_defaults(&options);
    options.shards = "shards";
    assert_int_equal(ch_trainlog_settings(t, &options, &f, &e), 0);
    assert_int_equal(read_lines(&o), 1);
    assert_string_equal(ch_json_text(ch_json_get(o, "kind"), ""), "settings");
    assert_non_null(ch_json_get(o, "version"));
    assert_int_equal(ch_json_int(ch_json_get(o, "hidden"), 0), 512);
    assert_int_equal(ch_json_int(ch_json_get(o, "ranks"), 0), 3);
    assert_string_equal(ch_json_text(ch_json_get(o, "photos"), ""), "/photos");
    assert_null(ch_json_get(o, "resumed_step"));
    ch_json_close(o);
    ch_trainlog_close(t);
}

static void a_new_log_forgets_the_old(void **state)
{
    struct ch_trainlog *t = open_log(0);
    struct ch_json *o;

    (void)state;
    put_step(t, 1);
    put_step(t, 2);
    ch_trainlog_close(t);
    t = open_log(0);
    put_step(t, 1);
    ch_trainlog_close(t);
    assert_int_equal(read_lines(&o), 1);
    ch_json_close(o);
}

static void going_on_drops_the_steps_after_the_checkpoint(void **state)
{
    struct ch_trainlog *t = open_log(0);
    struct ch_json *o;

    (void)state;
    for (uint64_t s = 1; s <= 5; s++)
        put_step(t, s);
    ch_trainlog_close(t);
    t = open_log(3);
    assert_int_equal(read_lines(&o), 3);
    ch_json_close(o);
    put_step(t, 4);
    ch_trainlog_close(t);
    assert_int_equal(read_lines(&o), 4);
    assert_int_equal(ch_json_int(ch_json_get(o, "step"), 0), 4);
    ch_json_close(o);
}

static void a_line_that_a_crash_cut_off_is_dropped(void **state)
{
    struct ch_trainlog *t = open_log(0);
    struct ch_json *o;
    FILE *file;

    (void)state;
    put_step(t, 1);
    ch_trainlog_close(t);
    file = fopen(path, "a");
    assert_non_null(file);
    fputs("{\"kind\":\"step\",\"st", file);
    assert_int_equal(fclose(file), 0);
    t = open_log(1);
    put_step(t, 2);
    ch_trainlog_close(t);
    assert_int_equal(read_lines(&o), 2);
    ch_json_close(o);
}

static void a_full_disk_is_an_error(void **state)
{
    struct ch_trainlog_step s = { .step = 1 };
    struct ch_trainlog *t;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_trainlog_open(&t, "/dev/full", &e), 0);
    assert_int_equal(ch_trainlog_keep(t, 0, &e), 0);
    assert_int_equal(ch_trainlog_step(t, &s, &e), CH_EIO);
    assert_non_null(strstr(e.msg, "/dev/full"));
    assert_non_null(strstr(e.msg, "No space left on device"));
    ch_trainlog_close(t);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
    struct ch_trainlog *t;
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    assert_int_equal(ch_trainlog_open(&t, scratch_path("no/log.jsonl"),
                                      &e), CH_EIO);
    assert_non_null(strstr(e.msg, "no/log.jsonl"));
}

#define TEST(f) cmocka_unit_test_setup(f, choose_path)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_step_is_one_line_and_in_the_file_at_once),
        TEST(a_log_that_is_written_is_refused_to_others),
        TEST(of_jobs_that_begin_together_one_writes),
        TEST(a_caption_has_its_image_and_step),
        TEST(an_epoch_has_both_losses_and_whether_it_is_best),
        TEST(settings_name_every_option_and_the_version),
        TEST(a_new_log_forgets_the_old),
        TEST(going_on_drops_the_steps_after_the_checkpoint),
        TEST(a_line_that_a_crash_cut_off_is_dropped),
        TEST(a_full_disk_is_an_error),
        TEST(a_folder_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
