/* test_train.c - a run of one rank; many ranks are np_train's */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "count_malloc.h"
#include "small_run.h"
#include "net/model.h"

static void training_lowers_the_loss(void **state)
{
    struct ch_train_options o = options("lower");
    struct ch_train_result first, last;

    (void)state;
    o.dropout = 0;
    o.max_steps = 1;
    first = train(&o);
    o.max_steps = 0;
    o.epochs = 20;
    o.resume = true;
    last = train(&o);
    assert_true(first.train_loss > 2.5);      /* ln 25 words is 3.2 */
    assert_true(last.train_loss < first.train_loss - 0.3);
    assert_int_equal(last.epochs, 20);
    assert_true(last.best_epoch >= 1 && last.best_epoch <= 20);
    assert_true(isfinite(last.best_loss));
}

/* The best model is the average, the checkpoint keeps both. */
static void averaged_weights_are_saved_as_the_best(void **state)
{
    struct ch_train_options o = options("plain");
    struct ch_model plain, best, latest;
    const struct ch_tensor *ema;

    (void)state;
    o.epochs = 1;
    train(&o);
    o.run = scratch_path("averaged");
    o.ema = 0.5;
    train(&o);
    assert_int_equal(ch_model_read(&plain, scratch_path(
                                       "plain/best.safetensors"), &e), 0);
    assert_int_equal(ch_model_read(&best, scratch_path(
                                       "averaged/best.safetensors"), &e), 0);
    assert_int_equal(ch_model_read(&latest, scratch_path(
                                       "averaged/latest.safetensors"), &e), 0);
    /* The average changes nothing about the training itself. */
    assert_memory_equal(plain.params, latest.params,
                        plain.decoder.float_count * sizeof(float));
    ema = ch_safetensors_get(latest.file, "ema");
    assert_non_null(ema);
    assert_memory_equal(ema->data, best.params,
                        best.decoder.float_count * sizeof(float));
    assert_true(memcmp(best.params, plain.params,
                       best.decoder.float_count * sizeof(float)));
    ch_model_release(&plain);
    ch_model_release(&best);
    ch_model_release(&latest);
}

static void the_best_model_can_be_read(void **state)
{
    struct ch_train_options o = options("readable");
    struct ch_model m;

    (void)state;
    train(&o);
    assert_int_equal(ch_model_read(&m, scratch_path("readable/"
                                                    "best.safetensors"), &e),
                     0);
    assert_int_equal(m.max_words, 14);
    assert_true(m.feature_std[SMALL_FEATURES - 1] == 1.0f);   /* never varies */
    assert_true(m.feature_mean[SMALL_FEATURES - 1] == 0.25f);
    assert_true(fabsf(m.feature_mean[0] - 3) < 2);
    ch_model_release(&m);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    struct ch_train_options o = options("same1");

    (void)state;
    train(&o);
    o.run = scratch_path("same2");
    train(&o);
    assert_true(same_file("same1", "same2", "latest.safetensors"));
    assert_true(same_file("same1", "same2", "best.safetensors"));
}

static void another_seed_gives_another_model(void **state)
{
    struct ch_train_options o = options("seed1");

    (void)state;
    train(&o);
    o.run = scratch_path("seed2");
    o.seed++;
    train(&o);
    assert_false(same_file("seed1", "seed2", "best.safetensors"));
}

static void a_run_that_goes_on_ends_as_one_that_never_stopped(void **state)
{
    struct ch_train_options o = options("whole");

    (void)state;
    train(&o);
    o.run = scratch_path("parts");
    o.epochs = 2;
    train(&o);
    o.epochs = 4;
    o.resume = true;
    train(&o);
    assert_true(same_file("whole", "parts", "latest.safetensors"));
    assert_true(same_file("whole", "parts", "best.safetensors"));
}

static void a_run_goes_on_inside_an_epoch_too(void **state)
{
    struct ch_train_options o = options("whole2");
    uint64_t steps;

    (void)state;
    steps = train(&o).steps;
    o.run = scratch_path("parts2");
    for (o.max_steps = 1; o.max_steps <= steps; o.max_steps++) {
        assert_int_equal(train(&o).steps, o.max_steps);
        o.resume = true;
    }
    assert_true(same_file("whole2", "parts2", "latest.safetensors"));
    assert_true(same_file("whole2", "parts2", "best.safetensors"));
}

static void a_finished_run_has_nothing_left_to_do(void **state)
{
    struct ch_train_options o = options("finished");
    struct ch_train_result a, b;

    (void)state;
    a = train(&o);
    o.resume = true;
    b = train(&o);
    assert_int_equal(a.steps, b.steps);
    assert_true(a.best_loss == b.best_loss);
    assert_true(a.train_loss == b.train_loss);
}

static void image_at_every_step_trains_and_goes_on(void **state)
{
    struct ch_train_options o = options("every");

    (void)state;
    o.image = 1;
    train(&o);
    o.run = scratch_path("every2");
    o.max_steps = 3;
    train(&o);
    o.resume = true;
    o.max_steps = 0;
    train(&o);
    assert_true(same_file("every", "every2", "latest.safetensors"));
}

/* A rate below what a float can show: no epoch is better than the first. */
static void patience_ends_a_run_that_learns_nothing(void **state)
{
    struct ch_train_options o = options("patience");
    struct ch_train_result r;

    (void)state;
    o.rate = 1e-30;
    o.epochs = 10;
    o.patience = 2;
    r = train(&o);
    assert_int_equal(r.epochs, 3);
    assert_int_equal(r.best_epoch, 1);
    assert_true(r.stopped_early);
}

