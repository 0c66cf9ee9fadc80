/* update.c - the summed gradient changes the parameters */
#include "train/update.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "kernel/descent.h"

/* PyTorch's: keeps a zero norm from dividing by zero. */
#define TINY 1e-6

/* ---------------------------------------------------------- the optimisers */

static const struct {
    double rate, epsilon, weight_decay;    /* PyTorch's defaults */
    const char *block[2];                  /* the second may need momentum */
} kind[] = {
    [CH_SGD] = { 1e-3, 1e-8, 0, { "sgd.momentum" } },
    [CH_RMSPROP] = { 1e-2, 1e-8, 0, { "rmsprop.square",
                                      "rmsprop.momentum" } },
    [CH_ADAGRAD] = { 1e-2, 1e-10, 0, { "adagrad.sum" } },
    [CH_ADAM] = { 1e-3, 1e-8, 0, { "adam.m", "adam.v" } },
    [CH_ADAMW] = { 1e-3, 1e-8, 1e-2, { "adam.m", "adam.v" } },
    [CH_RADAM] = { 1e-3, 1e-8, 0, { "adam.m", "adam.v" } },
};

static bool is_adam(const struct ch_train_options *o)
{
    return o->optimiser >= CH_ADAM;
}

static size_t moments_of(const struct ch_train_options *o)
{
    switch (o->optimiser) {
    case CH_SGD: return o->momentum > 0;
    case CH_RMSPROP: return o->momentum > 0 ? 2 : 1;
    case CH_ADAGRAD: return 1;
    default: return 2;
    }
}

size_t ch_update_blocks(const struct ch_train_options *o,
                        const char *name[CH_UPDATE_BLOCKS])
{
    size_t count = moments_of(o);

    for (size_t i = 0; i < count; i++)
        name[i] = kind[o->optimiser].block[i];
    if (o->ema > 0)
        name[count++] = "ema";
    return count;
}

void ch_update_settle(struct ch_train_options *o)
{
    if (o->rate == 0)
        o->rate = kind[o->optimiser].rate;
    if (o->epsilon == 0)
        o->epsilon = kind[o->optimiser].epsilon;
    if (o->weight_decay < 0)
        o->weight_decay = kind[o->optimiser].weight_decay;
}

/* ---------------------------------------------------------------- memory */

int ch_update_init(struct ch_update *u, const struct ch_train_options *o,
                   const struct ch_decoder *decoder, size_t first,
                   size_t count, float *const *whole, struct ch_err *e)
{
    const char *name[CH_UPDATE_BLOCKS];

    memset(u, 0, sizeof *u);
    u->o = o;
    u->decoder = decoder;
    u->first = first;
    u->count = count;
    u->block_count = ch_update_blocks(o, name);
    u->is_lent = whole;
    for (size_t i = 0; i < u->block_count; i++) {
        u->block[i] = whole ? whole[i] + first
                            : ch_block_get(count ? count : 1, sizeof(float));
        if (!u->block[i]) {
            ch_update_release(u);
            return ch_fail(e, CH_ENOMEM, "cannot hold %s of %zu parameters",
                           name[i], count);
        }
    }
    if (o->ema > 0)
        u->ema = u->block[u->block_count - 1];
    return 0;
}

void ch_update_release(struct ch_update *u)
{
    for (size_t i = 0; i < u->block_count && !u->is_lent; i++)
        ch_block_release(u->block[i]);
    memset(u, 0, sizeof *u);
}

void ch_update_begin_ema(struct ch_update *u, const float *params)
{
    if (u->ema)
        memcpy(u->ema, params, u->count * sizeof *u->ema);
}

void ch_update_swap_ema(struct ch_update *u, float *params)
{
    for (size_t i = 0; u->ema && i < u->count; i++) {
        float x = params[i];

        params[i] = u->ema[i];
        u->ema[i] = x;
    }
}

/* ---------------------------------------------------------------- a step */

double ch_update_scale(double square_sum, uint64_t words, double clip,
                       double *norm)
{
    double mean = words ? 1 / (double)words : 0;
    double shrink;

    *norm = sqrt(square_sum) * mean;
    shrink = clip > 0 ? clip / (*norm + TINY) : 1;
    return shrink < 1 ? mean * shrink : mean;
}

/* RAdam (Liu et al., ICLR 2020) is Adam whose rate is rectified, or, while the
 * squares are too few to be believed, divided by nothing. */
