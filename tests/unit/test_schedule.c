/* test_schedule.c - where a run is, and what comes next */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "train/schedule.h"

/* Run epochs of one step whose validation losses are given. */
static void run_epochs(struct ch_schedule *s, const struct ch_train_options *o,
                       const double *loss, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ch_schedule_step(s, 6.0, 2);
        ch_schedule_end_epoch(s, o, loss[i]);
    }
}

static void the_rate_falls_every_so_many_epochs(void **state)
{
    struct ch_train_options o = { .rate = 1, .decay = 0.5, .decay_every = 2 };
    const double expected[] = { 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125 };

    (void)state;
    for (size_t i = 0; i < 7; i++)
        assert_true(ch_schedule_rate(&o, i + 1) == expected[i]);
}

static void decay_every_0_keeps_the_rate(void **state)
{
    struct ch_train_options o = { .rate = 0.25, .decay = 0.5 };

    (void)state;
    assert_true(ch_schedule_rate(&o, 100) == 0.25);
}

static void a_steps_words_are_counted(void **state)
{
    struct ch_schedule s;

    (void)state;
    ch_schedule_init(&s);
    ch_schedule_step(&s, 10.0, 4);
    ch_schedule_step(&s, 5.0, 2);
    assert_int_equal(s.step, 2);
    assert_int_equal(s.words, 6);
    assert_int_equal(s.epoch_step, 2);
    assert_int_equal(s.epoch_words, 6);
    assert_true(s.epoch_loss == 15.0);
}

static void the_train_loss_is_the_mean_over_words_not_steps(void **state)
{
    struct ch_train_options o = { .rate = 1, .decay = 1 };
    struct ch_schedule s;

    (void)state;
    ch_schedule_init(&s);
    ch_schedule_step(&s, 9.0, 9);
    ch_schedule_step(&s, 9.0, 3);
    ch_schedule_end_epoch(&s, &o, 2.0);
    assert_true(s.history[0].train_loss == 18.0 / 12);
    assert_int_equal(s.epoch_words, 0);
    assert_int_equal(s.words, 12);
}

static void the_best_epoch_has_the_lowest_validation_loss(void **state)
{
    struct ch_train_options o = { .rate = 1, .decay = 1 };
    const double loss[] = { 4, 3, 3.5, 3, 3.2 };
    struct ch_schedule s;

    (void)state;
    ch_schedule_init(&s);
    run_epochs(&s, &o, loss, 5);
    assert_int_equal(s.best_epoch, 2);      /* of a tie, the earlier */
    assert_true(s.best_loss == 3);
}

static void patience_counts_epochs_since_the_best(void **state)
{
    struct ch_train_options o = { .rate = 1, .decay = 1, .patience = 2,
                                  .epochs = 9 };
    const double loss[] = { 4, 3, 3.5, 3.1 };
    struct ch_schedule s;

    (void)state;
    ch_schedule_init(&s);
    run_epochs(&s, &o, loss, 3);
    assert_false(ch_schedule_is_over(&s, &o));
    run_epochs(&s, &o, loss + 3, 1);
    assert_true(ch_schedule_is_stalled(&s, &o));
    assert_true(ch_schedule_is_over(&s, &o));
}

static void patience_0_never_stops(void **state)
{
    struct ch_train_options o = { .rate = 1, .decay = 1, .epochs = 9 };
    const double loss[] = { 3, 4, 5, 6, 7 };
    struct ch_schedule s;

    (void)state;
    ch_schedule_init(&s);
    run_epochs(&s, &o, loss, 5);
    assert_false(ch_schedule_is_over(&s, &o));
}

static void a_run_is_over_after_the_last_epoch(void **state)
{
    struct ch_train_options o = { .rate = 1, .decay = 1, .epochs = 2 };
    const double loss[] = { 3, 2 };
    struct ch_schedule s;

    (void)state;
    ch_schedule_init(&s);
    run_epochs(&s, &o, loss, 1);
    assert_false(ch_schedule_is_over(&s, &o));
    run_epochs(&s, &o, loss + 1, 1);
    assert_true(ch_schedule_is_over(&s, &o));
}

static void a_run_is_over_after_max_steps(void **state)
{
    struct ch_train_options o = { .rate = 1, .decay = 1, .epochs = 2,
                                  .max_steps = 2 };
    struct ch_schedule s;

    (void)state;
    ch_schedule_init(&s);
    ch_schedule_step(&s, 1, 1);
    assert_false(ch_schedule_is_over(&s, &o));
    ch_schedule_step(&s, 1, 1);
    assert_true(ch_schedule_is_over(&s, &o));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_falls_every_so_many_epochs),
        cmocka_unit_test(decay_every_0_keeps_the_rate),
        cmocka_unit_test(a_steps_words_are_counted),
        cmocka_unit_test(the_train_loss_is_the_mean_over_words_not_steps),
        cmocka_unit_test(the_best_epoch_has_the_lowest_validation_loss),
        cmocka_unit_test(patience_counts_epochs_since_the_best),
        cmocka_unit_test(patience_0_never_stops),
        cmocka_unit_test(a_run_is_over_after_the_last_epoch),
        cmocka_unit_test(a_run_is_over_after_max_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
