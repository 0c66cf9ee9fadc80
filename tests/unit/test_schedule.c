/* test_schedule.c - where a run is, and what comes next */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "golden_text.h"
#include "train/schedule.h"

/* Run epochs of one step whose validation losses are given. */
static void run_epochs(struct ch_schedule *s, const struct ch_train_options *o,
                       const double *loss, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ch_schedule_step(s, 6.0, 2);
        ch_schedule_end_epoch(s, o, loss[i], loss[i]);
    }
}

/* ------------------------------------------- learning rates of PyTorch */

enum { MOST = 20 };

static struct ch_schedule after(uint64_t step, uint64_t epoch)
{
    struct ch_schedule s;

    ch_schedule_init(&s);
    s.step = step;
    s.epoch = epoch;
    s.epoch_steps = 4;
    return s;
}

/* Rounding of products in another order. */
static void expect_rate(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-14))
        fail_msg("rate %.17g, expected %.17g", found, expected);
}

static void step_and_exponential_are_pytorchs(void **state)
{
    struct ch_train_options o = { .schedule = CH_RATE_STEP, .rate = 0.4,
                                  .decay = 0.5, .decay_every = 3 };
    double x[MOST];
    size_t n = golden_read("schedule.txt", "step", MOST, x);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct ch_schedule s = after(99, i);

        expect_rate(ch_schedule_rate(&s, &o), x[i]);
    }
    o.schedule = CH_RATE_EXPONENTIAL;
    o.decay = 0.9;
    assert_int_equal(golden_read("schedule.txt", "exponential", MOST, x), n);
    for (size_t i = 0; i < n; i++) {
        struct ch_schedule s = after(99, i);

        expect_rate(ch_schedule_rate(&s, &o), x[i]);
    }
}

/* 3 epochs of 4 steps. */
static void cosine_is_pytorchs_and_stays_low(void **state)
{
    struct ch_train_options o = { .schedule = CH_RATE_COSINE, .rate = 0.4,
                                  .rate_min = 0.05, .cosine_epochs = 3 };
    double x[MOST];
    size_t n = golden_read("schedule.txt", "cosine", MOST, x);
    struct ch_schedule s;

    (void)state;
    assert_int_equal(n, 13);
    for (size_t i = 0; i < n; i++) {
        s = after(i, i / 4);
        expect_rate(ch_schedule_rate(&s, &o), x[i]);
    }
    s = after(100, 25);
    expect_rate(ch_schedule_rate(&s, &o), 0.05);
}

/* The warm-up is a prefix: the cosine begins behind it. */
static void a_warmup_comes_before_any_schedule(void **state)
{
    struct ch_train_options o = { .rate = 0.4, .decay = 0.5, .warmup = 5 };
    double x[MOST];
    struct ch_schedule s;

    (void)state;
    assert_int_equal(golden_read("schedule.txt", "warmup", MOST, x), 8);
    for (size_t i = 0; i < 8; i++) {
        s = after(i, 0);
        expect_rate(ch_schedule_rate(&s, &o), x[i]);
    }
    o.schedule = CH_RATE_EXPONENTIAL;
    s = after(1, 1);
    expect_rate(ch_schedule_rate(&s, &o), 0.4 * 0.5 * 2 / 5);
    o.schedule = CH_RATE_COSINE;
    o.cosine_epochs = 3;
    o.warmup = 4;
    s = after(3, 0);
    expect_rate(ch_schedule_rate(&s, &o), 0.4);
    s = after(8, 2);
    expect_rate(ch_schedule_rate(&s, &o), 0.2);      /* halfway */
}

/* factor width^-0.5 min(t^-0.5, t warmup^-1.5), as the paper says it. */
static void noam_is_the_papers(void **state)
{
    const double factor = 2, width = 512, warmup = 40;
    struct ch_train_options o = {
        .schedule = CH_RATE_NOAM, .rate = factor / sqrt(width * warmup),
        .warmup = 40
    };

    (void)state;
    for (uint64_t i = 0; i < 400; i++) {
        struct ch_schedule s = after(i, 0);
        double t = (double)(i + 1), a = 1 / sqrt(t),
               b = t / (warmup * sqrt(warmup));

        expect_rate(ch_schedule_rate(&s, &o),
                    factor / sqrt(width) * (a < b ? a : b));
    }
}

