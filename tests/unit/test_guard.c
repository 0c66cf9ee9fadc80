/* test_guard.c - nothing that is not finite gets into a checkpoint */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "open_replica.h"
#include "train/guard.h"
#include "train/learn.h"

static int close_replica(void **state)
{
    (void)state;
    ch_replica_close(&r);
    return 0;
}

/* All lanes of the next step. */
static void learn(struct ch_replica_report *report)
{
    for (size_t l = 0; l < r.o.lanes; l++) {
        struct ch_learn_task task = { .lane = l };

        report[l] = (struct ch_replica_report) { 0 };
        assert_int_equal(ch_learn_lane(&r, &task, &report[l], &e), 0);
    }
}

static float *tensor(const char *name)
{
    const struct ch_param_info *p = ch_decoder_param(&r.model.decoder, name);

    assert_non_null(p);
    return r.model.params + p->offset;
}

static void expect(int code, const char *part)
{
    assert_int_equal(code, CH_EFORMAT);
    if (!strstr(e.msg, part))
        fail_msg("expected \"%s\" in \"%s\"", part, e.msg);
    assert_true(r.is_nan);
}

static void what_is_finite_passes(void **state)
{
    struct ch_replica_report report[3];

    (void)state;
    learn(report);
    assert_int_equal(ch_guard_losses(&r, report, &e), 0);
    assert_int_equal(ch_reduce_sum(&r.reduce, &e), 0);
    assert_int_equal(ch_guard_gradient(&r, &e), 0);
    assert_int_equal(ch_guard_weights(&r, &e), 0);
    assert_false(r.is_nan);
}

/* A word vector that only some captions look up. */
static void a_bad_weight_is_named_with_the_images_that_meet_it(void **state)
{
    struct ch_replica_report report[3];
    size_t bad = 0;

    (void)state;
    learn(report);
    tensor("embed.weight")[4 * r.o.embed] = (float)NAN;
    learn(report);
    while (bad < 3 && isfinite(report[bad].loss))
        bad++;
    assert_true(bad < 3);
    expect(ch_guard_losses(&r, report, &e), "the loss of lane ");
    expect(CH_EFORMAT, "is not finite in epoch 1, step 1; weights that are "
           "not: embed.weight; images 0");
    expect(CH_EFORMAT, ".jpg");
    expect(CH_EFORMAT, "nothing was saved since");
}

/* The last of a grid's places is looked at, too. */
static void a_bad_place_of_a_grid_is_told_as_a_feature(void **state)
{
    struct ch_replica_report report[3];
    struct ch_train_options o = options();

    (void)state;
    ch_replica_close(&r);
    assert_int_equal(small_encode_all(scratch, true, 60000, &e), 0);
    o.decoder = CH_DECODER_ATT2IN;
    assert_int_equal(ch_replica_open(&r, comm, &o, &e), 0);
    r.model.feature_mean[SMALL_WIDTH - 1] = 0;
    r.model.feature_std[SMALL_WIDTH - 1] = 1e-34f;
    learn(report);
    expect(ch_guard_losses(&r, report, &e), "with features that are not "
           "finite");
    expect(CH_EFORMAT, "encode the shards again");
}

static void a_bad_weight_is_not_saved(void **state)
{
    (void)state;
    tensor("output.bias")[2] = (float)INFINITY;
    expect(ch_guard_weights(&r, &e), "output.bias: values are not finite "
           "after step 0");
}

static void a_bad_moment_is_not_saved(void **state)
{
    (void)state;
    r.update.block[1][9] = (float)NAN;
    expect(ch_guard_weights(&r, &e), "adam.v: values are not finite");
}

/* A cell that says nothing has the loss ln V, whatever the weights behind it;
 * its gradient is as large as they are, and their sum too large. */
static void a_gradient_that_is_not_finite_is_found_in_its_lane(void **state)
{
    struct ch_replica_report report[3];
    const struct ch_decoder *d = &r.model.decoder;
    float *output = tensor("output.weight");

    (void)state;
    r.o.dropout = 0;
    for (size_t i = 0; i < d->param_count; i++)
        if (strncmp(d->param[i].name, "embed", 5) &&
            strncmp(d->param[i].name, "image", 5))
            memset(r.model.params + d->param[i].offset, 0,
                   d->param[i].count * sizeof(float));
    for (size_t v = 0; v < d->shape.V; v++)
        for (size_t h = 0; h < d->shape.H; h++)
            output[v * d->shape.H + h] = v % 2 ? 3e38f : -3e38f;
    learn(report);
    assert_int_equal(ch_guard_losses(&r, report, &e), 0);
    assert_int_equal(ch_reduce_sum(&r.reduce, &e), 0);
    assert_false(isfinite(r.reduce.square_sum));
    expect(ch_guard_gradient(&r, &e), "the gradient of lane 0 is not finite "
           "in epoch 1, step 1; it shows first in the gradient of ");
}

static void a_sum_alone_that_is_not_finite_is_told(void **state)
{
    struct ch_replica_report report[3];

    (void)state;
    learn(report);
    assert_int_equal(ch_reduce_sum(&r.reduce, &e), 0);
    r.reduce.square_sum = (double)INFINITY;
    expect(ch_guard_gradient(&r, &e), "though every lane's is");
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, open_replica, close_replica)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_finite_passes),
        TEST(a_bad_weight_is_named_with_the_images_that_meet_it),
        TEST(a_bad_place_of_a_grid_is_told_as_a_feature),
        TEST(a_bad_weight_is_not_saved),
        TEST(a_bad_moment_is_not_saved),
        TEST(a_gradient_that_is_not_finite_is_found_in_its_lane),
        TEST(a_sum_alone_that_is_not_finite_is_told),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
