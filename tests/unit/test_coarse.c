/* test_coarse.c - each version of the distances of small whole numbers */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/variant.h"

/* The highest numbers, too: no sum in between may overflow. */
static void coarse_distances_agree(void **state)
{
    enum { PANELS = 3, K = 48, ROWS = PANELS * CH_COARSE };
    static const char *const names[] = { CH_KERNEL_NAMES };
    static unsigned char at[ROWS * K];
    static float square[ROWS], reach[ROWS];
    struct ch_coarse all = { at, square, reach };
    struct ch_rng r;

    (void)state;
    ch_rng_init(&r, (struct ch_rng_place) { .purpose = CH_RNG_TEST });
    for (size_t i = 0; i < ROWS; i++) {
        square[i] = 0;
        for (size_t n = 0; n < K; n++) {
            unsigned char *x = &at[i / CH_COARSE * CH_COARSE * K +
                                   ch_coarse_at(i % CH_COARSE, n)];

            *x = i < 2 ? CH_COARSE_HIGH
                       : (unsigned char)(64 * ch_rng_unit(&r));
            square[i] += (float)(*x * *x);
        }
        reach[i] = (float)(200 * ch_rng_unit(&r));
    }
    /* Of these the distance is what both reach, and 0. */
    memset(at, 0, 4);
    square[0] -= 4.0f * CH_COARSE_HIGH * CH_COARSE_HIGH;
    reach[0] = reach[1] = CH_COARSE_HIGH;
    square[ROWS - 1] = INFINITY;
    for (size_t v = 0; v < sizeof names / sizeof *names; v++) {
        const struct ch_kernel *k = ch_kernel_find(names[v]);

        for (size_t a = 0; a < PANELS && k; a++) {
            struct ch_coarse one = { at + a * CH_COARSE * K,
                                     square + a * CH_COARSE,
                                     reach + a * CH_COARSE };
            unsigned char found[ROWS + 1], expected[ROWS];

            found[ROWS] = 77;
            ch_coarse_near_ref(K, one, PANELS, all, expected);
            k->coarse_near(K, one, PANELS, all, found);
            assert_memory_equal(found, expected, ROWS);
            assert_int_equal(found[ROWS], 77);
            if (a == 0)
                assert_int_equal(found[0] & 3, 3);
            assert_int_equal(found[ROWS - 8] >> 7, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coarse_distances_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
