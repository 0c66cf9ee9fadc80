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

static const struct ch_param_info *plain_info(const struct plain *p,
                                              const char *prefix,
                                              const char *name,
                                              const char *suffix)
{
    const struct ch_param_info *info;
    char whole[96];

    snprintf(whole, sizeof whole, "%s%s%s", prefix, name, suffix);
    info = ch_decoder_param(p->d, whole);
    if (!info)
        fail_msg("there is no parameter %s", whole);
    return info;
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
static void plain_gates(const struct plain *p, const char *prefix,
                        const char *weight, const char *bias,
                        const char *suffix, const double *in, double *out)
{
    const struct ch_param_info *w = plain_info(p, prefix, weight, suffix);
    const struct ch_param_info *b = plain_info(p, prefix, bias, suffix);

    for (size_t i = 0; i < w->rows; i++) {
        out[i] += p->params[b->offset + i];
        for (size_t k = 0; k < w->columns; k++)
            out[i] += p->params[w->offset + i * w->columns + k] * in[k];
    }
}

static void plain_linear(const struct plain *p, const char *prefix,
                         const double *in, double *out)
{
    memset(out, 0, plain_info(p, prefix, ".bias", "")->rows * sizeof *out);
    plain_gates(p, prefix, ".weight", ".bias", "", in, out);
}

static void plain_image(const struct plain *p, double *image)
{
    size_t F = p->d->shape.F;
    double feature[PLAIN_MOST];

    for (size_t f = 0; f < F; f++)
        feature[f] = (double)p->batch->feature[p->b * F + f];
    plain_linear(p, "image", feature, image);
    for (size_t i = 0; i < p->d->shape.E; i++)
        image[i] *= plain_drop(p, CH_RNG_DROP_IMAGE, p->drop.image, 0, i);
}

static double plain_sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* One step of PyTorch's LSTM; names end in suffix. */
static void plain_lstm(const struct plain *p, const char *prefix,
                       const char *suffix, const double *x, double *h,
                       double *c)
{
    size_t H = p->d->shape.H;
    double gate[4 * PLAIN_MOST] = { 0 };

    plain_gates(p, prefix, ".weight_ih", ".bias_ih", suffix, x, gate);
    plain_gates(p, prefix, ".weight_hh", ".bias_hh", suffix, h, gate);
    for (size_t i = 0; i < H; i++) {
        c[i] = plain_sigmoid(gate[H + i]) * c[i] +
               plain_sigmoid(gate[i]) * tanh(gate[2 * H + i]);
        h[i] = plain_sigmoid(gate[3 * H + i]) * tanh(c[i]);
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

static void plain_word(const struct plain *p, size_t t, double *x)
{
    const struct ch_param_info *w = plain_info(p, "embed", ".weight", "");
    size_t word = (size_t)p->batch->input[plain_row(p, t)];

    for (size_t i = 0; i < w->columns; i++)
        x[i] = p->params[w->offset + word * w->columns + i] *
               plain_drop(p, CH_RNG_DROP_INPUT, p->drop.input, t, i);
}

/* -ln p(target) of the word at step t */
static double plain_cost(const struct plain *p, const double *top, size_t t)
{
    double logit[PLAIN_MOST], sum = 0;

    plain_linear(p, "output", top, logit);
    for (size_t v = 0; v < p->d->shape.V; v++)
        sum += exp(logit[v]);
    return log(sum) - logit[p->batch->target[plain_row(p, t)]];
}

static double plain_nic(const struct plain *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    double h[PLAIN_MOST] = { 0 }, c[PLAIN_MOST] = { 0 }, top[PLAIN_MOST];
    double x[2 * PLAIN_MOST], image[PLAIN_MOST], loss = 0;

    plain_image(p, image);
    if (s->image == CH_IMAGE_FIRST)
        plain_lstm(p, "lstm", "_l0", image, h, c);
    for (size_t t = 0; t < plain_length(p); t++) {
        plain_word(p, t, x);
        if (s->image == CH_IMAGE_EVERY)
            memcpy(x + s->E, image, s->E * sizeof *x);
        plain_lstm(p, "lstm", "_l0", x, h, c);
        for (size_t i = 0; i < s->H; i++)
            top[i] = h[i] * plain_drop(p, CH_RNG_DROP_OUTPUT, p->drop.output,
                                       t, i);
        loss += plain_cost(p, top, t);
    }
    return loss;
}

static double plain_loss(struct plain *p)
{
    double loss = 0;

    for (p->b = 0; p->b < p->batch->B; p->b++)
        loss += plain_nic(p);
    return loss;
}

#endif
