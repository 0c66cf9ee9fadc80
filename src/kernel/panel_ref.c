/* panel_ref.c - products of few rows with packed weights: the definition */
#include "kernel/variant.h"

#include <string.h>

size_t ch_panel_floats(size_t N, size_t K)
{
    return (N + CH_PANEL - 1) / CH_PANEL * CH_PANEL * K;
}

/* Both packings tell whole panels from the last, which may be narrower: with
 * its width a constant, the inner loop becomes a few moves. */

void ch_panel_pack_nn(size_t N, size_t K, struct ch_matrix B, float *panel)
{
    size_t whole = N - N % CH_PANEL, width = N % CH_PANEL;

    for (size_t k = 0; k < K; k++, panel += CH_PANEL) {
        const float *from = B.at + k * B.ld;
        float *last = panel + whole * K;

        for (size_t n = 0; n < whole; n += CH_PANEL)
            memcpy(panel + n * K, from + n, CH_PANEL * sizeof *panel);
        if (width) {
            memcpy(last, from + whole, width * sizeof *last);
            memset(last + width, 0, (CH_PANEL - width) * sizeof *last);
        }
    }
}

void ch_panel_pack_nt(size_t N, size_t K, struct ch_matrix B, float *panel)
{
    size_t whole = N - N % CH_PANEL;

    for (size_t n = 0; n < whole; n += CH_PANEL)
        for (size_t k = 0; k < K; k++, panel += CH_PANEL)
            for (size_t j = 0; j < CH_PANEL; j++)
                panel[j] = B.at[(n + j) * B.ld + k];
    for (size_t k = 0; k < K && whole < N; k++, panel += CH_PANEL)
        for (size_t j = 0; j < CH_PANEL; j++)
            panel[j] = whole + j < N ? B.at[(whole + j) * B.ld + k] : 0.0f;
}

void ch_panel_product_ref(size_t M, size_t N, size_t K, struct ch_matrix A,
                          const float *panel, float *C, size_t ldc)
{
    for (size_t m = 0; m < M; m++)
        for (size_t n = 0; n < N; n++) {
            const float *column = panel + n / CH_PANEL * CH_PANEL * K +
                                  n % CH_PANEL;
            double sum = 0;

            for (size_t k = 0; k < K; k++)
                sum += (double)A.at[m * A.ld + k] *
                       (double)column[k * CH_PANEL];
            C[m * ldc + n] += (float)sum;
        }
}
