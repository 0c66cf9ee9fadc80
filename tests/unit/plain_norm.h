/* plain_norm.h - a LayerNorm in double, of one row */
#ifndef TESTS_UNIT_PLAIN_NORM_H
#define TESTS_UNIT_PLAIN_NORM_H

#include "plain.h"

/* x [n] to mean 0 and variance 1, times weight plus bias; nothing where the
 * decoder has none. */
static void plain_norm(const struct plain *p, const char *name, size_t n,
                       double *x)
{
    double mean = 0, variance = 0;
    const double *weight, *bias;

    if (p->d->shape.image_norm == CH_NORM_NONE)
        return;
    weight = p->params + plain_info(p, name, "_norm.weight", "")->offset;
    bias = p->params + plain_info(p, name, "_norm.bias", "")->offset;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        variance += (x[i] - mean) * (x[i] - mean) / (double)n;
    for (size_t i = 0; i < n; i++)
        x[i] = weight[i] * (x[i] - mean) / sqrt(variance + 1e-5) + bias[i];
}

#endif
