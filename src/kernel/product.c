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

/* Rows and columns of an operand. */
struct block {
    struct ch_matrix of;
    size_t rows, columns;
};

static struct block block_of(struct ch_matrix X, size_t row, size_t column,
                             size_t rows, size_t columns)
{
    X.at += row * X.ld + column;
    return (struct block) { X, rows, columns };
}

/* Rounded; the ld of what is taken is its width. */
static struct ch_matrix take(struct block x, float *to)
{
    const struct ch_kernel *k = ch_kernel_get();

    for (size_t r = 0; r < x.rows; r++)
        k->round_bf16(x.columns, x.of.at + r * x.of.ld, to + r * x.columns);
    return (struct ch_matrix) { to, x.columns };
}

/* The same in 16 bits a value. */
static void take_half(struct block x, uint16_t *to)
{
    const struct ch_kernel *k = ch_kernel_get();
    float line[BLOCK_N];

    _Static_assert(BLOCK_M <= BLOCK_N && BLOCK_K <= BLOCK_N, "a row fits");
    for (size_t r = 0; r < x.rows; r++) {
        k->round_bf16(x.columns, x.of.at + r * x.of.ld, line);
        for (size_t c = 0; c < x.columns; c++) {
            uint32_t bits;

            memcpy(&bits, &line[c], sizeof bits);
            to[r * x.columns + c] = (uint16_t)(bits >> 16);
        }
    }
}

/* is_half: by the instructions of the library.  Where it has no memory for a
 * block, that one goes the other way. */
static void gemm_bf16(bool is_half, gemm_fn *gemm, size_t M, size_t N,
                      size_t K, struct ch_matrix A, struct ch_matrix B,
                      float beta, float *C, size_t ldc)
{
    _Alignas(64) union {
        float whole[BLOCK_M * BLOCK_K];
        uint16_t half[BLOCK_M * BLOCK_K];
    } a_room;
    _Alignas(64) union {
        float whole[BLOCK_N * BLOCK_K];
        uint16_t half[BLOCK_N * BLOCK_K];
    } b_room;
    bool is_nt = gemm == ch_gemm_nt, is_tn = gemm == ch_gemm_tn;

    for (size_t n = 0; n < N; n += BLOCK_N)
        for (size_t k = 0; k < K; k += BLOCK_K) {
            size_t width = smaller(N - n, BLOCK_N);
            size_t depth = smaller(K - k, BLOCK_K);
            struct block b = is_nt ? block_of(B, n, k, width, depth)
                                   : block_of(B, k, n, depth, width);
            bool is_added = k || beta > 0;

            if (is_half)
                take_half(b, b_room.half);
            else
                take(b, b_room.whole);
            for (size_t m = 0; m < M; m += BLOCK_M) {
                size_t rows = smaller(M - m, BLOCK_M);
                struct block a = is_tn ? block_of(A, k, m, depth, rows)
                                       : block_of(A, m, k, rows, depth);
                const struct ch_gemm_shape s = {
                    is_tn, is_nt, rows, width, depth, a.columns, b.columns,
                    ldc, is_added
                };
                float *c = C + m * ldc + n;

                if (!is_half) {
                    gemm(rows, width, depth, take(a, a_room.whole),
                         (struct ch_matrix) { b_room.whole, b.columns },
                         is_added, c, ldc);
                    continue;
                }
                take_half(a, a_room.half);
                if (!ch_gemm_get()->product_bf16(&s, a_room.half, b_room.half,
                                                 c))
                    gemm_bf16(false, gemm, rows, width, depth, a.of, b.of,
                              is_added, c, ldc);
            }
        }
}

static void product(enum ch_precision precision, gemm_fn *gemm, size_t M,
                    size_t N, size_t K, struct ch_matrix A, struct ch_matrix B,
                    float beta, float *C, size_t ldc)
{
    if (precision == CH_PRECISION_BF16 && K)
        gemm_bf16(ch_gemm_get()->product_bf16, gemm, M, N, K, A, B, beta, C,
                  ldc);
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
            struct ch_matrix a = take(block_of(A, m, k, rows, part), room);

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
