/* products.h - a library of matrix products against plain sums
 *
 * For tests that include cmocka first.
 */
#ifndef TESTS_UNIT_PRODUCTS_H
#define TESTS_UNIT_PRODUCTS_H

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "kernel/gemm.h"
#include "kernel/variant.h"

/* Sums of at most 67 products of numbers below 1, in f32. */
#define LIMIT 1e-5
#define MOST 67

typedef void (*product_fn)(size_t M, size_t N, size_t K, struct ch_matrix A,
                           struct ch_matrix B, float beta, float *C,
                           size_t ldc);

static float a[(MOST + 3) * (MOST + 3)], b[(MOST + 3) * (MOST + 3)];
static float c[(MOST + 3) * (MOST + 3)], d[(MOST + 3) * (MOST + 3)];

static void fill(float *x, uint32_t seed)
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place) { .seed = seed,
                                            .purpose = CH_RNG_TEST });
    for (size_t i = 0; i < sizeof a / sizeof *a; i++)
        x[i] = (float)(2 * ch_rng_unit(&r) - 1);
}

static void check_product(const struct ch_gemm *g, struct ch_gemm_shape s)
{
    product_fn plain = s.is_ta ? ch_gemm_tn_ref
                       : s.is_tb ? ch_gemm_nt_ref : ch_gemm_nn_ref;

    fill(c, 3);
    memcpy(d, c, sizeof d);
    assert_true(g->product(&s, a, b, c));
    plain(s.M, s.N, s.K, (struct ch_matrix) { a, s.lda },
          (struct ch_matrix) { b, s.ldb }, s.is_added, d, s.ldc);
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        if (!(fabs((double)c[i] - (double)d[i]) <= LIMIT))
            fail_msg("%s: M %zu N %zu K %zu: element %zu is %g, expected %g",
                     g->name, s.M, s.N, s.K, i, (double)c[i], (double)d[i]);
}

static void check_library(const struct ch_gemm *g)
{
    const size_t size[] = { 1, 3, 16, 33, 67 };
    const size_t count = sizeof size / sizeof *size, ld = MOST + 3;

    fill(a, 1);
    fill(b, 2);
    for (size_t i = 0; i < 3 * 2 * count * count * count; i++)
        check_product(g, (struct ch_gemm_shape) {
            .is_ta = i % 3 == 1, .is_tb = i % 3 == 2,
            .is_added = i / 3 % 2, .M = size[i / 6 % count],
            .N = size[i / 6 / count % count], .K = size[i / 6 / count / count],
            .lda = ld, .ldb = ld, .ldc = ld
        });
}

#endif
