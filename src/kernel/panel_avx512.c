/* panel_avx512.c - products of few rows with packed weights
 *
 * Up to 12 rows by 32 columns of C stay in registers while two panels stream
 * by: 24 sums hide the latency of the FMA, and the weights are read once per 12
 * rows.  Each row's sum runs over k in order, so it does not depend on M.
 */
#include "kernel/variant.h"

#include "kernel/exp_avx512.h"

#define ROWS 12

/* rows is a constant where this is inlined, so the sums become registers. */
static inline __attribute__((always_inline)) void
block(size_t rows, size_t K, const float *a, size_t lda,
      const float *const panel[2], __m512 (*sum)[2])
{
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++)
        sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    for (size_t k = 0; k < K; k++) {
        __m512 low = _mm512_loadu_ps(panel[0] + k * CH_PANEL);
        __m512 high = _mm512_loadu_ps(panel[1] + k * CH_PANEL);

#pragma GCC unroll 12
        for (size_t r = 0; r < rows; r++) {
            __m512 x = _mm512_set1_ps(a[r * lda + k]);

            sum[r][0] = _mm512_fmadd_ps(x, low, sum[r][0]);
            sum[r][1] = _mm512_fmadd_ps(x, high, sum[r][1]);
        }
    }
}

static void add_rows(size_t rows, size_t columns, __m512 (*sum)[2], float *c,
                     size_t ldc)
{
    __mmask16 low = lanes_16(columns);
    __mmask16 high = columns > 16 ? lanes_16(columns - 16) : 0;

    for (size_t r = 0; r < rows; r++) {
        float *at = c + r * ldc;

        _mm512_mask_storeu_ps(at, low,
                              _mm512_add_ps(_mm512_maskz_loadu_ps(low, at),
                                            sum[r][0]));
        if (high)
            _mm512_mask_storeu_ps(
                at + 16, high,
                _mm512_add_ps(_mm512_maskz_loadu_ps(high, at + 16),
                              sum[r][1]));
    }
}

static void product(size_t rows, size_t K, const float *a, size_t lda,
                    const float *const panel[2], __m512 (*sum)[2])
{
    switch (rows) {
#define CASE(n)                                                                \
    case n:                                                                    \
        block(n, K, a, lda, panel, sum);                                       \
        break;
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
    CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#undef CASE
    }
}

void ch_panel_product_avx512(size_t M, size_t N, size_t K, struct ch_matrix A,
                             const float *panel, float *C, size_t ldc)
{
    size_t step = K * CH_PANEL;

    for (size_t n = 0; n < N; n += 2 * CH_PANEL, panel += 2 * step) {
        /* The last may be alone; what it gives twice is not added twice. */
        const float *const pair[2] = {
            panel, N - n > CH_PANEL ? panel + step : panel
        };

        for (size_t m = 0; m < M; m += ROWS) {
            size_t rows = M - m < ROWS ? M - m : ROWS;
            __m512 sum[ROWS][2];

            product(rows, K, A.at + m * A.ld, A.ld, pair, sum);
            add_rows(rows, N - n, sum, C + m * ldc + n, ldc);
        }
    }
}
