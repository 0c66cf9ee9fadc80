/* panel_avx2.c - products of few rows with packed weights
 *
 * Six rows by 16 columns of C stay in registers while half a panel streams by;
 * three rows or fewer take the whole panel.  Either way 12 sums hide the
 * latency of the FMA, and 16 registers hold no more.  Each row's sum runs over
 * k in order, so it does not depend on M.
 */
#include "kernel/variant.h"

#include "kernel/exp_avx2.h"

#define ROWS 6
#define WIDE 4               /* vectors of 8 in a row of a panel */

/* rows and wide are constants where this is inlined, so s becomes registers;
 * sum, which may be any memory, would not. */
static inline __attribute__((always_inline)) void
block(size_t rows, size_t wide, size_t K, struct ch_matrix A,
      const float *panel, __m256 (*sum)[WIDE])
{
    __m256 s[ROWS][WIDE];

#pragma GCC unroll 6
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (size_t w = 0; w < wide; w++)
            s[r][w] = _mm256_setzero_ps();
    for (size_t k = 0; k < K; k++) {
        __m256 b[WIDE];

#pragma GCC unroll 4
        for (size_t w = 0; w < wide; w++)
            b[w] = _mm256_loadu_ps(panel + k * CH_PANEL + 8 * w);
#pragma GCC unroll 6
        for (size_t r = 0; r < rows; r++) {
            __m256 a = _mm256_set1_ps(A.at[r * A.ld + k]);

#pragma GCC unroll 4
            for (size_t w = 0; w < wide; w++)
                s[r][w] = _mm256_fmadd_ps(a, b[w], s[r][w]);
        }
    }
#pragma GCC unroll 6
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (size_t w = 0; w < wide; w++)
            sum[r][w] = s[r][w];
}

/* Returns how many vectors of each row it did.  On its own, so that the loops
 * need not share the registers with constants of the caller. */
static __attribute__((noinline)) size_t
product(size_t rows, size_t K, struct ch_matrix A, const float *panel,
        __m256 (*sum)[WIDE])
{
    switch (rows) {
#define CASE(n, wide)                                                          \
    case n:                                                                    \
        block(n, wide, K, A, panel, sum);                                      \
        return wide;
    CASE(1, 4) CASE(2, 4) CASE(3, 4) CASE(4, 2) CASE(5, 2)
    default:
    CASE(6, 2)
#undef CASE
    }
}

static void add_rows(size_t rows, size_t columns, __m256 (*sum)[WIDE],
                     float *c, size_t ldc)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t n = 0; n < columns; n += 8) {
            float *at = c + r * ldc + n;

            store_8(columns - n, at,
                    _mm256_add_ps(load_8(columns - n, at), sum[r][n / 8]));
        }
}

void ch_panel_product_avx2(size_t M, size_t N, size_t K, struct ch_matrix A,
                           const float *panel, float *C, size_t ldc)
{
    for (size_t n = 0; n < N; n += CH_PANEL, panel += K * CH_PANEL)
        for (size_t m = 0; m < M; m += ROWS) {
            size_t rows = M - m < ROWS ? M - m : ROWS;
            size_t columns = N - n < CH_PANEL ? N - n : CH_PANEL;
            struct ch_matrix a = { A.at + m * A.ld, A.ld };
            __m256 sum[ROWS][WIDE];

            for (size_t at = 0; at < columns;) {
                size_t done = 8 * product(rows, K, a, panel + at, sum);

                add_rows(rows, columns - at < done ? columns - at : done, sum,
                         C + m * ldc + n + at, ldc);
                at += done;
            }
        }
}
