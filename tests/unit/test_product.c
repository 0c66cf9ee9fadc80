/* test_product.c - products in bf16 against plain sums of rounded operands */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "kernel/product.h"
#include "kernel/variant.h"

/* Of sums of K products of numbers below 1: f32 rounds each partial sum, which
 * stays below 4 sqrt(K), by 2^-24 of it, K times, not all the same way. */
static double limit_of(size_t K)
{
    return 1e-6 * (1 + sqrt((double)K)) * 4;
}

typedef void product_fn(enum ch_precision precision, size_t M, size_t N,
                        size_t K, struct ch_matrix A, struct ch_matrix B,
                        float beta, float *C, size_t ldc);
typedef void plain_fn(size_t M, size_t N, size_t K, struct ch_matrix A,
                      struct ch_matrix B, float beta, float *C, size_t ldc);

#define APART 3                  /* floats between rows */
#define MOST ((size_t)700 * 700)

static float *a, *b, *c, *d, *rounded_a, *rounded_b, *panel;

static void fill(float *x, uint32_t seed)
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place) { .seed = seed,
                                            .purpose = CH_RNG_TEST });
    for (size_t i = 0; i < MOST; i++)
        x[i] = (float)(2 * ch_rng_unit(&r) - 1);
}

static void compare(product_fn fast, plain_fn plain, const size_t size[3],
                    float beta)
{
    size_t M = size[0], N = size[1], K = size[2], ldc = N + APART;
    size_t lda = (plain == ch_gemm_tn_ref ? M : K) + APART;
    size_t ldb = (plain == ch_gemm_nt_ref ? K : N) + APART;

    fill(c, 3);
    memcpy(d, c, MOST * sizeof *d);
    fast(CH_PRECISION_BF16, M, N, K, (struct ch_matrix) { a, lda },
         (struct ch_matrix) { b, ldb }, beta, c, ldc);
    plain(M, N, K, (struct ch_matrix) { rounded_a, lda },
          (struct ch_matrix) { rounded_b, ldb }, beta, d, ldc);
    for (size_t i = 0; i < MOST; i++)
        if (!(fabs((double)c[i] - (double)d[i]) <= limit_of(K)))
            fail_msg("M %zu N %zu K %zu beta %g: element %zu is %g, expected "
                     "%g", M, N, K, (double)beta, i, (double)c[i],
                     (double)d[i]);
}

/* Around the edges of blocks of 128 x 256 x 256. */
static const size_t sizes[][3] = {
    { 0, 5, 3 }, { 4, 0, 3 }, { 4, 5, 0 }, { 1, 1, 1 }, { 3, 17, 5 },
    { 127, 31, 255 }, { 128, 256, 256 }, { 129, 257, 257 }, { 2, 600, 33 },
    { 300, 3, 64 }, { 5, 7, 650 },
};

static void compare_shapes(product_fn fast, plain_fn plain)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        compare(fast, plain, sizes[i], 0);
        compare(fast, plain, sizes[i], 1);
    }
}

static void nn_rounds_its_operands(void **state)
{
    (void)state;
    compare_shapes(ch_product_nn, ch_gemm_nn_ref);
}

static void nt_rounds_its_operands(void **state)
{
    (void)state;
    compare_shapes(ch_product_nt, ch_gemm_nt_ref);
}

static void tn_rounds_its_operands(void **state)
{
    (void)state;
    compare_shapes(ch_product_tn, ch_gemm_tn_ref);
}

static void in_f32_nothing_is_rounded(void **state)
{
    const struct ch_matrix A = { a, 40 }, B = { b, 40 };

    (void)state;
    ch_product_nn(CH_PRECISION_F32, 30, 40, 40, A, B, 0, c, 40);
    ch_gemm_nn(30, 40, 40, A, B, 0, d, 40);
    assert_memory_equal(c, d, 30 * 40 * sizeof *c);
    ch_product_nn(CH_PRECISION_BF16, 30, 40, 40, A, B, 0, c, 40);
    assert_memory_not_equal(c, d, 30 * 40 * sizeof *c);
}

