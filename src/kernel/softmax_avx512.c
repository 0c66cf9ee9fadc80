/* softmax_avx512.c - softmax of one row, 16 logits at a time
 *
 * The sum of the exponentials is kept in double: a vocabulary is long, and
 * the loss is what training is judged by.
 */
#include "kernel/variant.h"

#include <assert.h>
#include <math.h>

#include "kernel/exp_avx512.h"

static float largest(size_t V, const float *x)
{
    __m512 max = _mm512_set1_ps(-INFINITY);

    for (size_t v = 0; v < V; v += 16) {
        __mmask16 k = lanes_16(V - v);

        max = _mm512_mask_max_ps(max, k, max, _mm512_maskz_loadu_ps(k, x + v));
    }
    return _mm512_reduce_max_ps(max);
}

/* Sum of exp(x - max); the exponentials go to `out` when it is not NULL. */
static double exp_sum(size_t V, const float *x, float max, float *out)
{
    __m512 shift = _mm512_set1_ps(max);
    __m512d low = _mm512_setzero_pd(), high = _mm512_setzero_pd();

    for (size_t v = 0; v < V; v += 16) {
        __mmask16 k = lanes_16(V - v);
        __m512 e = exp_16(_mm512_sub_ps(_mm512_maskz_loadu_ps(k, x + v),
                                        shift));

        e = _mm512_maskz_mov_ps(k, e);
        if (out)
            _mm512_mask_storeu_ps(out + v, k, e);
        low = _mm512_add_pd(low, _mm512_cvtps_pd(_mm512_castps512_ps256(e)));
        high = _mm512_add_pd(high,
                             _mm512_cvtps_pd(_mm512_extractf32x8_ps(e, 1)));
    }
    return _mm512_reduce_add_pd(_mm512_add_pd(low, high));
}

double ch_softmax_cost_avx512(size_t V, const float *logit, size_t target)
{
    float max = largest(V, logit);

    assert(target < V);
    return log(exp_sum(V, logit, max, NULL)) +
           ((double)max - (double)logit[target]);
}

double ch_softmax_loss_avx512(size_t V, float *logit, size_t target)
{
    float max = largest(V, logit);
    double margin, sum;

    assert(target < V);
    margin = (double)max - (double)logit[target];
    sum = exp_sum(V, logit, max, logit);
    ch_vector_scale_avx512(V, (float)(1 / sum), logit);
    logit[target] -= 1.0f;
    return log(sum) + margin;
}

/* In double, as the exponentials. */
static double plain_sum(size_t V, const float *x)
{
    __m512d low = _mm512_setzero_pd(), high = _mm512_setzero_pd();

    for (size_t v = 0; v < V; v += 16) {
        __m512 y = _mm512_maskz_loadu_ps(lanes_16(V - v), x + v);

        low = _mm512_add_pd(low, _mm512_cvtps_pd(_mm512_castps512_ps256(y)));
        high = _mm512_add_pd(high,
                             _mm512_cvtps_pd(_mm512_extractf32x8_ps(y, 1)));
    }
    return _mm512_reduce_add_pd(_mm512_add_pd(low, high));
}

double ch_softmax_smooth_avx512(size_t V, float *logit, size_t target,
                                float smoothing)
{
    float max = largest(V, logit);
    double s = (double)smoothing, each = s / (double)V, all, sum, loss;
    __m512 scale, shift = _mm512_set1_ps((float)each);

    assert(target < V);
    all = plain_sum(V, logit);
    loss = (double)max - (1 - s) * (double)logit[target] - each * all;
    sum = exp_sum(V, logit, max, logit);
    scale = _mm512_set1_ps((float)(1 / sum));
    for (size_t v = 0; v < V; v += 16) {
        __mmask16 k = lanes_16(V - v);
        __m512 x = _mm512_maskz_loadu_ps(k, logit + v);

        _mm512_mask_storeu_ps(logit + v, k, _mm512_fmsub_ps(x, scale, shift));
    }
    logit[target] -= 1.0f - smoothing;
    return log(sum) + loss;
}

void ch_softmax_log_avx512(size_t V, float *logit)
{
    float max = largest(V, logit);
    __m512 shift = _mm512_set1_ps((float)((double)max +
                                          log(exp_sum(V, logit, max, NULL))));

    for (size_t v = 0; v < V; v += 16) {
        __mmask16 k = lanes_16(V - v);
        __m512 x = _mm512_maskz_loadu_ps(k, logit + v);

        _mm512_mask_storeu_ps(logit + v, k, _mm512_sub_ps(x, shift));
    }
}
