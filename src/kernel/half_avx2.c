/* half_avx2.c - IEEE binary16 to f32, 8 numbers at a time */
#include "kernel/variant.h"

#include <string.h>

#include "kernel/exp_avx2.h"

/* Bits as those of the reference: the exponent moves by a product, and what is
 * not finite gets the largest. */
static inline __m256 widen(__m128i halves)
{
    __m256i h = _mm256_cvtepu16_epi32(halves);
    __m256i u = _mm256_and_si256(h, _mm256_set1_epi32(0x7fff));
    __m256i size = _mm256_slli_epi32(u, 13);
    __m256i sign = _mm256_slli_epi32(_mm256_xor_si256(h, u), 16);
    __m256i finite = _mm256_castps_si256(_mm256_mul_ps(
        _mm256_castsi256_ps(size), _mm256_set1_ps(0x1p112f)));
    __m256i has_none = _mm256_cmpeq_epi32(
        _mm256_and_si256(h, _mm256_set1_epi32(0x3ff)), _mm256_setzero_si256());
    __m256i other = _mm256_or_si256(
        _mm256_or_si256(size, _mm256_set1_epi32(0x7f800000)),
        _mm256_andnot_si256(has_none, _mm256_set1_epi32(0x400000)));
    __m256i is_other = _mm256_cmpgt_epi32(u, _mm256_set1_epi32(0x7bff));

    return _mm256_castsi256_ps(_mm256_or_si256(
        sign, _mm256_blendv_epi8(finite, other, is_other)));
}

void ch_half_widen_f16_avx2(size_t n, const void *bytes, float *x)
{
    const unsigned char *at = bytes;
    uint16_t rest[8] = { 0 };
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(x + i, widen(_mm_loadu_si128(
            (const __m128i *)(at + 2 * i))));
    if (i == n)
        return;
    memcpy(rest, at + 2 * i, 2 * (n - i));
    store_8(n - i, x + i, widen(_mm_loadu_si128((const __m128i *)rest)));
}
