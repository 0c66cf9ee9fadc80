/* test_twin.c - the pairs that are found are those that all pairs tell */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/rng.h"
#include "open_index.h"
#include "use/near.h"
#include "use/twin.h"

/* More photos than a tile has rows, more features than the bound looks at. */
enum { PHOTOS = 1300, F = 64 };

static struct ch_index x;
static float feature[PHOTOS][F];      /* as the index gives them */

/* Some are like an earlier one, from very near to far. */
static void draw(size_t i, float *out)
{
    struct ch_rng_place p = { .purpose = CH_RNG_TEST, .example = (uint32_t)i };
    float noise = 0.02f * (float)(i % 40);

    for (size_t f = 0; f < F; f += 4) {
        uint32_t r[4];

        ch_rng_block(&p, (uint32_t)f, r);
        for (size_t k = 0; k < 4; k++) {
            float v = (float)(r[k] * 0x1p-32) * (float)(1 + f % 7);

            out[f + k] = i % 3 && i > 100
                         ? feature[i / 2][f + k] + noise * 0.05f * v : v;
        }
    }
}

static int make(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    char path[24];
    int rc = open_index(&x, F, state, &e);

    for (size_t i = 0; i < PHOTOS && !rc; i++) {
        snprintf(path, sizeof path, "/%zu", i);
        draw(i, feature[i]);
        rc = ch_index_put(&x, &(struct ch_index_photo){
            .path = path, .caption = "a", .tags = "",
            .feature = feature[i] }, &e);
        if (!rc)
            rc = ch_near_feature(&x, (int64_t)i + 1, feature[i], &e);
    }
    return rc ? rc : ch_sql_end(x.sql, 0, &e);
}

static int drop(void **state)
{
    ch_index_close(&x);
    return scratch_remove(state);
}

/* By the definition, in double. */
static void nearest_of(double *nearest)
{
    static double length[PHOTOS];

    for (size_t i = 0; i < PHOTOS; i++) {
        nearest[i] = INFINITY;
        length[i] = 0;
        for (size_t f = 0; f < F; f++)
            length[i] += (double)feature[i][f] * (double)feature[i][f];
    }
    for (size_t i = 0; i < PHOTOS; i++)
        for (size_t k = 0; k < i; k++) {
            double dot = 0, d;

            for (size_t f = 0; f < F; f++)
                dot += (double)feature[i][f] * (double)feature[k][f];
            d = 1 - dot / sqrt(length[i] * length[k]);
            nearest[i] = fmin(nearest[i], d);
            nearest[k] = fmin(nearest[k], d);
        }
}

static void no_pair_is_missed(void **state)
{
    static double nearest[PHOTOS];
    static const double distance[] = { 1e-5, 0.001, 0.01, 0.05, 0.2, 2 };
    struct ch_err e = CH_ERR_INIT;

    (void)state;
    nearest_of(nearest);
    for (size_t i = 0; i < sizeof distance / sizeof *distance; i++) {
        struct ch_twin *m;
        size_t n, expected = 0, doubtful = 0;

        assert_int_equal(ch_twin_find(&x, distance[i], 2, &m, &n, &e), 0);
        for (size_t k = 0; k < PHOTOS; k++) {
            expected += nearest[k] <= distance[i];
            doubtful += fabs(nearest[k] - distance[i]) < 1e-6;
        }
        assert_in_range(n, expected - doubtful, expected + doubtful);
        for (size_t k = 0; k < n; k++)
            assert_true(fabs((double)m[k].distance - nearest[m[k].id - 1]) <
                        1e-6);
        free(m);
    }
}

static void threads_change_nothing(void **state)
{
    struct ch_twin *one, *many;
    struct ch_err e = CH_ERR_INIT;
    size_t n, count;

    (void)state;
    assert_int_equal(ch_twin_find(&x, 0.02, 1, &one, &count, &e), 0);
    assert_int_equal(ch_twin_find(&x, 0.02, 5, &many, &n, &e), 0);
    assert_int_equal(n, count);
    assert_true(n > 100);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(one[i].id, many[i].id);
        assert_int_equal(one[i].group, many[i].group);
        assert_true(one[i].distance == many[i].distance);
    }
    free(one);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_pair_is_missed),
        cmocka_unit_test(threads_change_nothing),
    };

    return cmocka_run_group_tests(tests, make, drop);
}
