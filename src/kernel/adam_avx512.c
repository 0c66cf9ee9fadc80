/* adam_avx512.c - one step of Adam, 16 parameters at a time
 *
 * One pass over gradient, parameter and both moments: the memory is what it
 * waits for, not the division.
 */
#include "kernel/variant.h"

#include <float.h>

#include "kernel/exp_avx512.h"

/* x, or 0 where it is subnormal (adam_ref.c says why); NaN stays. */
static inline __m512 fade(__m512 x)
{
    const __m512 least = _mm512_set1_ps(FLT_MIN);

    return _mm512_maskz_mov_ps(
        _mm512_cmp_ps_mask(_mm512_abs_ps(x), least, _CMP_NLT_UQ), x);
}

void ch_adam_step_avx512(size_t n, const struct ch_adam *a, const float *grad,
                         float *param, float *m, float *v)
{
    const __m512 scale = _mm512_set1_ps(a->scale);
    const __m512 beta1 = _mm512_set1_ps(a->beta1);
    const __m512 beta2 = _mm512_set1_ps(a->beta2);
    const __m512 rest1 = _mm512_set1_ps(a->rest1);
    const __m512 rest2 = _mm512_set1_ps(a->rest2);
    const __m512 rate = _mm512_set1_ps(a->rate);
    const __m512 root = _mm512_set1_ps(a->root);
    const __m512 epsilon = _mm512_set1_ps(a->epsilon);

    for (size_t i = 0; i < n; i += 16) {
        __mmask16 k = lanes_16(n - i);
        __m512 g = _mm512_mul_ps(scale, _mm512_maskz_loadu_ps(k, grad + i));
        __m512 p = _mm512_maskz_loadu_ps(k, param + i);
        __m512 m1 = _mm512_mul_ps(beta1, _mm512_maskz_loadu_ps(k, m + i));
        __m512 v1 = _mm512_mul_ps(beta2, _mm512_maskz_loadu_ps(k, v + i));
        __m512 below;

        m1 = fade(_mm512_fmadd_ps(rest1, g, m1));
        v1 = fade(_mm512_fmadd_ps(_mm512_mul_ps(rest2, g), g, v1));
        below = _mm512_fmadd_ps(root, _mm512_sqrt_ps(v1), epsilon);
        p = _mm512_sub_ps(p, _mm512_div_ps(_mm512_mul_ps(rate, m1), below));
        _mm512_mask_storeu_ps(m + i, k, m1);
        _mm512_mask_storeu_ps(v + i, k, v1);
        _mm512_mask_storeu_ps(param + i, k, p);
    }
}
