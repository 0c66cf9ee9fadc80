/* product.c - matrix products at a precision
 *
 * bf16 on any CPU: blocks of the operands are rounded while they are copied
 * to the stack, where the products of f32 work on them.  A product of two
 * bfloat16 has 16 bits and is exact in f32, so this is what instructions for
 * bf16 compute, but for the order of the sums.  Where the library of products
 * has those (kernel/gemm.h), the blocks are of 16 bits, and it multiplies them.
 */
#include "kernel/product.h"

#include <string.h>

#include "kernel/gemm.h"

/* A block of A is 128 KiB and one of B 256 KiB: they stay in the L2 cache. */
#define BLOCK_M 128
#define BLOCK_N 256
#define BLOCK_K CH_PRODUCT_K
/* Floats of rows that meet a panel. */
#define ROOM (BLOCK_M * BLOCK_K)

typedef void gemm_fn(size_t M, size_t N, size_t K, struct ch_matrix A,
                     struct ch_matrix B, float beta, float *C, size_t ldc);

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A block of X: from row `row`, column `column`; ld of to is its width. */
static struct ch_matrix take(struct ch_matrix X, size_t row, size_t column,
                             size_t rows, size_t columns, float *to)
{
    const struct ch_kernel *k = ch_kernel_get();

    for (size_t r = 0; r < rows; r++)
        k->round_bf16(columns, X.at + (row + r) * X.ld + column,
                      to + r * columns);
    return (struct ch_matrix) { to, columns };
}

/* What begins at (row, column) of X, or of its transpose. */
static struct ch_matrix part_of(struct ch_matrix X, bool is_turned, size_t row,
                                size_t column)
{
    X.at += is_turned ? column * X.ld + row : row * X.ld + column;
    return X;
}

/* The same block in 16 bits a value. */
static const uint16_t *take_half(struct ch_matrix X, size_t row,
                                 size_t column, size_t rows, size_t columns,
                                 uint16_t *to)
{
    const struct ch_kernel *k = ch_kernel_get();
    float line[BLOCK_N];

    for (size_t r = 0; r < rows; r++) {
        k->round_bf16(columns, X.at + (row + r) * X.ld + column, line);
        for (size_t c = 0; c < columns; c++) {
            uint32_t bits;

            memcpy(&bits, &line[c], sizeof bits);
            to[r * columns + c] = (uint16_t)(bits >> 16);
        }
    }
    return to;
}

static void portable_bf16(gemm_fn *gemm, size_t M, size_t N, size_t K,
                          struct ch_matrix A, struct ch_matrix B, float beta,
                          float *C, size_t ldc)
{
    _Alignas(64) float a_block[BLOCK_M * BLOCK_K];
    _Alignas(64) float b_block[BLOCK_N * BLOCK_K];
    int is_nt = gemm == ch_gemm_nt, is_tn = gemm == ch_gemm_tn;

    if (K == 0)
        gemm(M, N, K, A, B, beta, C, ldc);
    for (size_t n = 0; n < N; n += BLOCK_N)
        for (size_t k = 0; k < K; k += BLOCK_K) {
            size_t width = smaller(N - n, BLOCK_N);
            size_t depth = smaller(K - k, BLOCK_K);
            struct ch_matrix b = is_nt ? take(B, n, k, width, depth, b_block)
                                       : take(B, k, n, depth, width, b_block);

            for (size_t m = 0; m < M; m += BLOCK_M) {
                size_t rows = smaller(M - m, BLOCK_M);
                struct ch_matrix a = is_tn
                                         ? take(A, k, m, depth, rows, a_block)
                                         : take(A, m, k, rows, depth, a_block);

                gemm(rows, width, depth, a, b, k ? 1 : beta, C + m * ldc + n,
                     ldc);
            }
        }
}

/* As portable_bf16(), with the instructions of the library.  Where it has no
 * memory for a block, that one goes the other way. */
