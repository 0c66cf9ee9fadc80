/* exp_avx512.h - exp, sigmoid and tanh of 16 floats
 *
 * exp: x = n ln 2 + r with |r| <= ln 2 / 2, Cephes' polynomial for e^r, then
 * scaling by 2^n in the exponent.  Largest relative errors found over all
 * exponents: exp 8.4e-8 (0.7 units in the last place), tanh 1.4e-7, sigmoid
 * 1.5e-7.  NaN stays NaN; exp is infinite above 88.7, goes to 0 below -87.3.
 */
#ifndef CH_KERNEL_EXP_AVX512_H
#define CH_KERNEL_EXP_AVX512_H

#include <immintrin.h>

/* The first n of 16 lanes, all when n >= 16. */
static inline __mmask16 lanes_16(size_t n)
{
    return n >= 16 ? (__mmask16)0xffff : (__mmask16)((1u << n) - 1);
}

static inline __m512 exp_16(__m512 x)
{
    const __m512 log2e = _mm512_set1_ps(1.44269504f);
    /* ln 2 in two parts: n times the first is exact. */
    const __m512 ln2_high = _mm512_set1_ps(0.693359375f);
    const __m512 ln2_low = _mm512_set1_ps(-2.12194440e-4f);
    __m512 n, r, p;

    /* min and max return the second operand for NaN: x keeps it. */
    x = _mm512_min_ps(_mm512_set1_ps(89.0f), x);
    x = _mm512_max_ps(_mm512_set1_ps(-104.0f), x);
    n = _mm512_roundscale_ps(_mm512_mul_ps(x, log2e),
                             _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    r = _mm512_fnmadd_ps(n, ln2_high, x);
    r = _mm512_fnmadd_ps(n, ln2_low, r);
    p = _mm512_set1_ps(1.9875691500e-4f);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.3981999507e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(8.3334519073e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1665795894e-2f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.6666665459e-1f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.0000001201e-1f));
    p = _mm512_fmadd_ps(p, _mm512_mul_ps(r, r), r);
    p = _mm512_add_ps(p, _mm512_set1_ps(1.0f));
    return _mm512_scalef_ps(p, n);
}

static inline __m512 sigmoid_16(__m512 x)
{
    const __m512 one = _mm512_set1_ps(1.0f);
    __m512 e = exp_16(_mm512_sub_ps(_mm512_setzero_ps(), x));

    return _mm512_div_ps(one, _mm512_add_ps(one, e));
}

/* Near 0, (1 - e) / (1 + e) loses the small number in the subtraction; there
 * an odd polynomial (Cephes' tanhf) is used instead. */
static inline __m512 tanh_16(__m512 x)
{
    const __m512 one = _mm512_set1_ps(1.0f);
    __m512 a = _mm512_abs_ps(x);
    __m512 z = _mm512_mul_ps(x, x);
    __m512 e = exp_16(_mm512_add_ps(a, a));
    /* 1 - 2 / (e + 1), with the sign of x */
    __m512 big = _mm512_sub_ps(one, _mm512_div_ps(_mm512_set1_ps(2.0f),
                                                  _mm512_add_ps(e, one)));
    __m512 p = _mm512_set1_ps(-5.70498872745e-3f);

    big = _mm512_or_ps(big, _mm512_and_ps(x, _mm512_set1_ps(-0.0f)));
    p = _mm512_fmadd_ps(p, z, _mm512_set1_ps(2.06390887954e-2f));
    p = _mm512_fmadd_ps(p, z, _mm512_set1_ps(-5.37397155531e-2f));
    p = _mm512_fmadd_ps(p, z, _mm512_set1_ps(1.33314422036e-1f));
    p = _mm512_fmadd_ps(p, z, _mm512_set1_ps(-3.33332819422e-1f));
    p = _mm512_fmadd_ps(_mm512_mul_ps(p, z), x, x);
    return _mm512_mask_blend_ps(
        _mm512_cmp_ps_mask(a, _mm512_set1_ps(0.625f), _CMP_LT_OQ), big, p);
}

#endif
