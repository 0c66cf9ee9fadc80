/* attend_avx2.c - additive attention, 8 units of a key at a time */
#include "kernel/variant.h"

#include <math.h>

#include "kernel/exp_avx2.h"

/* ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)) */
static inline float sum_8(__m256 x)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(x),
                          _mm256_extractf128_ps(x, 1));

    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

/* As in attend_ref.c: there are few places. */
static void softmax(size_t L, float *x)
{
    float max = x[0];
    double sum = 0;

    for (size_t l = 1; l < L; l++)
        if (x[l] > max)
            max = x[l];
    for (size_t l = 0; l < L; l++)
        sum += exp((double)x[l] - (double)max);
    for (size_t l = 0; l < L; l++)
        x[l] = (float)(exp((double)x[l] - (double)max) / sum);
}

void ch_attend_forward_avx2(const struct ch_attend *a, float *weight)
{
    for (size_t l = 0; l < a->L; l++) {
        const float *key = a->key + l * a->A;
        __m256 sum = _mm256_setzero_ps();

        for (size_t i = 0; i < a->A; i += 8) {
            size_t n = a->A - i;
            __m256 t = tanh_8(_mm256_add_ps(load_8(n, key + i),
                                            load_8(n, a->query + i)));

            sum = _mm256_fmadd_ps(load_8(n, a->score + i), t, sum);
        }
        weight[l] = sum_8(sum);
    }
    softmax(a->L, weight);
}

/* One place, whose score has the gradient d. */
static void place_back(const struct ch_attend *a, size_t l, float d,
                       struct ch_attend_grad *g)
{
    const __m256 one = _mm256_set1_ps(1.0f), slope_of = _mm256_set1_ps(d);
    const float *key = a->key + l * a->A;
    float *dkey = g->key + l * a->A;

    for (size_t i = 0; i < a->A; i += 8) {
        size_t n = a->A - i;
        __m256 t = tanh_8(_mm256_add_ps(load_8(n, key + i),
                                        load_8(n, a->query + i)));
        __m256 slope = _mm256_mul_ps(
            _mm256_mul_ps(slope_of, load_8(n, a->score + i)),
            _mm256_fnmadd_ps(t, t, one));

        store_8(n, g->score + i,
                _mm256_fmadd_ps(slope_of, t, load_8(n, g->score + i)));
        store_8(n, g->query + i,
                _mm256_add_ps(load_8(n, g->query + i), slope));
        store_8(n, dkey + i, _mm256_add_ps(load_8(n, dkey + i), slope));
    }
}

void ch_attend_backward_avx2(const struct ch_attend *a, const float *weight,
                             const float *dweight, struct ch_attend_grad *g)
{
    float mean = 0;

    for (size_t l = 0; l < a->L; l++)
        mean += weight[l] * dweight[l];
    for (size_t i = 0; i < a->A; i++)
        g->query[i] = 0;
    for (size_t l = 0; l < a->L; l++)
        place_back(a, l, weight[l] * (dweight[l] - mean), g);
}
