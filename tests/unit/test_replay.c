/* test_replay.c - a lane's part of a step is had again, to the last bit */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "small_run.h"

/* The hash that a debug run logged. */
static uint64_t logged(const char *text, uint64_t step, uint64_t lane)
{
    char part[64];
    const char *at;

    snprintf(part, sizeof part, "step %llu, lane %llu: ",
             (unsigned long long)step, (unsigned long long)lane);
    at = strstr(text, part);
    if (!at)
        fail_msg("no line \"%s\"", part);
    at = strstr(at, "gradient ");
    assert_non_null(at);
    return strtoull(at + strlen("gradient "), NULL, 16);
}

static struct ch_train_replay replay(const struct ch_train_options *o,
                                     uint64_t step, uint64_t lane)
{
    struct ch_train_replay p = { 0 };

    if (ch_train_replay(comm, o, step, lane, &p, &e))
        fail_msg("%s", e.msg);
    return p;
}

/* Over a validation and a falling rate, too. */
static void a_lane_has_the_gradient_it_had(void **state)
{
    struct ch_train_options o = options("again"), anew = o;
    struct capture c;

    (void)state;
    o.dropout = 0.4;
    o.epochs = 3;
    o.schedule = CH_RATE_PLATEAU;
    o.debug = true;
    o.save_steps = 1;
    o.keep = 2;
    ch_log_setup("test", CH_LOG_DEBUG, 0, 1);
    capture_start(&c, STDERR_FILENO);
    train(&o);
    capture_stop(&c);
    ch_log_setup("test", CH_LOG_WARN, 0, 1);
    anew = o;
    anew.run = scratch_path("nothing");
    for (uint64_t step = 1; step <= 6; step++)
        for (uint64_t lane = 0; lane < 4; lane++) {
            uint64_t expected = logged(c.text, step, lane);

            assert_true(replay(&o, step, lane).gradient == expected);
            assert_true(replay(&anew, step, lane).gradient == expected);
            assert_int_equal(replay(&anew, step, lane).from_step, 0);
        }
    assert_false(ch_file_exists(scratch_path("nothing")));
}

static void the_newest_checkpoint_before_is_taken(void **state)
{
    struct ch_train_options o = options("newest");
    struct ch_train_replay p;
    uint64_t hash;

    (void)state;
    o.max_steps = 5;
    o.save_steps = 1;
    o.keep = 3;
    train(&o);                           /* 3, 4 and 5 are there */
    assert_int_equal(replay(&o, 6, 0).from_step, 5);
    assert_int_equal(replay(&o, 5, 0).from_step, 4);
    p = replay(&o, 4, 0);
    assert_int_equal(p.from_step, 3);
    hash = p.gradient;
    assert_int_equal(replay(&o, 3, 0).from_step, 0);
    /* A seed, not the place, makes the numbers. */
    assert_true(replay(&o, 4, 1).gradient != hash);
    assert_int_equal(remove(scratch_path("newest/step-0000000003."
                                         "safetensors")), 0);
    p = replay(&o, 4, 0);
    assert_int_equal(p.from_step, 0);
    assert_true(p.gradient == hash);
}

/* Also where that was the newest checkpoint. */
static void after_the_last_step_there_is_none(void **state)
{
    struct ch_train_options o = options("over");
    struct ch_train_replay p;
    uint64_t last;

    (void)state;
    o.epochs = 1;
    last = train(&o).steps;
    (void)replay(&o, last, 0);
    for (uint64_t step = last + 1; step <= last + 2; step++) {
        e = (struct ch_err) CH_ERR_INIT;
        assert_int_equal(ch_train_replay(comm, &o, step, 0, &p, &e),
                         CH_EUSAGE);
        assert_non_null(strstr(e.msg, "ends with step"));
    }
    /* The next epoch has it. */
    o.epochs = 2;
    (void)replay(&o, last + 1, 0);
}

static void nothing_is_written(void **state)
{
    struct ch_train_options o = options("kept");
    char *before, *after;
    size_t n, k;

    (void)state;
    o.max_steps = 4;
    train(&o);
    assert_int_equal(ch_file_read(scratch_path("kept/log.jsonl"), 1 << 20,
                                  &before, &n, &e), 0);
    replay(&o, 7, 2);
    assert_int_equal(ch_file_read(scratch_path("kept/log.jsonl"), 1 << 20,
                                  &after, &k, &e), 0);
    assert_int_equal(n, k);
    assert_memory_equal(before, after, n);
    assert_false(ch_file_exists(scratch_path("kept/step-0000000004."
                                             "safetensors")));
    free(before);
    free(after);
}

static void refuse(const struct ch_train_options *o, uint64_t step,
                   uint64_t lane, const char *part)
{
    struct ch_train_replay p;

    e = (struct ch_err) CH_ERR_INIT;
    assert_int_equal(ch_train_replay(comm, o, step, lane, &p, &e), CH_EUSAGE);
    if (!strstr(e.msg, part))
        fail_msg("expected \"%s\" in \"%s\"", part, e.msg);
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct ch_train_options o = options("sense"), other;

    (void)state;
    o.max_steps = 2;
    train(&o);
    refuse(&o, 0, 0, "steps are counted from 1");
    refuse(&o, 2, 4, "lane 4 is not there: the run has lanes 0 to 3");
    refuse(&o, 100000, 0, "before step 100000");
    other = o;
    other.hidden = 13;
    refuse(&other, 3, 0, "--hidden");
    other = options("plainly");
    other.reduce = CH_REDUCE_ALLREDUCE;
    other.max_steps = 3;
    train(&other);
    assert_int_equal(replay(&other, 4, 0).from_step, 3);
    refuse(&other, 5, 0, "has no checkpoint of step 4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lane_has_the_gradient_it_had),
        TEST(the_newest_checkpoint_before_is_taken),
        TEST(after_the_last_step_there_is_none),
        TEST(nothing_is_written),
        TEST(what_makes_no_sense_is_refused),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
