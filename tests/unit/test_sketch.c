/* test_sketch.c - who is near reaches the other one by the sketch, too */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/kernel.h"
#include "use/sketch.h"

/* No whole panel at the end, and features that do not fill 16. */
enum { PHOTOS = 203, F = 84 };

static float feature[PHOTOS][F];

static void read_row(const void *context, size_t i, float *row)
{
    (void)context;
    memcpy(row, feature[i], sizeof feature[i]);
}

/* Of length 1, many near another one; a few numbers are far above the rest. */
static void draw(void)
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place) { .purpose = CH_RNG_TEST });
    for (size_t i = 0; i < PHOTOS; i++) {
        double noise = (double)(i % 30) * 0.01, squares = 0;

        for (size_t f = 0; f < F; f++) {
            double v = (2 * ch_rng_unit(&r) - 0.7) * (double)(1 + f % 5);

            feature[i][f] = (float)(i % 4 ? (double)feature[i - i % 4][f] +
                                            noise * v : v);
        }
        if (i % 50 == 7)
            feature[i][i % F] = -30;
        for (size_t f = 0; f < F; f++)
            squares += (double)feature[i][f] * (double)feature[i][f];
        for (size_t f = 0; f < F; f++)
            feature[i][f] /= (float)sqrt(squares);
    }
}

static double distance_of(size_t a, size_t b)
{
    double dot = 0;

    for (size_t f = 0; f < F; f++)
        dot += (double)feature[a][f] * (double)feature[b][f];
    return 1 - dot;
}

/* Pairs that reach one another, of those that are farther than `distance`. */
static size_t check(const struct ch_sketch *s, double distance, size_t *far)
{
    enum { PANELS = (PHOTOS + CH_COARSE - 1) / CH_COARSE };
    static unsigned char near[PANELS * CH_COARSE];
    size_t reached = 0;

    *far = 0;
    for (size_t i = 0; i < PHOTOS; i += CH_COARSE) {
        ch_kernel_get()->coarse_near(s->K, ch_sketch_from(s, i), PANELS,
                                     ch_sketch_from(s, 0), near);
        for (size_t a = i; a < i + CH_COARSE; a++)
            for (size_t b = 0; b < PANELS * CH_COARSE; b++) {
                int is_near = near[b / CH_COARSE * CH_COARSE + a - i] >>
                              b % CH_COARSE & 1;

                if (a >= PHOTOS || b >= PHOTOS) {
                    assert_false(is_near);
                } else if (distance_of(a, b) <= distance) {
                    assert_true(is_near);
                } else {
                    ++*far;
                    reached += (size_t)is_near;
                }
            }
    }
    return reached;
}

static void who_is_near_reaches_the_other(void **state)
{
    static const double distance[] = { 0, 1e-4, 0.01, 0.1, 0.5, 2 };

    (void)state;
    draw();
    for (size_t i = 0; i < sizeof distance / sizeof *distance; i++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_sketch s;
        size_t far, reached;

        assert_int_equal(ch_sketch_make(&s, &(struct ch_sketch_rows){
            F, PHOTOS, read_row, NULL }, distance[i], &e), 0);
        assert_int_equal(s.K % 16, 0);
        reached = check(&s, distance[i], &far);
        /* It tells most of those that are far apart. */
        if (distance[i] <= 0.01)
            assert_true(reached < far / 4);
        ch_sketch_release(&s);
    }
}

static void what_is_all_the_same_reaches_itself(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_sketch s;
    size_t far;

    (void)state;
    memset(feature, 0, sizeof feature);
    for (size_t i = 0; i < PHOTOS; i++)
        feature[i][3] = -1;
    assert_int_equal(ch_sketch_make(&s, &(struct ch_sketch_rows){
        F, PHOTOS, read_row, NULL }, 0, &e), 0);
    assert_int_equal(check(&s, 0, &far), 0);
    assert_int_equal(far, 0);
    ch_sketch_release(&s);
}

static void of_no_photo_there_is_a_sketch(void **state)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_sketch s;

    (void)state;
    assert_int_equal(ch_sketch_make(&s, &(struct ch_sketch_rows){
        F, 0, read_row, NULL }, 0, &e), 0);
    ch_sketch_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_near_reaches_the_other),
        cmocka_unit_test(what_is_all_the_same_reaches_itself),
        cmocka_unit_test(of_no_photo_there_is_a_sketch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