static void native_bf16(gemm_fn *gemm, size_t M, size_t N, size_t K,
                        struct ch_matrix A, struct ch_matrix B, float beta,
                        float *C, size_t ldc)
{
    _Alignas(64) uint16_t a_block[BLOCK_M * BLOCK_K];
    _Alignas(64) uint16_t b_block[BLOCK_N * BLOCK_K];
    bool is_nt = gemm == ch_gemm_nt, is_tn = gemm == ch_gemm_tn;

    for (size_t n = 0; n < N; n += BLOCK_N)
        for (size_t k = 0; k < K; k += BLOCK_K) {
            size_t width = smaller(N - n, BLOCK_N);
            size_t depth = smaller(K - k, BLOCK_K);
            const uint16_t *b = is_nt
                ? take_half(B, n, k, width, depth, b_block)
                : take_half(B, k, n, depth, width, b_block);

            for (size_t m = 0; m < M; m += BLOCK_M) {
                size_t rows = smaller(M - m, BLOCK_M);
                const uint16_t *a = is_tn
                    ? take_half(A, k, m, depth, rows, a_block)
                    : take_half(A, m, k, rows, depth, a_block);
                const struct ch_gemm_shape s = {
                    is_tn, is_nt, rows, width, depth, is_tn ? rows : depth,
                    is_nt ? depth : width, ldc, k || beta > 0
                };

                if (!ch_gemm_get()->product_bf16(&s, a, b, C + m * ldc + n))
                    portable_bf16(gemm, rows, width, depth,
                                  part_of(A, is_tn, m, k),
                                  part_of(B, is_nt, k, n), s.is_added,
                                  C + m * ldc + n, ldc);
            }
        }
}

static void product(enum ch_precision precision, gemm_fn *gemm, size_t M,
                    size_t N, size_t K, struct ch_matrix A, struct ch_matrix B,
                    float beta, float *C, size_t ldc)
{
    if (precision == CH_PRECISION_BF16 && K && ch_gemm_get()->product_bf16)
        native_bf16(gemm, M, N, K, A, B, beta, C, ldc);
    else if (precision == CH_PRECISION_BF16)
        portable_bf16(gemm, M, N, K, A, B, beta, C, ldc);
    else
        gemm(M, N, K, A, B, beta, C, ldc);
}

void ch_product_nn(enum ch_precision precision, size_t M, size_t N, size_t K,
                   struct ch_matrix A, struct ch_matrix B, float beta,
                   float *C, size_t ldc)
{
    product(precision, ch_gemm_nn, M, N, K, A, B, beta, C, ldc);
}

void ch_product_nt(enum ch_precision precision, size_t M, size_t N, size_t K,
                   struct ch_matrix A, struct ch_matrix B, float beta,
                   float *C, size_t ldc)
{
    product(precision, ch_gemm_nt, M, N, K, A, B, beta, C, ldc);
}

void ch_product_tn(enum ch_precision precision, size_t M, size_t N, size_t K,
                   struct ch_matrix A, struct ch_matrix B, float beta,
                   float *C, size_t ldc)
{
    product(precision, ch_gemm_tn, M, N, K, A, B, beta, C, ldc);
}

/* ------------------------------------------------------------------ panels */

void ch_product_pack_nn(enum ch_precision precision, size_t N, size_t K,
                        struct ch_matrix B, float *panel)
{
    ch_panel_pack_nn(N, K, B, panel);
    if (precision == CH_PRECISION_BF16)
        ch_kernel_get()->round_bf16(ch_panel_floats(N, K), panel, panel);
}

void ch_product_pack_nt(enum ch_precision precision, size_t N, size_t K,
                        struct ch_matrix B, float *panel)
{
    ch_panel_pack_nt(N, K, B, panel);
    if (precision == CH_PRECISION_BF16)
        ch_kernel_get()->round_bf16(ch_panel_floats(N, K), panel, panel);
}

/* Rows that fit the room; where not even one does, panels take their part of
 * K one by one. */
static void rows_bf16(size_t M, size_t N, size_t K, struct ch_matrix A,
                      const float *panel, float *C, size_t ldc)
{
    const struct ch_kernel *kernel = ch_kernel_get();
    size_t depth = smaller(K, ROOM), step = depth < K ? CH_PANEL : N;
    _Alignas(64) float room[ROOM];

    for (size_t m = 0, rows; m < M && K; m += rows) {
        rows = smaller(M - m, ROOM / depth);
        for (size_t k = 0; k < K; k += depth) {
            size_t part = smaller(K - k, depth);
            struct ch_matrix a = take(A, m, k, rows, part, room);

            for (size_t n = 0; n < N; n += step)
                kernel->panel_product(rows, smaller(N - n, step), part, a,
                                      panel + n * K + k * CH_PANEL,
                                      C + m * ldc + n, ldc);
        }
    }
}

void ch_product_rows(enum ch_precision precision, size_t M, size_t N, size_t K,
                     struct ch_matrix A, const float *panel, float *C,
                     size_t ldc)
{
    if (precision == CH_PRECISION_BF16)
        rows_bf16(M, N, K, A, panel, C, ldc);
    else
        ch_kernel_get()->panel_product(M, N, K, A, panel, C, ldc);
}
