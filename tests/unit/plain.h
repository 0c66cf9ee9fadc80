/* plain.h - a decoder in double, written for the reader
 *
 * It follows the papers caption by caption: no batches, no chunks, no products
 * for many steps at once.  Its loss is the one that ours must have, and its
 * central differences are the gradient.
 */
#ifndef TESTS_UNIT_PLAIN_H
#define TESTS_UNIT_PLAIN_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/decoder.h"

#define PLAIN_MOST 64             /* widest vector */

struct plain {
    const struct ch_decoder *d;
    const double *params;
    const struct ch_batch *batch;
    struct ch_dropout drop;       /* zeroed: none */
    size_t b;                     /* the caption */
};

/* Is `part` next at *at?  Then *at is behind it.  By hand: it is asked millions
 * of times, and sanitizers slow strcmp() down. */
static bool plain_next(const char **at, const char *part)
{
    while (*part && **at == *part)
        (*at)++, part++;
    return !*part;
}

static const struct ch_param_info *plain_info(const struct plain *p,
                                              const char *prefix,
                                              const char *name,
                                              const char *suffix)
{
    for (size_t i = 0; i < p->d->param_count; i++) {
        const char *at = p->d->param[i].name;

        if (plain_next(&at, prefix) && plain_next(&at, name) &&
            plain_next(&at, suffix) && !*at)
            return &p->d->param[i];
    }
    fail_msg("there is no parameter %s%s%s", prefix, name, suffix);
    return NULL;
}

/* What a value is multiplied by: 0, or what makes the mean stay. */
static double plain_drop(const struct plain *p, uint32_t purpose, float rate,
                         size_t position, size_t i)
{
    double threshold = floor((double)rate * 65536 + 0.5);
    struct ch_rng_place place = {
        .seed = p->drop.seed, .purpose = purpose, .epoch = p->drop.epoch,
        .example = p->batch->example[p->b], .position = (uint32_t)position
    };
    uint32_t v[4];

    if (rate == 0)
        return 1;
    ch_rng_block(&place, (uint32_t)(i / 8), v);
    if ((double)(v[i % 8 / 2] >> (i % 2 ? 16 : 0) & 0xffff) < threshold)
        return 0;
    return 65536 / (65536 - threshold);
}

/* out[i] += bias[i] + sum_k weight[i][k] in[k] */
static void plain_add(const struct plain *p, const struct ch_param_info *w,
                      const struct ch_param_info *b, const double *in,
                      double *out)
{
    for (size_t i = 0; i < w->rows; i++) {
        out[i] += p->params[b->offset + i];
        for (size_t k = 0; k < w->columns; k++)
            out[i] += p->params[w->offset + i * w->columns + k] * in[k];
    }
}

static void plain_gates(const struct plain *p, const char *prefix,
                        const char *weight, const char *bias,
                        const char *suffix, const double *in, double *out)
{
    plain_add(p, plain_info(p, prefix, weight, suffix),
              plain_info(p, prefix, bias, suffix), in, out);
}

static void plain_linear(const struct plain *p, const char *prefix,
                         const double *in, double *out)
{
    memset(out, 0, plain_info(p, prefix, ".bias", "")->rows * sizeof *out);
    plain_gates(p, prefix, ".weight", ".bias", "", in, out);
}

static double plain_sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* One step of PyTorch's LSTM or GRU; names end in suffix. */
static void plain_cell(const struct plain *p, const char *prefix,
                       const char *suffix, const double *x, double *h,
                       double *c)
{
    size_t H = p->d->shape.H;
    double gi[4 * PLAIN_MOST] = { 0 }, gh[4 * PLAIN_MOST] = { 0 };

    plain_gates(p, prefix, ".weight_ih", ".bias_ih", suffix, x, gi);
    plain_gates(p, prefix, ".weight_hh", ".bias_hh", suffix, h, gh);
    for (size_t i = 0; i < H && !strcmp(prefix, "gru"); i++) {
        double r = plain_sigmoid(gi[i] + gh[i]);
        double z = plain_sigmoid(gi[H + i] + gh[H + i]);
        double n = tanh(gi[2 * H + i] + r * gh[2 * H + i]);

        h[i] = (1 - z) * n + z * h[i];
    }
    for (size_t i = 0; i < H && strcmp(prefix, "gru"); i++) {
        c[i] = plain_sigmoid(gi[H + i] + gh[H + i]) * c[i] +
               plain_sigmoid(gi[i] + gh[i]) *
               tanh(gi[2 * H + i] + gh[2 * H + i]);
        h[i] = plain_sigmoid(gi[3 * H + i] + gh[3 * H + i]) * tanh(c[i]);
    }
}

/* The row of the caption at step t: rows of a step follow each other. */
static size_t plain_row(const struct plain *p, size_t t)
{
    size_t at = p->b;

    while (t > 0)
        at += p->batch->live[--t];
    return at;
}

static size_t plain_length(const struct plain *p)
{
    size_t t = 0;

    while (t < p->batch->T && p->batch->live[t] > p->b)
        t++;
    return t;
}

/* Where a mask of step t is: the first for all, when they are the same. */
static size_t plain_place(const struct plain *p, size_t layer, size_t t)
{
    return layer << 24 | (p->drop.is_same ? 0 : t);
}

static double plain_fed(const struct plain *p, double x)
{
    return p->d->shape.word_relu ? fmax(x, 0) : x;
}

static void plain_word(const struct plain *p, size_t t, double *x)
{
    const struct ch_param_info *w = plain_info(p, "embed", ".weight", "");
    size_t word = (size_t)p->batch->input[plain_row(p, t)];

    for (size_t i = 0; i < w->columns; i++)
        x[i] = plain_fed(p, p->params[w->offset + word * w->columns + i]) *
               plain_drop(p, CH_RNG_DROP_INPUT, p->drop.input,
                          plain_place(p, 0, t), i);
}

/* -ln p(target) of the word at step t; top is dropped. */
static double plain_cost(const struct plain *p, size_t width, double *top,
                         size_t t)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    double logit[PLAIN_MOST] = { 0 }, project[PLAIN_MOST], sum = 0;
    double smoothing = (double)p->drop.smoothing, mean = 0;

    for (size_t i = 0; i < width; i++)
        top[i] *= plain_drop(p, CH_RNG_DROP_OUTPUT, p->drop.output,
                             plain_place(p, 0, t), i);
    if (s->is_tied && width != s->E) {
        plain_linear(p, "project", top, project);
        top = project;
    }
    plain_add(p, plain_info(p, s->is_tied ? "embed" : "output", ".weight", ""),
              plain_info(p, "output", ".bias", ""), top, logit);
    for (size_t v = 0; v < s->V; v++) {
        sum += exp(logit[v]);
        mean += logit[v] / (double)s->V;
    }
    return log(sum) - smoothing * mean -
           (1 - smoothing) * logit[p->batch->target[plain_row(p, t)]];
}

#endif
