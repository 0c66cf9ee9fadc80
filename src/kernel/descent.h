/* descent.h - steps down a gradient, but for Adam's (kernel.h)
 *
 * PyTorch's formulas.  Each value depends on its own place alone, and nothing
 * is fused, so any cut of an array and any compiler give the same bits.
 * Moments below the smallest normal float become 0, as Adam's do.
 */
#ifndef CH_KERNEL_DESCENT_H
#define CH_KERNEL_DESCENT_H

#include <stdbool.h>
#include <stddef.h>

struct ch_descent {
    float rate;
    float momentum;          /* 0: none, and moment may be NULL */
    float memory, rest;      /* RMSprop's alpha, and 1 - alpha rounded once */
    float epsilon;           /* added to the root */
    bool is_nesterov;
};

/* moment = momentum moment + grad
 * param -= rate (is_nesterov ? grad + momentum moment : moment) */
void ch_descent_sgd(size_t n, const struct ch_descent *d, const float *grad,
                    float *param, float *moment);
/* square = memory square + rest grad^2;  g = grad / (sqrt(square) + epsilon)
 * moment = momentum moment + g;  param -= rate moment */
void ch_descent_rmsprop(size_t n, const struct ch_descent *d,
                        const float *grad, float *param, float *square,
                        float *moment);
/* sum += grad^2;  param -= rate grad / (sqrt(sum) + epsilon) */
void ch_descent_adagrad(size_t n, const struct ch_descent *d,
                        const float *grad, float *param, float *sum);

/* x[i] within [-most, most]; NaN stays NaN. */
void ch_descent_clamp(size_t n, float most, float *x);

#endif