static struct ch_adam radam_at(const struct ch_train_options *o, double rate,
                               uint64_t step, double scale)
{
    double t = (double)step, power = pow(o->beta2, t);
    double most = 2 / (1 - o->beta2) - 1;
    double rho = most - 2 * t * power / (1 - power);
    struct ch_adam a = ch_adam_at(rate, o->beta1, o->beta2, o->epsilon, step,
                                  scale);

    if (rho > 5) {
        rate /= 1 - pow(o->beta1, t);
        rate *= sqrt((rho - 4) * (rho - 2) * most /
                     ((most - 4) * (most - 2) * rho)) * sqrt(1 - power);
        a.rate = (float)rate;
        a.root = 1;
    } else {
        a.root = 0;
        a.epsilon = 1;
    }
    return a;
}

/* What all blocks of a step share. */
struct step {
    struct ch_adam adam;
    struct ch_descent descent;
    double scale;              /* done here, or by the Adam kernel */
    double shrink;             /* AdamW's, of the weights; or 1 */
    bool is_plain;             /* the gradient needs nothing but the scale */
};

static struct step prepare(const struct ch_train_options *o,
                           const struct ch_update_at *at)
{
    bool is_decayed = o->weight_decay > 0;
    struct step s = { .scale = at->scale, .shrink = 1 };

    if (o->optimiser == CH_ADAMW && is_decayed) {
        s.shrink = 1 - at->rate * o->weight_decay;
        is_decayed = false;
    }
    s.is_plain = is_adam(o) && !is_decayed &&
                 !(o->clip > 0 && o->clip_by == CH_CLIP_VALUE);
    if (is_adam(o)) {
        double scale = s.is_plain ? at->scale : 1;

        s.adam = o->optimiser == CH_RADAM
                     ? radam_at(o, at->rate, at->step, scale)
                     : ch_adam_at(at->rate, o->beta1, o->beta2, o->epsilon,
                                  at->step, scale);
    }
    s.descent = (struct ch_descent) {
        .rate = (float)at->rate, .momentum = (float)o->momentum,
        .memory = (float)o->alpha, .rest = (float)(1 - o->alpha),
        .epsilon = (float)o->epsilon, .is_nesterov = o->nesterov
    };
    return s;
}

/* The weights (no biases) among n floats of the slice, from `at`: the gradient
 * takes its part of them, or they shrink. */
static void decay(const struct ch_update *u, const struct step *s, size_t at,
                  size_t n, float *grad, float *param)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t low = u->first + at, high = low + n;

    for (size_t i = 0; i < u->decoder->param_count; i++) {
        const struct ch_param_info *p = &u->decoder->param[i];
        size_t from = p->offset > low ? p->offset : low;
        size_t end = p->offset + p->count;

        end = end < high ? end : high;
        if (p->columns == 1 || from >= end)
            continue;
        if (u->o->optimiser == CH_ADAMW)
            k->scale(end - from, (float)s->shrink, param + (from - low));
        else
            k->axpy(end - from, (float)u->o->weight_decay,
                    param + (from - low), grad + (from - low));
    }
}

static void step_block(struct ch_update *u, const struct step *s, size_t at,
                       size_t n, float *grad, float *param)
{
    const struct ch_train_options *o = u->o;
    const struct ch_kernel *k = ch_kernel_get();
    float *first = u->block[0] ? u->block[0] + at : NULL;
    float *second = u->block[1] ? u->block[1] + at : NULL;

    if (!s->is_plain)
        k->scale(n, (float)s->scale, grad);
    if (o->clip > 0 && o->clip_by == CH_CLIP_VALUE)
        ch_descent_clamp(n, (float)o->clip, grad);
    if (o->weight_decay > 0)
        decay(u, s, at, n, grad, param);
    switch (o->optimiser) {
    case CH_SGD:
        ch_descent_sgd(n, &s->descent, grad, param, first);
        break;
    case CH_RMSPROP:
        ch_descent_rmsprop(n, &s->descent, grad, param, first, second);
        break;
    case CH_ADAGRAD:
        ch_descent_adagrad(n, &s->descent, grad, param, first);
        break;
    default:
        k->adam_step(n, &s->adam, grad, param, first, second);
    }
    if (u->ema) {
        k->scale(n, (float)o->ema, u->ema + at);
        k->axpy(n, (float)(1 - o->ema), param, u->ema + at);
    }
}

void ch_update_step(struct ch_update *u, const struct ch_update_at *at,
                    float *sum, float *params)
{
    struct step s = prepare(u->o, at);
    float none[CH_SUM_BLOCK];

    for (size_t i = 0; i < u->count; i += CH_SUM_BLOCK) {
        size_t n = u->count - i < CH_SUM_BLOCK ? u->count - i : CH_SUM_BLOCK;
        bool is_used = !u->used || u->used[i / CH_SUM_BLOCK];

        if (!is_used)
            memset(none, 0, sizeof none);
        step_block(u, &s, i, n, is_used ? sum + i : none, params + i);
    }
}
