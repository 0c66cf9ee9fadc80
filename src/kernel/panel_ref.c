/* panel_ref.c - products of few rows with packed weights: the definition */
#include "kernel/variant.h"

#include <string.h>

size_t ch_panel_floats(size_t N, size_t K)
{
    return (N + CH_PANEL - 1) / CH_PANEL * CH_PANEL * K;
}

void ch_panel_pack_nn(size_t N, size_t K, struct ch_matrix B, float *panel)
{
    for (size_t k = 0; k < K; k++, panel += CH_PANEL)
        for (size_t n = 0; n < N; n += CH_PANEL) {
            size_t width = N - n < CH_PANEL ? N - n : CH_PANEL;
            float *to = panel + n * K;

            memcpy(to, B.at + k * B.ld + n, width * sizeof *to);
            for (size_t j = width; j < CH_PANEL; j++)
                to[j] = 0;
        }
}

void ch_panel_pack_nt(size_t N, size_t K, struct ch_matrix B, float *panel)
{
    for (size_t n = 0; n < N; n += CH_PANEL, panel += K * CH_PANEL)
        for (size_t j = 0; j < CH_PANEL; j++)
            for (size_t k = 0; k < K; k++)
                panel[k * CH_PANEL + j] =
                    n + j < N ? B.at[(n + j) * B.ld + k] : 0.0f;
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
