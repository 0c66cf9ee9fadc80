/* attend_ref.c - additive attention of one query over L places: the definition
 *
 * Bahdanau et al. (ICLR 2015), Xu et al. (ICML 2015).
 */
#include "kernel/variant.h"

#include <math.h>

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

void ch_attend_forward_ref(const struct ch_attend *a, float *weight)
{
    for (size_t l = 0; l < a->L; l++) {
        const float *key = a->key + l * a->A;
        float sum = 0;

        for (size_t i = 0; i < a->A; i++)
            sum += a->score[i] * tanhf(key[i] + a->query[i]);
        weight[l] = sum;
    }
    softmax(a->L, weight);
}

/* d score_l = weight_l (dweight_l - sum_m weight_m dweight_m) */
void ch_attend_backward_ref(const struct ch_attend *a, const float *weight,
                            const float *dweight, struct ch_attend_grad *g)
{
    float mean = 0;

    for (size_t l = 0; l < a->L; l++)
        mean += weight[l] * dweight[l];
    for (size_t i = 0; i < a->A; i++)
        g->query[i] = 0;
    for (size_t l = 0; l < a->L; l++) {
        const float *key = a->key + l * a->A;
        float *dkey = g->key + l * a->A;
        float d = weight[l] * (dweight[l] - mean);

        for (size_t i = 0; i < a->A; i++) {
            float t = tanhf(key[i] + a->query[i]);
            float slope = d * a->score[i] * (1.0f - t * t);

            g->score[i] += d * t;
            g->query[i] += slope;
            dkey[i] += slope;
        }
    }
}
