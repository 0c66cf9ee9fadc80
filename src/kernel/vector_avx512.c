/* vector_avx512.c - sums, scaling and dropout of arrays, 16 floats at a time */
#include "kernel/variant.h"

#include "kernel/exp_avx512.h"

void ch_vector_add_avx512(size_t n, const float *x, float *y)
{
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = lanes_16(n - i);
        __m512 s = _mm512_add_ps(_mm512_maskz_loadu_ps(k, y + i),
                                 _mm512_maskz_loadu_ps(k, x + i));

        _mm512_mask_storeu_ps(y + i, k, s);
    }
}

void ch_vector_axpy_avx512(size_t n, float a, const float *x, float *y)
{
    __m512 factor = _mm512_set1_ps(a);

    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = lanes_16(n - i);
        __m512 s = _mm512_fmadd_ps(factor, _mm512_maskz_loadu_ps(k, x + i),
                                   _mm512_maskz_loadu_ps(k, y + i));

        _mm512_mask_storeu_ps(y + i, k, s);
    }
}

void ch_vector_scale_avx512(size_t n, float a, float *x)
{
    __m512 factor = _mm512_set1_ps(a);

    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = lanes_16(n - i);

        _mm512_mask_storeu_ps(x + i, k,
                              _mm512_mul_ps(factor,
                                            _mm512_maskz_loadu_ps(k, x + i)));
    }
}

double ch_vector_sum_squares_avx512(size_t n, const float *x)
{
    __m512d low = _mm512_setzero_pd(), high = _mm512_setzero_pd();

    for (size_t i = 0; i < n; i += 16) {
        __m512 v = _mm512_maskz_loadu_ps(lanes_16(n - i), x + i);
        __m512d a = _mm512_cvtps_pd(_mm512_castps512_ps256(v));
        __m512d b = _mm512_cvtps_pd(_mm512_extractf32x8_ps(v, 1));

        low = _mm512_fmadd_pd(a, a, low);
        high = _mm512_fmadd_pd(b, b, high);
    }
    return _mm512_reduce_add_pd(_mm512_add_pd(low, high));
}

/* Four sums of 16 each hide the latency of the FMA. */
static float dot(size_t n, const float *x, const float *y)
{
    __m512 s[4];
    size_t i = 0;

    for (size_t j = 0; j < 4; j++)
        s[j] = _mm512_setzero_ps();
    for (; i + 64 <= n; i += 64)
        for (size_t j = 0; j < 4; j++)
            s[j] = _mm512_fmadd_ps(_mm512_loadu_ps(x + i + 16 * j),
                                   _mm512_loadu_ps(y + i + 16 * j), s[j]);
    for (; i < n; i += 16) {
        __mmask16 k = lanes_16(n - i);

        s[0] = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(k, x + i),
                               _mm512_maskz_loadu_ps(k, y + i), s[0]);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s[0], s[1]),
                                              _mm512_add_ps(s[2], s[3])));
}

void ch_vector_dots_avx512(size_t rows, size_t n, const float *x,
                           struct ch_matrix m, float *y)
{
    for (size_t r = 0; r < rows; r++)
        y[r] = dot(n, x, m.at + r * m.ld);
}

void ch_vector_drop_avx512(size_t n, const uint64_t *keep, float scale,
                           float *x)
{
    __m512 factor = _mm512_set1_ps(scale);

    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = lanes_16(n - i);
        __mmask16 kept = (__mmask16)(keep[i / 64] >> (i % 64));
        __m512 v = _mm512_maskz_loadu_ps(k, x + i);

        _mm512_mask_storeu_ps(x + i, k, _mm512_maskz_mul_ps(kept, v, factor));
    }
}

/* As with AVX2: half of the last place that stays, less one where that place
 * is even, is added, and the rest cut off; a NaN becomes a quiet one. */
void ch_vector_round_bf16_avx512(size_t n, const float *x, float *y)
{
    const __m512i half = _mm512_set1_epi32(0x7fff);
    const __m512i one = _mm512_set1_epi32(1);
    const __m512i upper = _mm512_set1_epi32((int)0xffff0000u);
    const __m512i quiet = _mm512_set1_epi32(0x400000);

    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = lanes_16(n - i);
        __m512 v = _mm512_maskz_loadu_ps(k, x + i);
        __m512i u = _mm512_castps_si512(v);
        __m512i odd = _mm512_and_si512(_mm512_srli_epi32(u, 16), one);
        __m512i up = _mm512_add_epi32(_mm512_add_epi32(u, half), odd);
        __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);

        up = _mm512_mask_or_epi32(up, nan, u, quiet);
        _mm512_mask_storeu_ps(y + i, k,
                              _mm512_castsi512_ps(_mm512_and_si512(up,
                                                                   upper)));
    }
}