/* As panels: K above 32768 is cut where its rows do not fit the room. */
static void packed_weights_and_their_rows_are_rounded(void **state)
{
    const size_t size[][3] = {
        { 1, 1, 1 }, { 7, 33, 20 }, { 131, 16, 260 }, { 3, 5, 40000 },
        { 0, 5, 3 }, { 3, 5, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        size_t M = size[i][0], N = size[i][1], K = size[i][2];
        struct ch_matrix A = { a, K }, nt = { b, K }, nn = { b, N };

        fill(c, 3);
        memcpy(d, c, MOST * sizeof *d);
        ch_product_pack_nt(CH_PRECISION_BF16, N, K, nt, panel);
        ch_product_rows(CH_PRECISION_BF16, M, N, K, A, panel, c, N);
        ch_gemm_nt_ref(M, N, K, (struct ch_matrix) { rounded_a, K },
                       (struct ch_matrix) { rounded_b, K }, 1, d, N);
        ch_product_pack_nn(CH_PRECISION_BF16, N, K, nn, panel);
        ch_product_rows(CH_PRECISION_BF16, M, N, K, A, panel, c, N);
        ch_gemm_nn_ref(M, N, K, (struct ch_matrix) { rounded_a, K },
                       (struct ch_matrix) { rounded_b, N }, 1, d, N);
        for (size_t k = 0; k < M * N + 1; k++)
            assert_true(fabs((double)c[k] - (double)d[k]) <= 2 * limit_of(K));
    }
}

static void a_row_does_not_depend_on_the_others(void **state)
{
    const size_t N = 40, K = 300;

    (void)state;
    ch_product_pack_nt(CH_PRECISION_BF16, N, K, (struct ch_matrix) { b, K },
                       panel);
    memset(c, 0, 140 * N * sizeof *c);
    ch_product_rows(CH_PRECISION_BF16, 140, N, K, (struct ch_matrix) { a, K },
                    panel, c, N);
    for (size_t m = 0; m < 140; m++) {
        memset(d, 0, N * sizeof *d);
        ch_product_rows(CH_PRECISION_BF16, 1, N, K,
                        (struct ch_matrix) { a + m * K, K }, panel, d, N);
        assert_memory_equal(c + m * N, d, N * sizeof *d);
    }
}

static void what_is_no_number_stays_none(void **state)
{
    float x = NAN, y = 2, z = 1;

    (void)state;
    ch_product_nn(CH_PRECISION_BF16, 1, 1, 1, (struct ch_matrix) { &x, 1 },
                  (struct ch_matrix) { &y, 1 }, 0, &z, 1);
    assert_true(isnan(z));
}

static int take(void **state)
{
    float **all[] = { &a, &b, &c, &d, &rounded_a, &rounded_b, &panel };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!(*all[i] = ch_block_get(MOST * 2, sizeof **all[i])))
            return -1;
    fill(a, 1);
    fill(b, 2);
    for (size_t i = 0; i < MOST; i++) {
        rounded_a[i] = ch_half_from_bf16(ch_half_to_bf16(a[i]));
        rounded_b[i] = ch_half_from_bf16(ch_half_to_bf16(b[i]));
    }
    return 0;
}

static int give_back(void **state)
{
    float *all[] = { a, b, c, d, rounded_a, rounded_b, panel };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ch_block_release(all[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nn_rounds_its_operands),
        cmocka_unit_test(nt_rounds_its_operands),
        cmocka_unit_test(tn_rounds_its_operands),
        cmocka_unit_test(in_f32_nothing_is_rounded),
        cmocka_unit_test(packed_weights_and_their_rows_are_rounded),
        cmocka_unit_test(a_row_does_not_depend_on_the_others),
        cmocka_unit_test(what_is_no_number_stays_none),
    };

    return cmocka_run_group_tests(tests, take, give_back);
}
