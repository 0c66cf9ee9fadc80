/* test_resume.c - where a run begins, and what it leaves to go on from */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "chorus/log.h"
#include "open_replica.h"
#include "train/resume.h"

static int close_replica(void **state)
{
    (void)state;
    ch_replica_close(&r);
    remove(scratch_path("run/latest.safetensors"));
    remove(scratch_path("run/step-0000000001.safetensors"));
    return 0;
}

static int save(void)
{
    int rc = ch_resume_save(&r, false, &e);

    return rc ? rc : ch_resume_wait(&r, &e);
}

static void what_is_saved_is_there_again_after_resuming(void **state)
{
    struct ch_train_options o = options();
    size_t count = r.model.decoder.float_count;
    float *params = calloc(count, sizeof *params);
    float *m = calloc(count, sizeof *m);

    (void)state;
    assert_true(params && m);
    for (size_t i = 0; i < r.model.decoder.param[0].count; i++)
        r.update.block[0][i] = r.model.params[i] = (float)i;
    ch_schedule_step(&r.schedule, 3, 2);
    memcpy(params, r.model.params, count * sizeof *params);
    memcpy(m, r.update.block[0], count * sizeof *m);
    assert_int_equal(save(), 0);
    ch_replica_close(&r);

    o.resume = true;
    if (ch_replica_open(&r, comm, &o, &e))
        fail_msg("%s", e.msg);
    assert_memory_equal(r.model.params, params, count * sizeof *params);
    assert_memory_equal(r.update.block[0], m, count * sizeof *m);
    assert_int_equal(r.schedule.step, 1);
    assert_int_equal(r.schedule.epoch_words, 2);
    free(params);
    free(m);
}

static void going_back_takes_the_last_checkpoint_and_a_lower_rate(
    void **state)
{
    size_t bytes = r.model.decoder.float_count * sizeof(float);
    double rate = ch_schedule_rate(&r.schedule, &r.o);
    float *params = malloc(bytes);

    (void)state;
    assert_non_null(params);
    memcpy(params, r.model.params, bytes);
    ch_schedule_step(&r.schedule, 3, 2);
    assert_int_equal(save(), 0);
    for (uint64_t times = 1; times <= 2; times++) {
        r.model.params[0] = (float)NAN;
        r.update.block[1][3] = 7;
        ch_schedule_step(&r.schedule, 3, 2);
        r.is_nan = true;
        assert_int_equal(ch_resume_go_back(&r, &e), 0);
        assert_memory_equal(r.model.params, params, bytes);
        assert_true(r.update.block[1][3] == 0);
        assert_int_equal(r.schedule.step, 1);
        assert_int_equal(r.schedule.rollbacks, times);
        assert_false(r.is_nan);
    }
    assert_true(fabs(ch_schedule_rate(&r.schedule, &r.o) - rate / 100) <
                1e-15);
    free(params);
}

static void going_back_before_any_checkpoint_begins_again(void **state)
{
    size_t bytes = r.model.decoder.float_count * sizeof(float);
    float *params = malloc(bytes);

    (void)state;
    assert_non_null(params);
    memcpy(params, r.model.params, bytes);
    r.model.params[0] = (float)NAN;
    r.update.block[0][0] = 7;
    ch_schedule_step(&r.schedule, 3, 2);
    assert_int_equal(ch_resume_go_back(&r, &e), 0);
    assert_memory_equal(r.model.params, params, bytes);
    assert_true(r.update.block[0][0] == 0);
    assert_int_equal(r.schedule.step, 0);
    assert_int_equal(r.schedule.rollbacks, 1);
    free(params);
}

static void going_back_to_a_checkpoint_that_was_removed_is_an_error(
    void **state)
{
    (void)state;
    ch_schedule_step(&r.schedule, 3, 2);
    assert_int_equal(save(), 0);
    assert_int_equal(remove(r.latest_path), 0);
    r.model.params[0] = (float)NAN;
    assert_int_equal(ch_resume_go_back(&r, &e), CH_EIO);
    assert_non_null(strstr(e.msg, "run/latest.safetensors: was removed while "
                           "training; nothing to go back to"));
}

