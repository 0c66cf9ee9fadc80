/* test_plan.c - what a run would need, measured on a few steps of it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "small_run.h"

static void a_plan_says_what_the_run_then_does(void **state)
{
    struct ch_train_options o = options("planned");
    struct ch_train_plan p;
    struct ch_train_result r;

    (void)state;
    o.batch = 8;
    assert_int_equal(ch_train_plan(comm, &o, &p, &e), 0);
    assert_false(ch_file_exists(scratch_path("planned")));
    r = train(&o);
    assert_int_equal(p.parameters, r.parameters);
    assert_int_equal(p.epoch_steps * o.epochs, r.steps);
    assert_int_equal(p.captions, 52);
    assert_int_equal(p.images, SMALL_TRAIN);
    assert_int_equal(p.epoch_words, 475);
    assert_true(p.words_per_s > 0 && isfinite(p.words_per_s));
    assert_true(p.epoch_s > 0 && p.total_s > 3.9 * p.epoch_s);
    assert_true(p.memory > 1 << 20);
}

static void one_step_an_epoch_is_enough(void **state)
{
    struct ch_train_options o = options("one");
    struct ch_train_plan p;

    (void)state;
    o.batch = 1000;
    assert_int_equal(ch_train_plan(comm, &o, &p, &e), 0);
    assert_int_equal(p.epoch_steps, 1);
    assert_true(p.words_per_s > 0 && isfinite(p.words_per_s));
}

static void settings_that_cannot_be_are_refused(void **state)
{
    struct ch_train_options o = options("none");
    struct ch_train_plan p;

    (void)state;
    o.dropout = 2;
    assert_int_equal(ch_train_plan(comm, &o, &p, &e), CH_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_plan_says_what_the_run_then_does),
        TEST(one_step_an_epoch_is_enough),
        TEST(settings_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
