/* test_measure.c - mean and standard deviation of every feature
 *
 * The set is in memory: image i has the features of value[i].
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "train/measure.h"

enum { RECORDS = 7, F = 4 };

/* A usual one, one with a large mean, one that never varies, one that does so
 * by less than the floor. */
static float value[RECORDS][F] = {
    { 1, 1e6f + 1, 0.1f, 0 }, { 2, 1e6f + 2, 0.1f, 1e-7f },
    { 4, 1e6f + 4, 0.1f, 0 }, { 8, 1e6f + 8, 0.1f, 1e-7f },
    { -3, 1e6f, 0.1f, 0 }, { 0, 1e6f, 0.1f, 1e-7f }, { 5, 1e6f, 0.1f, 0 }
};

struct ch_set {
    size_t broken;             /* record that cannot be read, or SIZE_MAX */
};

size_t ch_set_count(const struct ch_set *s)
{
    (void)s;
    return RECORDS;
}

size_t ch_set_feature_count(const struct ch_set *s)
{
    (void)s;
    return F;
}

int ch_set_feature(struct ch_set *s, size_t i, float *out, struct ch_err *e)
{
    if (i == s->broken)
        return ch_fail(e, CH_EFORMAT, "record %zu is damaged", i);
    memcpy(out, value[i], sizeof value[i]);
    return 0;
}

/* Two places: the image's own values and the next one's, so that all places
 * together have the values of all images twice. */
size_t ch_set_grid_columns(const struct ch_set *s)
{
    (void)s;
    return F;
}

size_t ch_set_grid_rows(const struct ch_set *s)
{
    (void)s;
    return 2;
}

int ch_set_grid(struct ch_set *s, size_t i, float *out, struct ch_err *e)
{
    (void)e;
    memcpy(out, value[i], sizeof value[i]);
    memcpy(out + F, value[(i + 1) % RECORDS], sizeof value[i]);
    return s->broken == i;
}

int ch_set_captions(struct ch_set *s, size_t i, struct ch_caption_record *out,
                    struct ch_err *e)
{
    (void)s, (void)i, (void)out;
    return ch_fail(e, CH_EFORMAT, "nobody asks for captions");
}

int ch_set_check(struct ch_set *s, size_t i, bool of_grid,
                 struct ch_caption_record *out, struct ch_err *e)
{
    (void)of_grid;
    return ch_set_captions(s, i, out, e);
}

static bool is_grid;

static int measure(size_t lane_count, size_t broken, float *mean, float *std,
                   struct ch_err *e)
{
    struct ch_set set = { broken };
    struct ch_comm *comm;
    struct ch_lanes lanes;
    int rc;

    assert_int_equal(ch_comm_open(&comm, e), 0);
    assert_int_equal(ch_lanes_init(&lanes, RECORDS, 16, lane_count, e), 0);
    rc = ch_measure_features(comm, &(struct ch_measure_what) {
                                 &set, &lanes, is_grid, NULL
                             }, mean, std, e);
    ch_lanes_release(&lanes);
    ch_comm_close(comm);
    return rc;
}

static void check_all(void)
{
    struct ch_err e = CH_ERR_INIT;
    float mean[F], std[F];

    for (size_t lanes = 1; lanes <= 9; lanes++) {
        assert_int_equal(measure(lanes, SIZE_MAX, mean, std, &e), 0);
        for (size_t f = 0; f < 2; f++) {
            double sum = 0, squares = 0;

            for (size_t i = 0; i < RECORDS; i++)
                sum += (double)value[i][f];
            for (size_t i = 0; i < RECORDS; i++)
                squares += pow((double)value[i][f] - sum / RECORDS, 2);
            assert_true(fabs((double)mean[f] - sum / RECORDS) <=
                        1e-7 * fabs(sum));
            assert_true(fabs((double)std[f] - sqrt(squares / RECORDS)) <
                        1e-6);
        }
    }
}

static void mean_and_deviation_are_those_of_all_images(void **state)
{
    (void)state;
    check_all();
}

static void those_of_grids_are_of_all_places(void **state)
{
    (void)state;
    is_grid = true;
    check_all();
    is_grid = false;
}

static void a_feature_that_never_varies_is_divided_by_1(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    float mean[F], std[F];

    (void)state;
    assert_int_equal(measure(3, SIZE_MAX, mean, std, &e), 0);
    assert_true(mean[2] == 0.1f);
    assert_true(std[2] == 1.0f);
    assert_true(std[3] == 1.0f);
}

static void a_record_that_cannot_be_read_is_an_error(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    float mean[F], std[F];

    (void)state;
    assert_int_equal(measure(3, 5, mean, std, &e), CH_EFORMAT);
    assert_string_equal(e.msg, "record 5 is damaged");
}

static void a_feature_that_is_not_finite_is_an_error(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    float mean[F], std[F], kept = value[4][1];

    (void)state;
    value[4][1] = (float)NAN;
    assert_int_equal(measure(2, SIZE_MAX, mean, std, &e), CH_EFORMAT);
    value[4][1] = kept;
    assert_string_equal(e.msg, "feature 1 is not finite in some image; encode "
                        "the shards again");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_deviation_are_those_of_all_images),
        cmocka_unit_test(those_of_grids_are_of_all_places),
        cmocka_unit_test(a_feature_that_never_varies_is_divided_by_1),
        cmocka_unit_test(a_record_that_cannot_be_read_is_an_error),
        cmocka_unit_test(a_feature_that_is_not_finite_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
