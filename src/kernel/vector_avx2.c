/* vector_avx2.c - sums, scaling and dropout of arrays, 8 floats at a time */
#include "kernel/variant.h"

#include "kernel/exp_avx2.h"

void ch_vector_add_avx2(size_t n, const float *x, float *y)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(y + i, _mm256_add_ps(_mm256_loadu_ps(y + i),
                                              _mm256_loadu_ps(x + i)));
    if (i < n)
        store_8(n - i, y + i, _mm256_add_ps(load_8(n - i, y + i),
                                            load_8(n - i, x + i)));
}

void ch_vector_axpy_avx2(size_t n, float a, const float *x, float *y)
{
    __m256 factor = _mm256_set1_ps(a);
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(y + i, _mm256_fmadd_ps(factor, _mm256_loadu_ps(x + i),
                                                _mm256_loadu_ps(y + i)));
    if (i < n)
        store_8(n - i, y + i, _mm256_fmadd_ps(factor, load_8(n - i, x + i),
                                              load_8(n - i, y + i)));
}

void ch_vector_scale_avx2(size_t n, float a, float *x)
{
    __m256 factor = _mm256_set1_ps(a);
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(x + i, _mm256_mul_ps(factor, _mm256_loadu_ps(x + i)));
    if (i < n)
        store_8(n - i, x + i, _mm256_mul_ps(factor, load_8(n - i, x + i)));
}

double ch_vector_sum_squares_avx2(size_t n, const float *x)
{
    __m256d low = _mm256_setzero_pd(), high = _mm256_setzero_pd();

    for (size_t i = 0; i < n; i += 8) {
        __m256 v = load_8(n - i, x + i);
        __m256d a = _mm256_cvtps_pd(_mm256_castps256_ps128(v));
        __m256d b = _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1));

        low = _mm256_fmadd_pd(a, a, low);
        high = _mm256_fmadd_pd(b, b, high);
    }
    return sum_4(_mm256_add_pd(low, high));
}

/* Four sums of 8 each hide the latency of the FMA. */
static float dot(size_t n, const float *x, const float *y)
{
    __m256 s[4];
    __m128 sum;
    size_t i = 0;

#pragma GCC unroll 4
    for (size_t j = 0; j < 4; j++)
        s[j] = _mm256_setzero_ps();
    for (; i + 32 <= n; i += 32)
#pragma GCC unroll 4
        for (size_t j = 0; j < 4; j++)
            s[j] = _mm256_fmadd_ps(_mm256_loadu_ps(x + i + 8 * j),
                                   _mm256_loadu_ps(y + i + 8 * j), s[j]);
    for (; i < n; i += 8)
        s[0] = _mm256_fmadd_ps(load_8(n - i, x + i), load_8(n - i, y + i),
                               s[0]);
    s[0] = _mm256_add_ps(_mm256_add_ps(s[0], s[1]),
                         _mm256_add_ps(s[2], s[3]));
    sum = _mm_add_ps(_mm256_castps256_ps128(s[0]),
                     _mm256_extractf128_ps(s[0], 1));
    sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
    return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}

void ch_vector_dots_avx2(size_t rows, size_t n, const float *x,
                         struct ch_matrix m, float *y)
{
    for (size_t r = 0; r < rows; r++)
        y[r] = dot(n, x, m.at + r * m.ld);
}

/* Bits 0 to 7, each spread over the 32 of its lane. */
static inline __m256 spread(uint64_t bits)
{
    const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    __m256i all = _mm256_set1_epi32((int)(bits & 0xff));

    return _mm256_castsi256_ps(
        _mm256_cmpeq_epi32(_mm256_and_si256(all, bit), bit));
}

void ch_vector_drop_avx2(size_t n, const uint64_t *keep, float scale,
                         float *x)
{
    __m256 factor = _mm256_set1_ps(scale);

    for (size_t i = 0; i < n; i += 8) {
        __m256 v = _mm256_mul_ps(load_8(n - i, x + i), factor);

        store_8(n - i, x + i,
                _mm256_and_ps(v, spread(keep[i / 64] >> (i % 64))));
    }
}

/* Half of the last place that stays, less one where that place is even, is
 * added, and the rest cut off; a NaN becomes a quiet one. */
void ch_vector_round_bf16_avx2(size_t n, const float *x, float *y)
{
    const __m256i half = _mm256_set1_epi32(0x7fff);
    const __m256i one = _mm256_set1_epi32(1);
    const __m256i upper = _mm256_set1_epi32((int)0xffff0000u);
    const __m256 quiet = _mm256_castsi256_ps(_mm256_set1_epi32(0x400000));

    for (size_t i = 0; i < n; i += 8) {
        __m256 v = load_8(n - i, x + i);
        __m256i u = _mm256_castps_si256(v);
        __m256i odd = _mm256_and_si256(_mm256_srli_epi32(u, 16), one);
        __m256i up = _mm256_add_epi32(_mm256_add_epi32(u, half), odd);
        __m256 nan = _mm256_or_ps(v, quiet);
        __m256 r = _mm256_blendv_ps(_mm256_castsi256_ps(up), nan,
                                    _mm256_cmp_ps(v, v, _CMP_UNORD_Q));

        store_8(n - i, y + i,
                _mm256_and_ps(r, _mm256_castsi256_ps(upper)));
    }
}
