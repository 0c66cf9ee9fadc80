/* test_save.c - the files of a run are written while training goes on */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "open_replica.h"
#include "train/save.h"

static int close_replica(void **state)
{
    (void)state;
    ch_replica_close(&r);
    rmdir(scratch_path("run/latest.safetensors"));
    remove(scratch_path("run/latest.safetensors"));
    remove(scratch_path("run/best.safetensors"));
    return 0;
}

static int open_averaged(void **state)
{
    struct ch_train_options o = options();

    (void)state;
    e = (struct ch_err) CH_ERR_INIT;
    o.ema = 0.5;
    return ch_replica_open(&r, comm, &o, &e);
}

static void nothing_that_is_learnt_after_begin_gets_into_the_file(void **state)
{
    struct ch_checkpoint *c = malloc(sizeof *c);
    size_t bytes = r.model.decoder.float_count * sizeof(float);
    float *params = malloc(bytes), *state_m = malloc(bytes);

    (void)state;
    assert_true(c && params && state_m);
    r.update.block[0][2] = 5;
    ch_schedule_step(&r.schedule, 3, 2);
    memcpy(params, r.model.params, bytes);
    memcpy(state_m, r.update.block[0], bytes);
    ch_save_begin(r.save, false);
    ch_save_hold(r.save);
    r.model.params[0] += 1;
    r.update.block[0][2] = 6;
    ch_schedule_step(&r.schedule, 3, 2);
    assert_int_equal(ch_save_wait(r.save, &e), 0);
    assert_int_equal(r.saved_step, 1);
    assert_true(r.has_saved);
    if (ch_checkpoint_read(c, r.latest_path, &e))
        fail_msg("%s", e.msg);
    assert_memory_equal(c->model.params, params, bytes);
    assert_memory_equal(c->block[0], state_m, bytes);
    assert_int_equal(c->schedule.step, 1);
    assert_false(ch_file_exists(r.best_path));
    ch_checkpoint_release(c);
    free(c);
    free(params);
    free(state_m);
}

static void the_best_model_has_the_averaged_weights(void **state)
{
    struct ch_model m;
    size_t bytes = r.model.decoder.float_count * sizeof(float);
    float *average = malloc(bytes);

    (void)state;
    assert_non_null(average);
    r.update.ema[3] = 7;
    memcpy(average, r.update.ema, bytes);
    ch_schedule_step(&r.schedule, 3, 2);
    ch_save_begin(r.save, true);
    assert_int_equal(ch_save_wait(r.save, &e), 0);
    if (ch_model_read(&m, r.best_path, &e))
        fail_msg("%s", e.msg);
    assert_memory_equal(m.params, average, bytes);
    ch_model_release(&m);
    if (ch_model_read(&m, r.latest_path, &e))
        fail_msg("%s", e.msg);
    assert_memory_equal(m.params, r.model.params, bytes);
    ch_model_release(&m);
    free(average);
}

/* A folder stands where the file should be. */
static void a_write_that_fails_is_told_once(void **state)
{
    int rc;

    (void)state;
    assert_int_equal(mkdir(r.latest_path, 0700), 0);
    ch_schedule_step(&r.schedule, 3, 2);
    ch_save_begin(r.save, false);
    ch_save_hold(r.save);
    do {
        rc = ch_save_poll(r.save, &e);
    } while (!rc);
    assert_int_equal(rc, CH_EIO);
    assert_non_null(strstr(e.msg, "latest.safetensors: expected a plain "
                           "file"));
    assert_false(r.has_saved);
    assert_int_equal(ch_save_poll(r.save, &e), 0);
    assert_int_equal(ch_save_wait(r.save, &e), 0);
}

static void close_waits_for_the_file(void **state)
{
    struct ch_model m;
    char path[4096];

    (void)state;
    ch_schedule_step(&r.schedule, 3, 2);
    snprintf(path, sizeof path, "%s", r.latest_path);
    ch_save_begin(r.save, false);
    ch_replica_close(&r);
    if (ch_model_read(&m, path, &e))
        fail_msg("%s", e.msg);
    ch_model_release(&m);
}

static void another_rank_has_nothing_to_wait_for(void **state)
{
    (void)state;
    assert_int_equal(ch_save_poll(NULL, &e), 0);
    assert_int_equal(ch_save_wait(NULL, &e), 0);
    ch_save_hold(NULL);
    ch_save_close(NULL);
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, open_replica, close_replica)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_that_is_learnt_after_begin_gets_into_the_file),
        cmocka_unit_test_setup_teardown(
            the_best_model_has_the_averaged_weights, open_averaged,
            close_replica),
        TEST(a_write_that_fails_is_told_once),
        TEST(close_waits_for_the_file),
        TEST(another_rank_has_nothing_to_wait_for),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
