/* panel_avx2.c - products of few rows with packed weights
 *
 * Six rows by the 16 columns of a panel stay in registers while the panel
 * streams by: 12 sums hide the latency of the FMA, and 16 registers hold no
 * more.  Each row's sum runs over k in order, so it does not depend on M.
 * Weights may be larger than the caches: while the groups of rows share a
 * panel, each fetches its part of the next one.
 */
#include "kernel/variant.h"

#include "kernel/exp_avx2.h"

#define ROWS 6

/* What is wanted next, so many floats for each k. */
struct ahead {
    const float *at;
    size_t stride;
};

/* rows is a constant where this is inlined, so s becomes registers; sum, which
 * may be any memory, would not. */
static inline __attribute__((always_inline)) void
block(size_t rows, size_t K, struct ch_matrix A, const float *panel,
      struct ahead next, __m256 (*sum)[2])
{
    __m256 s[ROWS][2];

#pragma GCC unroll 6
    for (size_t r = 0; r < rows; r++)
        s[r][0] = s[r][1] = _mm256_setzero_ps();
    for (size_t k = 0; k < K; k++) {
        __m256 low = _mm256_loadu_ps(panel + k * CH_PANEL);
        __m256 high = _mm256_loadu_ps(panel + k * CH_PANEL + 8);

        _mm_prefetch((const char *)(next.at + k * next.stride), _MM_HINT_T1);
#pragma GCC unroll 6
        for (size_t r = 0; r < rows; r++) {
            __m256 x = _mm256_set1_ps(A.at[r * A.ld + k]);

            s[r][0] = _mm256_fmadd_ps(x, low, s[r][0]);
            s[r][1] = _mm256_fmadd_ps(x, high, s[r][1]);
        }
    }
#pragma GCC unroll 6
    for (size_t r = 0; r < rows; r++) {
        sum[r][0] = s[r][0];
        sum[r][1] = s[r][1];
    }
}

/* On its own, so that the loops need not share the registers with constants of
 * the caller. */
static __attribute__((noinline)) void
product(size_t rows, size_t K, struct ch_matrix A, const float *panel,
        struct ahead next, __m256 (*sum)[2])
{
    switch (rows) {
#define CASE(n)                                                                \
    case n:                                                                    \
        block(n, K, A, panel, next, sum);                                      \
        break;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#undef CASE
    }
}

static void add_rows(size_t rows, size_t columns, __m256 (*sum)[2], float *c,
                     size_t ldc)
{
    for (size_t r = 0; r < rows; r++, c += ldc) {
        store_8(columns, c, _mm256_add_ps(load_8(columns, c), sum[r][0]));
        if (columns > 8)
            store_8(columns - 8, c + 8,
                    _mm256_add_ps(load_8(columns - 8, c + 8), sum[r][1]));
    }
}

void ch_panel_product_avx2(size_t M, size_t N, size_t K, struct ch_matrix A,
                           const float *panel, float *C, size_t ldc)
{
    /* Groups of nearly equal size: two rows alone would wait for their sums. */
    size_t groups = (M + ROWS - 1) / ROWS;

    for (size_t n = 0; n < N; n += CH_PANEL, panel += K * CH_PANEL) {
        size_t following = n + CH_PANEL < N ? K * CH_PANEL : 0;

        for (size_t g = 0, m = 0, rows; g < groups; g++, m += rows) {
            struct ch_matrix a = { A.at + m * A.ld, A.ld };
            struct ahead next = {
                panel + following + g * K * CH_PANEL / groups,
                CH_PANEL / groups
            };
            __m256 sum[ROWS][2];

            rows = M / groups + (g < M % groups);
            product(rows, K, a, panel, next, sum);
            add_rows(rows, N - n, sum, C + m * ldc + n, ldc);
        }
    }
}
