/* softmax_avx2.c - softmax of one row, 8 logits at a time
 *
 * The sum of the exponentials is kept in double: a vocabulary is long, and
 * the loss is what training is judged by.
 */
#include "kernel/variant.h"

#include <assert.h>
#include <math.h>

#include "kernel/exp_avx2.h"

static float largest(size_t V, const float *x)
{
    const __m256 least = _mm256_set1_ps(-INFINITY);
    __m256 max = least;
    __m128 m;
    size_t v = 0;

    for (; v + 8 <= V; v += 8)
        max = _mm256_max_ps(max, _mm256_loadu_ps(x + v));
    if (v < V)
        max = _mm256_max_ps(
            max, _mm256_blendv_ps(least, load_8(V - v, x + v),
                                  _mm256_castsi256_ps(lanes_8(V - v))));
    m = _mm_max_ps(_mm256_castps256_ps128(max), _mm256_extractf128_ps(max, 1));
    m = _mm_max_ps(m, _mm_movehl_ps(m, m));
    return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

/* Sum of exp(x - max); the exponentials go to `out` when it is not NULL. */
static inline double exp_sum(size_t V, const float *x, float max, float *out)
{
    __m256 shift = _mm256_set1_ps(max);
    __m256d low = _mm256_setzero_pd(), high = _mm256_setzero_pd();

    for (size_t v = 0; v < V; v += 8) {
        __m256 e = exp_8(_mm256_sub_ps(load_8(V - v, x + v), shift));

        if (V - v < 8)
            e = _mm256_and_ps(e, _mm256_castsi256_ps(lanes_8(V - v)));
        if (out)
            store_8(V - v, out + v, e);
        low = _mm256_add_pd(low, _mm256_cvtps_pd(_mm256_castps256_ps128(e)));
        high = _mm256_add_pd(high,
                             _mm256_cvtps_pd(_mm256_extractf128_ps(e, 1)));
    }
    return sum_4(_mm256_add_pd(low, high));
}

double ch_softmax_cost_avx2(size_t V, const float *logit, size_t target)
{
    float max = largest(V, logit);

    assert(target < V);
    return log(exp_sum(V, logit, max, NULL)) +
           ((double)max - (double)logit[target]);
}

double ch_softmax_loss_avx2(size_t V, float *logit, size_t target)
{
    float max = largest(V, logit);
    double margin, sum;

    assert(target < V);
    margin = (double)max - (double)logit[target];
    sum = exp_sum(V, logit, max, logit);
    ch_vector_scale_avx2(V, (float)(1 / sum), logit);
    logit[target] -= 1.0f;
    return log(sum) + margin;
}

/* In double, as the exponentials. */
static double plain_sum(size_t V, const float *x)
{
    __m256d low = _mm256_setzero_pd(), high = _mm256_setzero_pd();

    for (size_t v = 0; v < V; v += 8) {
        __m256 y = load_8(V - v, x + v);

        low = _mm256_add_pd(low, _mm256_cvtps_pd(_mm256_castps256_ps128(y)));
        high = _mm256_add_pd(high,
                             _mm256_cvtps_pd(_mm256_extractf128_ps(y, 1)));
    }
    return sum_4(_mm256_add_pd(low, high));
}

double ch_softmax_smooth_avx2(size_t V, float *logit, size_t target,
                              float smoothing)
{
    float max = largest(V, logit);
    double s = (double)smoothing, each = s / (double)V, all, sum, loss;
    __m256 scale, shift = _mm256_set1_ps((float)each);

    assert(target < V);
    all = plain_sum(V, logit);
    loss = (double)max - (1 - s) * (double)logit[target] - each * all;
    sum = exp_sum(V, logit, max, logit);
    scale = _mm256_set1_ps((float)(1 / sum));
    for (size_t v = 0; v < V; v += 8)
        store_8(V - v, logit + v,
                _mm256_fmsub_ps(load_8(V - v, logit + v), scale, shift));
    logit[target] -= 1.0f - smoothing;
    return log(sum) + loss;
}

void ch_softmax_log_avx2(size_t V, float *logit)
{
    float max = largest(V, logit);
    __m256 shift = _mm256_set1_ps((float)((double)max +
                                          log(exp_sum(V, logit, max, NULL))));

    for (size_t v = 0; v < V; v += 8)
        store_8(V - v, logit + v,
                _mm256_sub_ps(load_8(V - v, logit + v), shift));
}
