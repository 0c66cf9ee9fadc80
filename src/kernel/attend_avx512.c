/* attend_avx512.c - additive attention, 16 units of a key at a time */
#include "kernel/variant.h"

#include <math.h>

#include "kernel/exp_avx512.h"

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

void ch_attend_forward_avx512(const struct ch_attend *a, float *weight)
{
    for (size_t l = 0; l < a->L; l++) {
        const float *key = a->key + l * a->A;
        __m512 sum = _mm512_setzero_ps();

        for (size_t i = 0; i < a->A; i += 16) {
            __mmask16 k = lanes_16(a->A - i);
            __m512 t = tanh_16(_mm512_add_ps(
                _mm512_maskz_loadu_ps(k, key + i),
                _mm512_maskz_loadu_ps(k, a->query + i)));

            sum = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(k, a->score + i), t,
                                  sum);
        }
        weight[l] = _mm512_reduce_add_ps(sum);
    }
    softmax(a->L, weight);
}

/* x += y */
static inline void add_to(__mmask16 k, float *x, __m512 y)
{
    _mm512_mask_storeu_ps(x, k,
                          _mm512_add_ps(_mm512_maskz_loadu_ps(k, x), y));
}

/* One place, whose score has the gradient d. */
static void place_back(const struct ch_attend *a, size_t l, float d,
                       struct ch_attend_grad *g)
{
    const __m512 one = _mm512_set1_ps(1.0f), slope_of = _mm512_set1_ps(d);
    const float *key = a->key + l * a->A;
    float *dkey = g->key + l * a->A;

    for (size_t i = 0; i < a->A; i += 16) {
        __mmask16 k = lanes_16(a->A - i);
        __m512 t = tanh_16(_mm512_add_ps(
            _mm512_maskz_loadu_ps(k, key + i),
            _mm512_maskz_loadu_ps(k, a->query + i)));
        __m512 slope = _mm512_mul_ps(
            _mm512_mul_ps(slope_of, _mm512_maskz_loadu_ps(k, a->score + i)),
            _mm512_fnmadd_ps(t, t, one));

        add_to(k, g->score + i, _mm512_mul_ps(slope_of, t));
        add_to(k, g->query + i, slope);
        add_to(k, dkey + i, slope);
    }
}

void ch_attend_backward_avx512(const struct ch_attend *a, const float *weight,
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