static void a_loss_that_is_not_finite_stops_the_run(void **state)
{
    struct ch_train_options o = options("infinite");

    (void)state;
    o.rate = 1e38;
    o.clip = 0;
    expect_refused(&o, CH_EFORMAT, "is not finite");
    assert_false(ch_file_exists(scratch_path("infinite/latest.safetensors")));
}

static void a_run_that_is_there_is_not_written_over(void **state)
{
    struct ch_train_options o = options("there");

    (void)state;
    o.max_steps = 1;
    train(&o);
    expect_refused(&o, CH_EUSAGE, "there/latest.safetensors: is there "
                   "already; give --resume to go on, or another --run to "
                   "begin");
}

static void nothing_to_go_on_from_is_refused(void **state)
{
    struct ch_train_options o = options("nothing");

    (void)state;
    o.resume = true;
    expect_refused(&o, CH_EUSAGE, "nothing/latest.safetensors: is not there, "
                   "nothing to go on from; leave out --resume to begin");
}

static void going_on_with_another_setting_is_refused(void **state)
{
    struct ch_train_options o = options("setting");

    (void)state;
    o.max_steps = 1;
    train(&o);
    o.resume = true;
    o.hidden++;
    expect_refused(&o, CH_EUSAGE, "was trained with --hidden 12, found 13");
}

/* The whole table is test_settings.c's. */
static void options_that_cannot_be_are_refused(void **state)
{
    struct ch_train_options o = options("bad"), bad = o;

    (void)state;
    bad.dropout = 1;
    expect_refused(&bad, CH_EUSAGE, "dropout must be in [0, 1)");
    bad = o;
    bad.lanes = 17;
    expect_refused(&bad, CH_EUSAGE, "17 lanes need a batch of 17 captions");
}

static void shards_that_are_not_there_are_refused(void **state)
{
    struct ch_train_options o = options("no-shards");
    struct ch_train_result result;

    (void)state;
    o.shards = scratch_path("nowhere");
    assert_int_not_equal(ch_train_run(comm, &o, &result, &e), 0);
    assert_non_null(strstr(e.msg, "nowhere"));
}

/* The sum over lanes, divided by all words: how a batch is cut must not
 * matter.  Lanes hold captions of different lengths, so a mean of the lanes'
 * means would differ by percents; floats by 1e-6. */
static double first_number(const char *run, const char *name)
{
    char path[1024], *text, *at;
    size_t n;
    double v;

    snprintf(path, sizeof path, "%s/%s/log.jsonl", scratch, run);
    assert_int_equal(ch_file_read(path, 1 << 20, &text, &n, &e), 0);
    at = strstr(text, "\"kind\":\"step\"");
    assert_non_null(at);
    at = strstr(at, name);
    assert_non_null(at);
    v = strtod(at + strlen(name), NULL);
    free(text);
    return v;
}

static void the_loss_is_the_mean_over_all_words_of_the_batch(void **state)
{
    struct ch_train_options o = options("one-lane");
    double loss[2], norm[2];

    (void)state;
    o.dropout = 0;
    o.batch = 1000;       /* every caption in the first step */
    o.lanes = 1;
    o.max_steps = 1;
    train(&o);
    o.run = scratch_path("five-lanes");
    o.lanes = 5;
    train(&o);
    loss[0] = first_number("one-lane", "\"loss\":");
    loss[1] = first_number("five-lanes", "\"loss\":");
    norm[0] = first_number("one-lane", "\"norm\":");
    norm[1] = first_number("five-lanes", "\"norm\":");
    assert_true(loss[0] > 1 && norm[0] > 1e-3);
    assert_true(fabs(loss[0] - loss[1]) < 1e-5 * loss[0]);
    assert_true(fabs(norm[0] - norm[1]) < 1e-5 * norm[0]);
}

/* ------------------------------------------------- no malloc inside a step */
#if CAN_COUNT_MALLOC
static size_t allocations_of_steps(const char *run, uint64_t steps)
{
    struct ch_train_options o = options(run);
    size_t before = allocations;

    o.batch = 4;          /* many steps in the first epoch */
    o.lanes = 2;
    o.max_steps = steps;
    train(&o);
    return allocations - before;
}

static void more_steps_allocate_no_more_memory(void **state)
{
    size_t few, many;

    (void)state;
    allocations_of_steps("warm", 3);
    few = allocations_of_steps("few", 3);
    many = allocations_of_steps("many", 10);
    if (!few)      /* valgrind has put its own malloc in place of ours */
        skip();
    assert_int_equal(few, many);
}
#define COUNTED_TESTS TEST(more_steps_allocate_no_more_memory),
#else
#define COUNTED_TESTS
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(training_lowers_the_loss),
        TEST(averaged_weights_are_saved_as_the_best),
        TEST(the_best_model_can_be_read),
        TEST(the_same_seed_gives_the_same_bytes),
        TEST(another_seed_gives_another_model),
        TEST(a_run_that_goes_on_ends_as_one_that_never_stopped),
        TEST(a_run_goes_on_inside_an_epoch_too),
        TEST(a_finished_run_has_nothing_left_to_do),
        TEST(image_at_every_step_trains_and_goes_on),
        TEST(patience_ends_a_run_that_learns_nothing),
        TEST(a_loss_that_is_not_finite_stops_the_run),
        TEST(a_run_that_is_there_is_not_written_over),
        TEST(nothing_to_go_on_from_is_refused),
        TEST(going_on_with_another_setting_is_refused),
        TEST(options_that_cannot_be_are_refused),
        TEST(shards_that_are_not_there_are_refused),
        TEST(the_loss_is_the_mean_over_all_words_of_the_batch),
        COUNTED_TESTS
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
