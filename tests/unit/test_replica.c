/* test_replica.c - what one rank holds while training */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "data/encoder.h"
#include "open_replica.h"
#include "train/replica.h"

static int close_replica(void **state)
{
    (void)state;
    ch_replica_close(&r);
    remove(scratch_path("run/latest.safetensors"));
    return 0;
}

static void it_knows_what_it_trains_on(void **state)
{
    char encoder[17];

    (void)state;
    ch_hash_hex(ch_encoder_identity(SMALL_ENCODER, strlen(SMALL_ENCODER)),
                encoder);
    assert_int_equal(r.o.lanes, 3);      /* by the batch */
    assert_int_equal(r.data.images, SMALL_TRAIN);
    assert_int_equal(r.data.val_images, SMALL_VAL);
    assert_int_equal(r.data.captions, 52);
    assert_string_equal(r.data.encoder, encoder);
    assert_int_equal(r.model.decoder.shape.V, 24);
    assert_int_equal(r.model.decoder.shape.F, SMALL_FEATURES);
    assert_int_equal(r.epoch_words, 475);
}

static void lanes_of_an_epoch_hold_all_its_words(void **state)
{
    size_t steps = ch_lanes_steps(&r.train_lanes), words = 0;
    struct ch_batch batch;

    (void)state;
    for (size_t s = 0; s < steps; s++)
        for (size_t l = 0; l < r.o.lanes; l++) {
            struct ch_replica_part part = { .desk = 0 };

            part.count = ch_lanes_at(&r.train_lanes, l, s, &part.first);
            assert_int_equal(ch_replica_load(&r, r.train, &r.train_lanes, l,
                                             part, &batch, &e), 0);
            words += batch.N;
        }
    assert_int_equal(words, r.epoch_words);
}

/* Example 0 is a caption of image 0: its row is that image, standardised. */
static void features_are_standardised(void **state)
{
    const struct ch_replica_part part = { .count = 4 };
    struct ch_batch batch;
    float raw[SMALL_FEATURES];

    (void)state;
    r.train_lanes.lane[0].order[0] = 0;
    assert_int_equal(ch_set_feature(r.train, 0, raw, &e), 0);
    assert_int_equal(ch_replica_load(&r, r.train, &r.train_lanes, 0, part,
                                     &batch, &e), 0);
    for (size_t b = 0; b < batch.B; b++)
        for (size_t f = 0; batch.example[b] == 0 && f < batch.F; f++)
            assert_true(batch.feature[b * batch.F + f] ==
                        (raw[f] - r.model.feature_mean[f]) /
                        r.model.feature_std[f]);
}

/* Captions share the grid of their image. */
static void a_decoder_that_looks_is_given_grids(void **state)
{
    struct ch_train_options o = options();
    float raw[SMALL_PLACES * SMALL_WIDTH];
    struct ch_replica_part part = { .desk = 0 };
    struct ch_batch batch;
    const float *grid;

    (void)state;
    ch_replica_close(&r);
    assert_int_equal(small_grids(scratch, &e), 0);
    o.decoder = CH_DECODER_UPDOWN;
    assert_int_equal(ch_replica_open(&r, comm, &o, &e), 0);
    assert_int_equal(r.model.decoder.shape.L, SMALL_PLACES);
    r.train_lanes.lane[0].order[0] = 0;
    assert_int_equal(ch_set_grid(r.train, 0, raw, &e), 0);
    part.count = ch_lanes_at(&r.train_lanes, 0, 0, &part.first);
    assert_int_equal(ch_replica_load(&r, r.train, &r.train_lanes, 0, part,
                                     &batch, &e), 0);
    assert_true(batch.M < batch.B);
    for (size_t b = 0; b < batch.B; b++) {
        grid = batch.feature + batch.image[b] * SMALL_PLACES * SMALL_WIDTH;
        assert_true(batch.image[b] < batch.M);
        for (size_t i = 0; batch.example[b] == 0 &&
             i < SMALL_PLACES * SMALL_WIDTH; i++)
            assert_true(grid[i] ==
                        (raw[i] - r.model.feature_mean[i % SMALL_WIDTH]) /
                        r.model.feature_std[i % SMALL_WIDTH]);
    }
}

static void reports_are_summed_in_lane_order(void **state)
{
    struct ch_replica_report report[3] = {
        { 1, 10, 0, 1 }, { 0x1p-53, 20, 0, 0 }, { 0x1p-53, 30, 0, 4 }
    }, total;

    (void)state;
    assert_int_equal(ch_replica_gather(&r, report, &total, &e), 0);
    assert_true(total.loss == 1.0);       /* the other way it is more */
    assert_int_equal(total.words, 60);
    assert_int_equal(total.wish, 5);
}

static void a_lane_that_failed_gives_its_error(void **state)
{
    struct ch_replica_report report[3] = { 0 }, total;

    (void)state;
    report[1].rc = ch_fail(&e, CH_EIO, "lane 1 cannot be read");
    assert_int_equal(ch_replica_gather(&r, report, &total, &e), CH_EIO);
    assert_string_equal(e.msg, "lane 1 cannot be read");
}

#define TEST(f)                                                                \
    cmocka_unit_test_setup_teardown(f, open_replica, close_replica)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_knows_what_it_trains_on),
        TEST(lanes_of_an_epoch_hold_all_its_words),
        TEST(features_are_standardised),
        TEST(a_decoder_that_looks_is_given_grids),
        TEST(reports_are_summed_in_lane_order),
        TEST(a_lane_that_failed_gives_its_error),
    };

    return cmocka_run_group_tests(tests, make_shards, end_all);
}
