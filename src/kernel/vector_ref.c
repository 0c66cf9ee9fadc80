/* vector_ref.c - sums, scaling and dropout of arrays: the definition */
#include "kernel/variant.h"

void ch_vector_add_ref(size_t n, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

void ch_vector_axpy_ref(size_t n, float a, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

void ch_vector_scale_ref(size_t n, float a, float *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= a;
}

double ch_vector_sum_squares_ref(size_t n, const float *x)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    return sum;
}

void ch_vector_dots_ref(size_t rows, size_t n, const float *x,
                        struct ch_matrix m, float *y)
{
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;

        for (size_t i = 0; i < n; i++)
            sum += (double)x[i] * (double)m.at[r * m.ld + i];
        y[r] = (float)sum;
    }
}

void ch_vector_drop_ref(size_t n, const uint64_t *keep, float scale, float *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = keep[i / 64] >> (i % 64) & 1 ? x[i] * scale : 0.0f;
}

void ch_vector_round_bf16_ref(size_t n, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = ch_half_from_bf16(ch_half_to_bf16(x[i]));
}
