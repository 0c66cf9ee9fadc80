/* descent.c - steps down a gradient: SGD, RMSprop, Adagrad */
#include "kernel/descent.h"

#include <float.h>
#include <math.h>

/* adam_ref.c says why. */
static float fade(float x)
{
    return fabsf(x) < FLT_MIN ? 0.0f : x;
}

void ch_descent_sgd(size_t n, const struct ch_descent *d, const float *grad,
                    float *param, float *moment)
{
    if (!(d->momentum > 0)) {
        for (size_t i = 0; i < n; i++)
            param[i] -= d->rate * grad[i];
        return;
    }
    for (size_t i = 0; i < n; i++) {
        float m = fade(d->momentum * moment[i] + grad[i]);

        moment[i] = m;
        param[i] -= d->rate * (d->is_nesterov ? grad[i] + d->momentum * m : m);
    }
}

void ch_descent_rmsprop(size_t n, const struct ch_descent *d,
                        const float *grad, float *param, float *square,
                        float *moment)
{
    for (size_t i = 0; i < n; i++) {
        float g = grad[i];
        float s = fade(d->memory * square[i] + d->rest * g * g);

        square[i] = s;
        g /= sqrtf(s) + d->epsilon;
        if (d->momentum > 0)
            g = moment[i] = fade(d->momentum * moment[i] + g);
        param[i] -= d->rate * g;
    }
}

void ch_descent_adagrad(size_t n, const struct ch_descent *d,
                        const float *grad, float *param, float *sum)
{
    for (size_t i = 0; i < n; i++) {
        sum[i] = fade(sum[i] + grad[i] * grad[i]);
        param[i] -= d->rate * grad[i] / (sqrtf(sum[i]) + d->epsilon);
    }
}

void ch_descent_clamp(size_t n, float most, float *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] > most ? most : x[i] < -most ? -most : x[i];
}
