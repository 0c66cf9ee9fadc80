/* norm.c - rows that are projected from an image are scaled, each by itself
 *
 * Sums of a row are in double, from its front to its end.
 */
#include "net/pass.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* PyTorch's. */
#define EPSILON 1e-5

static bool is_on(const struct ch_decoder *d)
{
    return d->shape.image_norm == CH_NORM_LAYER;
}

struct ch_norm_params ch_norm_list(struct ch_decoder *d, const char *prefix,
                                   size_t n)
{
    struct ch_norm_params at = { 0 };
    char name[32];

    if (!is_on(d))
        return at;
    snprintf(name, sizeof name, "%s.weight", prefix);
    at.weight = ch_param_add(d, name, n, 1, 0);
    d->param[at.weight].start = 1;
    snprintf(name, sizeof name, "%s.bias", prefix);
    at.bias = ch_param_add(d, name, n, 1, 0);
    return at;
}

void ch_norm_lay(const struct ch_pass *p, struct ch_norm *w,
                 struct ch_pieces *pieces, size_t rows, size_t n)
{
    if (!is_on(p->d))
        rows = 0;
    *w = (struct ch_norm) { .rows = rows, .n = n };
    w->unit = ch_pieces_floats(pieces, rows * n);
    w->scale = ch_pieces_floats(pieces, rows);
}

/* ---------------------------------------------------------------- forward */

/* A row becomes its u; what it was multiplied by. */
static float to_unit(size_t n, float *x)
{
    double mean = 0, square = 0;
    float scale;

    for (size_t i = 0; i < n; i++)
        mean += (double)x[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) {
        double far = (double)x[i] - mean;

        square += far * far;
    }
    scale = (float)(1 / sqrt(square / (double)n + EPSILON));
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - (float)mean) * scale;
    return scale;
}

static void spread(size_t n, const float *weight, const float *bias, float *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = weight[i] * x[i] + bias[i];
}

void ch_norm_forward(const struct ch_pass *p, struct ch_norm_params at,
                     struct ch_norm *w, float *x)
{
    size_t n = w->n;

    for (size_t r = 0; r < w->rows; r++) {
        w->scale[r] = to_unit(n, x + r * n);
        memcpy(w->unit + r * n, x + r * n, n * sizeof *x);
        spread(n, ch_pass_param(p, at.weight), ch_pass_param(p, at.bias),
               x + r * n);
    }
}

void ch_norm_rows(const struct ch_decoder *d, const float *params,
                  struct ch_norm_params at, size_t rows, size_t n, float *x)
{
    for (size_t r = 0; is_on(d) && r < rows; r++) {
        to_unit(n, x + r * n);
        spread(n, params + d->param[at.weight].offset,
               params + d->param[at.bias].offset, x + r * n);
    }
}

/* --------------------------------------------------------------- backward */

/* dx = scale (dy weight - mean(dy weight) - u mean(dy weight u)); u becomes the
 * row's part of the gradient of the weight. */
static void row_back(size_t n, const float *weight, float scale, float *u,
                     float *dx)
{
    double sum = 0, along = 0;

    for (size_t i = 0; i < n; i++) {
        double d = (double)dx[i] * (double)weight[i];

        sum += d;
        along += d * (double)u[i];
    }
    sum /= (double)n;
    along /= (double)n;
    for (size_t i = 0; i < n; i++) {
        float dy = dx[i];

        dx[i] = scale * (dy * weight[i] - (float)sum - u[i] * (float)along);
        u[i] *= dy;
    }
}

void ch_norm_backward(const struct ch_pass *p, struct ch_norm_params at,
                      struct ch_norm *w, float *dx)
{
    size_t n = w->n;

    if (!w->rows)
        return;
    ch_gradient_columns(p, w->rows, n, dx, ch_pass_grad(p, at.bias));
    for (size_t r = 0; r < w->rows; r++)
        row_back(n, ch_pass_param(p, at.weight), w->scale[r], w->unit + r * n,
                 dx + r * n);
    ch_gradient_columns(p, w->rows, n, w->unit, ch_pass_grad(p, at.weight));
}
