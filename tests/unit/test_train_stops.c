/* test_train_stops.c - runs that stop, go on, and go back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "small_run.h"

/* So large a rate is too large twice: a tenth of it, and a hundredth. */
static void a_run_goes_back_with_a_lower_rate(void **state)
{
    struct ch_train_options o = options("back");
    struct ch_train_result r;

    (void)state;
    o.rate = 1e38;
    o.clip = 0;
    o.on_nan = CH_NAN_ROLLBACK;
    o.nan_retries = 1;
    expect_refused(&o, CH_EFORMAT, "is not finite");
    assert_false(ch_file_exists(scratch_path("back/latest.safetensors")));
    o.nan_retries = 40;
    o.run = scratch_path("back2");
    r = train(&o);
    assert_int_equal(r.epochs, 4);
    assert_true(isfinite(r.train_loss));
}

/* Saved in the middle of epochs or not, the end is the same; what is kept are
 * the newest. */
static void checkpoints_between_change_nothing(void **state)
{
    struct ch_train_options o = options("rare");
    uint64_t steps;

    (void)state;
    o.batch = 8;
    steps = train(&o).steps;
    o.run = scratch_path("often");
    o.save_steps = 1;
    o.keep = 3;
    train(&o);
    assert_true(steps > 20);
    assert_true(same_file("rare", "often", "latest.safetensors"));
    assert_true(same_file("rare", "often", "best.safetensors"));
    for (uint64_t i = 1; i <= steps; i++) {
        char name[64];

        snprintf(name, sizeof name, "often/step-%010d.safetensors", (int)i);
        assert_int_equal(ch_file_exists(scratch_path(name)),
                         i == steps - 2 || i == steps - 1);
    }
}

/* The writer of checkpoints works beside the threads that share the lanes. */
static void threads_change_nothing_either(void **state)
{
    struct ch_train_options o = options("alone");

    (void)state;
    train(&o);
    o.run = scratch_path("together");
    o.save_steps = 1;
    o.threads = 2;
    train(&o);
    assert_true(same_file("alone", "together", "latest.safetensors"));
    assert_true(same_file("alone", "together", "best.safetensors"));
}

static void damage_file(const char *path)
{
    FILE *file = fopen(path, "r+");

    assert_non_null(file);
    assert_int_equal(fseek(file, -40, SEEK_END), 0);
    assert_int_equal(fputc(0x5a, file), 0x5a);
    assert_int_equal(fclose(file), 0);
}

static void a_damaged_newest_checkpoint_gives_way_to_the_one_before(
    void **state)
{
    struct ch_train_options o = options("hale");

    (void)state;
    train(&o);
    o.run = scratch_path("hurt");
    o.epochs = 2;
    train(&o);
    damage_file(scratch_path("hurt/latest.safetensors"));
    o.resume = true;
    o.epochs = 4;
    ch_log_setup("test", CH_LOG_ERROR, 0, 1);
    train(&o);
    ch_log_setup("test", CH_LOG_WARN, 0, 1);
    assert_true(same_file("hale", "hurt", "latest.safetensors"));
    assert_true(same_file("hale", "hurt", "best.safetensors"));
}

static void the_time_limit_stops_a_run(void **state)
{
    struct ch_train_options o = options("time");

    (void)state;
    o.time_limit_s = 1e-9;
    expect_refused(&o, CH_ESTOPPED, "stopped by the time limit after epoch 0, "
                   "step 1");
    o.time_limit_s = 0;
    o.resume = true;
    assert_int_equal(train(&o).epochs, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_goes_back_with_a_lower_rate),
        TEST(checkpoints_between_change_nothing),
        TEST(threads_change_nothing_either),
        TEST(a_damaged_newest_checkpoint_gives_way_to_the_one_before),
        TEST(the_time_limit_stops_a_run),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
