/* test_product_half.c - products in bf16 by a library with instructions for it
 *
 * Few processors have them: one of plain loops stands in.  It is asked for
 * blocks, and has no memory for some, which then go the other way.
 */
#define ch_gemm_get stand_in
#include "kernel/product.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>

#include "base/rng.h"

/* Sums of at most 600 products of numbers below 1, in f32. */
#define LIMIT 1e-4
#define MOST ((size_t)620 * 620)

static size_t asked;
static bool has_memory;

static bool multiply(const struct ch_gemm_shape *s, const uint16_t *A,
                     const uint16_t *B, float *C)
{
    if (asked++ % 2 && !has_memory)
        return false;
    for (size_t m = 0; m < s->M; m++)
        for (size_t n = 0; n < s->N; n++) {
            float sum = 0;

            for (size_t k = 0; k < s->K; k++)
                sum += ch_half_from_bf16(A[s->is_ta ? k * s->lda + m
                                                    : m * s->lda + k]) *
                       ch_half_from_bf16(B[s->is_tb ? n * s->ldb + k
                                                    : k * s->ldb + n]);
            C[m * s->ldc + n] = sum + (s->is_added ? C[m * s->ldc + n] : 0);
        }
    return true;
}

const struct ch_gemm *stand_in(void)
{
    static const struct ch_gemm plain = { .product_bf16 = multiply };

    return &plain;
}

static float a[MOST], b[MOST], c[MOST], d[MOST];

static void fill(float *x, uint32_t seed)
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place) { .seed = seed,
                                            .purpose = CH_RNG_TEST });
    for (size_t i = 0; i < MOST; i++)
        x[i] = (float)(2 * ch_rng_unit(&r) - 1);
}

static void compare(gemm_fn *gemm, const size_t size[3], float beta)
{
    size_t M = size[0], N = size[1], K = size[2], ldc = N + 3;
    struct ch_matrix A = { a, (gemm == ch_gemm_tn ? M : K) + 3 };
    struct ch_matrix B = { b, (gemm == ch_gemm_nt ? K : N) + 3 };

    fill(c, 3);
    memcpy(d, c, sizeof d);
    product(CH_PRECISION_BF16, gemm, M, N, K, A, B, beta, c, ldc);
    gemm_bf16(false, gemm, M, N, K, A, B, beta, d, ldc);
    for (size_t i = 0; i < MOST; i++)
        if (!(fabs((double)c[i] - (double)d[i]) <= LIMIT))
            fail_msg("M %zu N %zu K %zu beta %g: element %zu is %g, expected "
                     "%g", M, N, K, (double)beta, i, (double)c[i],
                     (double)d[i]);
}

/* Around the edges of blocks of 128 x 256 x 256. */
static void compare_all(void)
{
    static const size_t size[][3] = {
        { 1, 1, 1 }, { 3, 17, 5 }, { 129, 257, 257 }, { 2, 600, 33 },
        { 300, 3, 64 }, { 5, 7, 600 },
    };
    gemm_fn *const gemm[] = { ch_gemm_nn, ch_gemm_nt, ch_gemm_tn };

    asked = 0;
    for (size_t i = 0; i < sizeof size / sizeof *size; i++)
        for (size_t k = 0; k < 6; k++)
            compare(gemm[k % 3], size[i], k / 3);
}

static void blocks_of_16_bits_are_multiplied(void **state)
{
    (void)state;
    has_memory = true;
    compare_all();
    /* 1, 1, 8, 3, 3 and 3 blocks, each 6 times */
    assert_int_equal(asked, 114);
}

static void a_block_without_memory_goes_the_other_way(void **state)
{
    (void)state;
    has_memory = false;
    compare_all();
    assert_int_equal(asked, 114);
}

static void what_adds_nothing_asks_nobody(void **state)
{
    (void)state;
    asked = 0;
    fill(c, 3);
    memcpy(d, c, sizeof d);
    product(CH_PRECISION_BF16, ch_gemm_nn, 2, 2, 0, (struct ch_matrix) { a, 1 },
            (struct ch_matrix) { b, 2 }, 1, c, 2);
    assert_memory_equal(c, d, sizeof d);
    product(CH_PRECISION_BF16, ch_gemm_nn, 2, 2, 0, (struct ch_matrix) { a, 1 },
            (struct ch_matrix) { b, 2 }, 0, c, 2);
    for (size_t i = 0; i < 4; i++)
        assert_true(c[i] == 0);
    assert_int_equal(asked, 0);
}

static int begin(void **state)
{
    (void)state;
    fill(a, 1);
    fill(b, 2);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_16_bits_are_multiplied),
        cmocka_unit_test(a_block_without_memory_goes_the_other_way),
        cmocka_unit_test(what_adds_nothing_asks_nobody),
    };

    return cmocka_run_group_tests(tests, begin, NULL);
}
