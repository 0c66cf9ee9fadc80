/* test_debug.c - what a debug run tells of its steps */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "chorus/log.h"
#include "open_replica.h"
#include "train/debug.h"
#include "train/learn.h"

static int close_replica(void **state)
{
    (void)state;
    ch_replica_close(&r);
    return 0;
}

static void a_hash_is_of_every_value_and_of_no_gap(void **state)
{
    const struct ch_decoder *d = &r.model.decoder;
    float *x = r.model.params;
    uint64_t was = ch_debug_hash(d, x);
    size_t gaps = 0;

    (void)state;
    for (size_t i = 0; i < d->param_count; i++) {
        const struct ch_param_info *p = &d->param[i];
        size_t end = p->offset + p->count;
        size_t next = i + 1 < d->param_count ? d->param[i + 1].offset
                                             : d->float_count;
        float *last = x + end - 1, kept = *last;

        *last += 1;
        assert_true(ch_debug_hash(d, x) != was);
        *last = kept;
        for (size_t k = end; k < next; k++, gaps++)
            x[k] = 7;
    }
    assert_true(gaps > 0);
    assert_true(ch_debug_hash(d, x) == was);
}

static void a_norm_is_of_one_tensor(void **state)
{
    const struct ch_param_info *p = &r.model.decoder.param[1];
    float *x = r.model.params;

    (void)state;
    memset(x + p->offset, 0, p->count * sizeof *x);
    x[p->offset] = 3;
    x[p->offset + p->count - 1] = -4;
    assert_true(ch_debug_norm(p, x) == 5.0);
}

/* The next step's line of a lane: its loss, its words, its hash. */
static void a_lane_is_told_with_its_hash(void **state)
{
    struct ch_learn_task task = { .lane = 1 };
    struct ch_replica_report report = { 0 };
    struct capture c;
    char expected[200];

    (void)state;
    ch_lanes_shuffle(&r.train_lanes, 1, r.o.seed, 0);
    assert_int_equal(ch_learn_lane(&r, &task, &report, &e), 0);
    ch_log_setup("test", CH_LOG_DEBUG, 0, 1);
    capture_start(&c, STDERR_FILENO);
    ch_debug_lane(&r, 1, &report);
    capture_stop(&c);
    ch_log_setup("test", CH_LOG_WARN, 0, 1);
    snprintf(expected, sizeof expected,
             "test: step 1, lane 1: loss %.9g of %llu words, gradient "
             "%016llx\n", report.loss, (unsigned long long)report.words,
             (unsigned long long)ch_debug_hash(&r.model.decoder,
                                               r.reduce.grad[1]));
    assert_string_equal(c.text, expected);
}

/* The example whose features are not finite, by its image. */
static void the_image_of_what_is_not_finite_is_named(void **state)
{
    struct ch_learn_task task = { .lane = 0 };
    struct ch_replica_report report = { 0 };

    (void)state;
    r.o.debug = true;
    r.model.feature_mean[0] = NAN;
    assert_int_equal(ch_learn_lane(&r, &task, &report, &e), CH_EFORMAT);
    r.o.debug = false;
    if (!strstr(e.msg, "lane 0, step 1: the first value that is not finite is "
                       "in the features, at word 0 of caption "))
        fail_msg("%s", e.msg);
    assert_non_null(strstr(e.msg, " of image "));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_replica, close_replica)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_hash_is_of_every_value_and_of_no_gap),
        TEST(a_norm_is_of_one_tensor),
        TEST(a_lane_is_told_with_its_hash),
        TEST(the_image_of_what_is_not_finite_is_named),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