static void plateau_is_pytorchs(void **state)
{
    struct ch_train_options o = { .schedule = CH_RATE_PLATEAU, .rate = 0.4,
                                  .decay = 0.5, .plateau = 1,
                                  .rate_min = 0.06 };
    double loss[MOST], x[MOST];
    size_t n = golden_read("schedule.txt", "losses", MOST, loss);
    struct ch_schedule s;

    (void)state;
    assert_int_equal(golden_read("schedule.txt", "plateau", MOST, x), n);
    assert_true(x[n - 1] < x[0] / 4);
    ch_schedule_init(&s);
    for (size_t i = 0; i < n; i++) {
        expect_rate(ch_schedule_rate(&s, &o), x[i]);
        run_epochs(&s, &o, loss + i, 1);
        expect_rate(s.history[i].rate, x[i]);
    }
}

static void going_back_takes_a_tenth_of_the_rate(void **state)
{
    struct ch_train_options o = { .rate = 0.4 };
    struct ch_schedule s = after(7, 1);

    (void)state;
    s.rollbacks = 2;
    expect_rate(ch_schedule_rate(&s, &o), 0.004);
}

static void decay_every_0_keeps_the_rate(void **state)
{
    struct ch_train_options o = { .schedule = CH_RATE_STEP, .rate = 0.25,
                                  .decay = 0.5 };
    struct ch_schedule s = after(100, 100);

    (void)state;
    assert_true(ch_schedule_rate(&s, &o) == 0.25);
}

/* ------------------------------------------------------ where a run is */

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
    ch_schedule_end_epoch(&s, &o, 2.0, 2.0);
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

static void small_gains_do_not_renew_patience(void **state)
{
    struct ch_train_options o = { .rate = 1, .decay = 1, .patience = 2,
                                  .epochs = 9, .min_delta = 0.125 };
    const double loss[] = { 4, 3, 2.9375, 2.75, 2.6875, 2.65 };
    struct ch_schedule s;

    (void)state;
    ch_schedule_init(&s);
    run_epochs(&s, &o, loss, 3);
    assert_false(ch_schedule_is_stalled(&s, &o));
    run_epochs(&s, &o, loss + 3, 2);      /* 2.75 gained, the next did not */
    assert_false(ch_schedule_is_stalled(&s, &o));
    run_epochs(&s, &o, loss + 5, 1);
    assert_true(ch_schedule_is_stalled(&s, &o));
    assert_int_equal(s.best_epoch, 6);      /* the best is kept all the same */
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

/* A score of captions is better when higher. */
static void scores_of_captions_are_better_when_higher(void **state)
{
    struct ch_train_options o = {
        .schedule = CH_RATE_PLATEAU, .rate = 1, .decay = 0.5, .epochs = 9,
        .patience = 2, .select = CH_SELECT_CIDER
    };
    const double score[] = { 0.1, 0.3, 0.2, 0.3 };
    struct ch_schedule s;

    (void)state;
    ch_schedule_init(&s);
    for (size_t i = 0; i < 4; i++) {
        assert_false(ch_schedule_is_over(&s, &o));
        ch_schedule_step(&s, 6.0, 2);
        assert_int_equal(ch_schedule_end_epoch(&s, &o, 5 - (double)i,
                                               score[i]), i < 2);
        assert_true(s.plateau_scale == (i < 2 ? 1 : i == 2 ? 0.5 : 0.25));
    }
    assert_int_equal(s.best_epoch, 2);
    assert_true(s.best_score == 0.3 && s.best_loss == 4);
    assert_true(ch_schedule_is_stalled(&s, &o));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_and_exponential_are_pytorchs),
        cmocka_unit_test(cosine_is_pytorchs_and_stays_low),
        cmocka_unit_test(a_warmup_comes_before_any_schedule),
        cmocka_unit_test(noam_is_the_papers),
        cmocka_unit_test(plateau_is_pytorchs),
        cmocka_unit_test(going_back_takes_a_tenth_of_the_rate),
        cmocka_unit_test(decay_every_0_keeps_the_rate),
        cmocka_unit_test(a_steps_words_are_counted),
        cmocka_unit_test(the_train_loss_is_the_mean_over_words_not_steps),
        cmocka_unit_test(the_best_epoch_has_the_lowest_validation_loss),
        cmocka_unit_test(patience_counts_epochs_since_the_best),
        cmocka_unit_test(small_gains_do_not_renew_patience),
        cmocka_unit_test(patience_0_never_stops),
        cmocka_unit_test(scores_of_captions_are_better_when_higher),
        cmocka_unit_test(a_run_is_over_after_the_last_epoch),
        cmocka_unit_test(a_run_is_over_after_max_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
