/* adam_ref.c - one step of Adam: the definition */
#include "kernel/variant.h"

#include <assert.h>
#include <float.h>
#include <math.h>

struct ch_adam ch_adam_at(double rate, double beta1, double beta2,
                          double epsilon, uint64_t step, double scale)
{
    assert(step > 0);
    /* 1 - beta in double: 1 - 0.999f is 5e-5 off. */
    return (struct ch_adam) {
        .scale = (float)scale,
        .beta1 = (float)beta1,
        .beta2 = (float)beta2,
        .epsilon = (float)epsilon,
        .rest1 = (float)(1 - beta1),
        .rest2 = (float)(1 - beta2),
        .rate = (float)(rate / (1 - pow(beta1, (double)step))),
        .root = (float)(1 / sqrt(1 - pow(beta2, (double)step))),
    };
}

/* The moment of a rare word fades by 0.9 a step and would stay for ever among
 * the subnormals, where some CPUs take a hundred times as long. */
static float fade(float x)
{
    return fabsf(x) < FLT_MIN ? 0.0f : x;
}

void ch_adam_step_ref(size_t n, const struct ch_adam *a, const float *grad,
                      float *param, float *m, float *v)
{
    for (size_t i = 0; i < n; i++) {
        float g = a->scale * grad[i];

        m[i] = fade(a->beta1 * m[i] + a->rest1 * g);
        v[i] = fade(a->beta2 * v[i] + a->rest2 * g * g);
        param[i] -= a->rate * m[i] / (a->root * sqrtf(v[i]) + a->epsilon);
    }
}
