/* exp_avx2.h - exp, sigmoid and tanh of 8 floats
 *
 * The polynomials of exp_avx512.h, and its errors; 2^n is made of two factors,
 * so that results below the normal floats are rounded once.  NaN stays NaN;
 * exp is infinite above 88.7, goes to 0 below -87.3.
 */
#ifndef CH_KERNEL_EXP_AVX2_H
#define CH_KERNEL_EXP_AVX2_H

#include <immintrin.h>

/* The first n of 8 lanes, all when n >= 8. */
static inline __m256i lanes_8(size_t n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);

    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n >= 8 ? 8 : (int)n), lane);
}

/* What is left of an array is read and written by a mask, but only there:
 * some CPUs take many times as long for a masked store.  Other lanes are 0. */
static inline __m256 load_8(size_t n, const float *x)
{
    return n >= 8 ? _mm256_loadu_ps(x) : _mm256_maskload_ps(x, lanes_8(n));
}

static inline void store_8(size_t n, float *x, __m256 v)
{
    if (n >= 8)
        _mm256_storeu_ps(x, v);
    else
        _mm256_maskstore_ps(x, lanes_8(n), v);
}

/* ((0 + 2) + (1 + 3)) */
static inline double sum_4(__m256d x)
{
    __m128d s = _mm_add_pd(_mm256_castpd256_pd128(x),
                           _mm256_extractf128_pd(x, 1));

    return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
}

static inline __m256 exp_8(__m256 x)
{
    const __m256 log2e = _mm256_set1_ps(1.44269504f);
    /* ln 2 in two parts: n times the first is exact. */
    const __m256 ln2_high = _mm256_set1_ps(0.693359375f);
    const __m256 ln2_low = _mm256_set1_ps(-2.12194440e-4f);
    const __m256i bias = _mm256_set1_epi32(127);
    __m256 n, r, p;
    __m256i whole, half;

    /* min and max return the second operand for NaN: x keeps it. */
    x = _mm256_min_ps(_mm256_set1_ps(89.0f), x);
    x = _mm256_max_ps(_mm256_set1_ps(-104.0f), x);
    n = _mm256_round_ps(_mm256_mul_ps(x, log2e),
                        _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    r = _mm256_fnmadd_ps(n, ln2_high, x);
    r = _mm256_fnmadd_ps(n, ln2_low, r);
    p = _mm256_set1_ps(1.9875691500e-4f);
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.3981999507e-3f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(8.3334519073e-3f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(4.1665795894e-2f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.6666665459e-1f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(5.0000001201e-1f));
    p = _mm256_fmadd_ps(p, _mm256_mul_ps(r, r), r);
    p = _mm256_add_ps(p, _mm256_set1_ps(1.0f));
    whole = _mm256_cvtps_epi32(n);           /* -150 to 128 */
    half = _mm256_srai_epi32(whole, 1);
    whole = _mm256_sub_epi32(whole, half);
    half = _mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
    whole = _mm256_slli_epi32(_mm256_add_epi32(whole, bias), 23);
    p = _mm256_mul_ps(p, _mm256_castsi256_ps(half));
    return _mm256_mul_ps(p, _mm256_castsi256_ps(whole));
}

static inline __m256 sigmoid_8(__m256 x)
{
    const __m256 one = _mm256_set1_ps(1.0f);
    __m256 e = exp_8(_mm256_sub_ps(_mm256_setzero_ps(), x));

    return _mm256_div_ps(one, _mm256_add_ps(one, e));
}

/* Near 0, (1 - e) / (1 + e) loses the small number in the subtraction; there
 * an odd polynomial (Cephes' tanhf) is used instead. */
static inline __m256 tanh_8(__m256 x)
{
    const __m256 one = _mm256_set1_ps(1.0f);
    const __m256 sign = _mm256_set1_ps(-0.0f);
    __m256 a = _mm256_andnot_ps(sign, x);
    __m256 z = _mm256_mul_ps(x, x);
    __m256 e = exp_8(_mm256_add_ps(a, a));
    /* 1 - 2 / (e + 1), with the sign of x */
    __m256 big = _mm256_sub_ps(one, _mm256_div_ps(_mm256_set1_ps(2.0f),
                                                  _mm256_add_ps(e, one)));
    __m256 p = _mm256_set1_ps(-5.70498872745e-3f);

    big = _mm256_or_ps(big, _mm256_and_ps(x, sign));
    p = _mm256_fmadd_ps(p, z, _mm256_set1_ps(2.06390887954e-2f));
    p = _mm256_fmadd_ps(p, z, _mm256_set1_ps(-5.37397155531e-2f));
    p = _mm256_fmadd_ps(p, z, _mm256_set1_ps(1.33314422036e-1f));
    p = _mm256_fmadd_ps(p, z, _mm256_set1_ps(-3.33332819422e-1f));
    p = _mm256_fmadd_ps(_mm256_mul_ps(p, z), x, x);
    return _mm256_blendv_ps(
        big, p, _mm256_cmp_ps(a, _mm256_set1_ps(0.625f), _CMP_LT_OQ));
}

#endif
