/* coarse_avx2.c - which rows of small whole numbers are near one another
 *
 * One instruction makes 32 products of bytes and adds them by pairs.  With
 * numbers below 64 four such sums fit 16 bits, so they are widened only then:
 * three times the products of floats in the same time.
 */
#include "kernel/variant.h"

#include <immintrin.h>

/* Of four numbers of K at a time; each sum of 16 bits holds 8 products. */
#define STEP 4

static inline __m256i four(const unsigned char *at)
{
    int32_t x;

    __builtin_memcpy(&x, at, sizeof x);
    return _mm256_set1_epi32(x);
}

/* dot[i], lane k: of rows i and k. */
static void dots(size_t K, const unsigned char *a, const unsigned char *b,
                 __m256i dot[CH_COARSE])
{
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i sum[CH_COARSE];

#pragma GCC unroll 8
    for (size_t i = 0; i < CH_COARSE; i++)
        sum[i] = _mm256_setzero_si256();
    for (size_t n = 0; n < K; n += 4 * STEP) {
        __m256i part[STEP];

#pragma GCC unroll 4
        for (size_t j = 0; j < STEP; j++)
            part[j] = _mm256_loadu_si256((const __m256i *)(b + 32 * j));
#pragma GCC unroll 8
        for (size_t i = 0; i < CH_COARSE; i++) {
            __m256i pairs = _mm256_maddubs_epi16(part[0], four(a + 4 * i));

#pragma GCC unroll 4
            for (size_t j = 1; j < STEP; j++)
                pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(
                    part[j], four(a + 32 * j + 4 * i)));
            sum[i] = _mm256_add_epi32(sum[i], _mm256_madd_epi16(pairs, ones));
        }
        a += 32 * STEP;
        b += 32 * STEP;
    }
#pragma GCC unroll 8
    for (size_t i = 0; i < CH_COARSE; i++)
        dot[i] = sum[i];
}

void ch_coarse_near_avx2(size_t K, struct ch_coarse a, size_t panels,
                         struct ch_coarse b, unsigned char *near)
{
    __m256i dot[CH_COARSE];

    for (size_t p = 0; p < panels; p++) {
        __m256 square = _mm256_loadu_ps(b.square + p * CH_COARSE);
        __m256 reach = _mm256_loadu_ps(b.reach + p * CH_COARSE);

        dots(K, a.at, b.at + p * CH_COARSE * K, dot);
        for (size_t i = 0; i < CH_COARSE; i++) {
            __m256 twice = _mm256_cvtepi32_ps(_mm256_slli_epi32(dot[i], 1));
            __m256 far = _mm256_add_ps(_mm256_set1_ps(a.reach[i]), reach);
            __m256 squared = _mm256_sub_ps(
                _mm256_add_ps(_mm256_set1_ps(a.square[i]), square), twice);

            *near++ = (unsigned char)_mm256_movemask_ps(_mm256_cmp_ps(
                squared, _mm256_mul_ps(far, far), _CMP_LE_OQ));
        }
    }
}