/* Nothing is written in place of the good checkpoint. */
static void weights_that_are_not_finite_are_not_saved(void **state)
{
    char *before, *after;
    size_t n, k;

    (void)state;
    ch_schedule_step(&r.schedule, 3, 2);
    assert_int_equal(save(), 0);
    assert_int_equal(ch_file_read(r.latest_path, 1 << 20, &before, &n, &e), 0);
    r.model.params[r.model.decoder.param[2].offset + 5] = (float)INFINITY;
    ch_schedule_step(&r.schedule, 3, 2);
    assert_int_equal(save(), CH_EFORMAT);
    assert_non_null(strstr(e.msg, r.model.decoder.param[2].name));
    assert_true(r.is_nan);
    assert_int_equal(ch_file_read(r.latest_path, 1 << 20, &after, &k, &e), 0);
    assert_int_equal(n, k);
    assert_memory_equal(before, after, n);
    free(before);
    free(after);
}

/* A model, no checkpoint; with the seed, the rate and all else. */
static void the_best_model_says_how_it_was_trained(void **state)
{
    struct ch_model m;
    struct ch_json *o;
    const struct ch_json *settings;
    const char *text;

    (void)state;
    ch_schedule_step(&r.schedule, 3, 2);
    assert_int_equal(ch_resume_save(&r, true, &e), 0);
    assert_int_equal(ch_resume_wait(&r, &e), 0);
    if (ch_model_read(&m, r.best_path, &e))
        fail_msg("%s", e.msg);
    assert_null(ch_safetensors_meta(m.file, "chorus.training"));
    text = ch_safetensors_meta(m.file, "chorus.trained");
    assert_non_null(text);
    assert_int_equal(ch_json_parse(&o, text, strlen(text), "metadata", &e), 0);
    settings = ch_json_get(o, "settings");
    assert_int_equal(ch_json_int(ch_json_get(settings, "seed"), -1), r.o.seed);
    assert_true(ch_json_real(ch_json_get(settings, "rate"), -1) == r.o.rate);
    assert_string_equal(ch_json_text(ch_json_get(settings, "optimiser"), ""),
                        "adam");
    assert_string_equal(ch_json_text(ch_json_get(settings, "reduce"), ""),
                        "exact");
    assert_int_equal(ch_json_int(ch_json_get(o, "step"), -1), 1);
    ch_json_close(o);
    ch_model_release(&m);
    remove(r.best_path);
}

static void the_last_error_of_checkpoints_is_that_of_the_newest(void **state)
{
    struct ch_train_options o = options();

    (void)state;
    ch_schedule_step(&r.schedule, 3, 2);
    assert_int_equal(save(), 0);
    ch_schedule_step(&r.schedule, 3, 2);
    assert_int_equal(save(), 0);
    assert_int_equal(truncate(r.latest_path, 900), 0);
    assert_int_equal(truncate(scratch_path("run/step-0000000001.safetensors"),
                              800), 0);
    ch_replica_close(&r);
    o.resume = true;
    ch_log_setup("test_resume", CH_LOG_ERROR, 0, 1);
    assert_int_equal(ch_replica_open(&r, comm, &o, &e), CH_EFORMAT);
    ch_log_setup("test_resume", CH_LOG_WARN, 0, 1);
    assert_non_null(strstr(e.msg, "run/latest.safetensors"));
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, open_replica, close_replica)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_saved_is_there_again_after_resuming),
        TEST(going_back_takes_the_last_checkpoint_and_a_lower_rate),
        TEST(going_back_before_any_checkpoint_begins_again),
        TEST(going_back_to_a_checkpoint_that_was_removed_is_an_error),
        TEST(weights_that_are_not_finite_are_not_saved),
        TEST(the_best_model_says_how_it_was_trained),
        TEST(the_last_error_of_checkpoints_is_that_of_the_newest),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
