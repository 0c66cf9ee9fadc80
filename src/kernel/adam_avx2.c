/* adam_avx2.c - one step of Adam, 8 parameters at a time
 *
 * One pass over gradient, parameter and both moments: the memory is what it
 * waits for, not the division.
 */
#include "kernel/variant.h"

#include <float.h>

#include "kernel/exp_avx2.h"

/* x, or 0 where it is subnormal (adam_ref.c says why); NaN stays. */
static inline __m256 fade(__m256 x)
{
    __m256 size = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);

    return _mm256_and_ps(
        x, _mm256_cmp_ps(size, _mm256_set1_ps(FLT_MIN), _CMP_NLT_UQ));
}

void ch_adam_step_avx2(size_t n, const struct ch_adam *a, const float *grad,
                       float *param, float *m, float *v)
{
    const __m256 scale = _mm256_set1_ps(a->scale);
    const __m256 beta1 = _mm256_set1_ps(a->beta1);
    const __m256 beta2 = _mm256_set1_ps(a->beta2);
    const __m256 rest1 = _mm256_set1_ps(a->rest1);
    const __m256 rest2 = _mm256_set1_ps(a->rest2);
    const __m256 rate = _mm256_set1_ps(a->rate);
    const __m256 root = _mm256_set1_ps(a->root);
    const __m256 epsilon = _mm256_set1_ps(a->epsilon);

    for (size_t i = 0; i < n; i += 8) {
        size_t left = n - i;
        __m256 g = _mm256_mul_ps(scale, load_8(left, grad + i));
        __m256 p = load_8(left, param + i);
        __m256 m1 = _mm256_mul_ps(beta1, load_8(left, m + i));
        __m256 v1 = _mm256_mul_ps(beta2, load_8(left, v + i));
        __m256 below;

        m1 = fade(_mm256_fmadd_ps(rest1, g, m1));
        v1 = fade(_mm256_fmadd_ps(_mm256_mul_ps(rest2, g), g, v1));
        below = _mm256_fmadd_ps(root, _mm256_sqrt_ps(v1), epsilon);
        p = _mm256_sub_ps(p, _mm256_div_ps(_mm256_mul_ps(rate, m1), below));
        store_8(left, m + i, m1);
        store_8(left, v + i, v1);
        store_8(left, param + i, p);
    }
}
