/* plain_attention.h - decoders that look, in double, one caption at a time */
#ifndef TESTS_UNIT_PLAIN_ATTENTION_H
#define TESTS_UNIT_PLAIN_ATTENTION_H

#include "plain_nic.h"

struct plain_look {
    size_t n;                             /* width of a place */
    double place[PLAIN_MOST][PLAIN_MOST];
    double mean[PLAIN_MOST];
    double h[2][PLAIN_MOST], c[2][PLAIN_MOST];
    double context[PLAIN_MOST];
    double looked[PLAIN_MOST];            /* at each place, in all */
};

static size_t plain_image(const struct plain *p, size_t b)
{
    return p->batch->image ? p->batch->image[b] : b;
}

/* Embedded places are dropped as the image's first caption says. */
static void plain_embed(struct plain *p, struct plain_look *k, size_t l)
{
    double out[PLAIN_MOST];
    struct plain first = *p;

    for (first.b = 0; plain_image(p, first.b) != plain_image(p, p->b);)
        first.b++;
    plain_linear(p, "grid", k->place[l], out);
    plain_norm(p, "grid", k->n, out);
    for (size_t i = 0; i < k->n; i++)
        k->place[l][i] = fmax(out[i], 0) *
                         plain_drop(&first, CH_RNG_DROP_IMAGE, p->drop.image,
                                    l, i);
}

static void plain_look_begin(struct plain *p, struct plain_look *k)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const float *feature = p->batch->feature +
                           plain_image(p, p->b) * s->L * s->F;

    memset(k, 0, sizeof *k);
    k->n = s->kind == CH_DECODER_SAT ? s->F : s->H;
    for (size_t l = 0; l < s->L; l++) {
        for (size_t f = 0; f < s->F; f++)
            k->place[l][f] = (double)feature[l * s->F + f];
        if (s->kind != CH_DECODER_SAT)
            plain_embed(p, k, l);
        for (size_t i = 0; i < k->n; i++)
            k->mean[i] += k->place[l][i] / (double)s->L;
    }
}

static void plain_attend(const struct plain *p, struct plain_look *k,
                         const double *h)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const double *score = p->params + plain_info(p, "attention.score",
                                                 ".weight", "")->offset;
    double query[PLAIN_MOST], key[PLAIN_MOST], e[PLAIN_MOST] = { 0 }, sum = 0;

    plain_linear(p, "attention.query", h, query);
    for (size_t l = 0; l < s->L; l++) {
        plain_linear(p, "attention.key", k->place[l], key);
        for (size_t a = 0; a < s->A; a++)
            e[l] += score[a] * tanh(key[a] + query[a]);
        sum += exp(e[l]);
    }
    memset(k->context, 0, sizeof k->context);
    for (size_t l = 0; l < s->L; l++) {
        k->looked[l] += exp(e[l]) / sum;
        for (size_t i = 0; i < k->n; i++)
            k->context[i] += exp(e[l]) / sum * k->place[l][i];
    }
}

static void plain_sat(const struct plain *p, struct plain_look *k,
                      const double *word, double *top)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    double x[2 * PLAIN_MOST], beta, deep_h[PLAIN_MOST], deep_z[PLAIN_MOST];

    plain_attend(p, k, k->h[0]);
    plain_linear(p, "beta", k->h[0], &beta);
    memcpy(x, word, s->E * sizeof *x);
    for (size_t f = 0; f < s->F; f++)
        x[s->E + f] = plain_sigmoid(beta) * k->context[f];
    plain_cell(p, "lstm", "", x, k->h[0], k->c[0]);
    plain_linear(p, "deep_h", k->h[0], deep_h);
    plain_linear(p, "deep_z", x + s->E, deep_z);
    for (size_t e = 0; e < s->E; e++)
        top[e] = tanh(word[e] + deep_h[e] + deep_z[e]);
}

static void plain_att2in(const struct plain *p, struct plain_look *k,
                         const double *word, double *top)
{
    size_t H = p->d->shape.H;
    double gate[5 * PLAIN_MOST] = { 0 }, more[2 * PLAIN_MOST];
    double *h = k->h[0], *c = k->c[0];

    plain_attend(p, k, h);
    plain_gates(p, "cell", ".weight_ih", ".bias_ih", "", word, gate);
    plain_gates(p, "cell", ".weight_hh", ".bias_hh", "", h, gate);
    plain_linear(p, "context", k->context, more);
    for (size_t i = 0; i < H; i++) {
        double in = fmax(gate[3 * H + i] + more[i],
                         gate[4 * H + i] + more[H + i]);

        c[i] = plain_sigmoid(gate[H + i]) * c[i] + plain_sigmoid(gate[i]) * in;
        h[i] = plain_sigmoid(gate[2 * H + i]) * tanh(c[i]);
    }
    memcpy(top, h, H * sizeof *top);
}

static void plain_updown(const struct plain *p, struct plain_look *k,
                         const double *word, double *top)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    size_t H = s->H;
    double x[3 * PLAIN_MOST];

    memcpy(x, k->h[1], H * sizeof *x);
    memcpy(x + H, k->mean, H * sizeof *x);
    memcpy(x + 2 * H, word, s->E * sizeof *x);
    plain_cell(p, "attention_lstm", "", x, k->h[0], k->c[0]);
    plain_attend(p, k, k->h[0]);
    memcpy(x, k->context, H * sizeof *x);
    memcpy(x + H, k->h[0], H * sizeof *x);
    plain_cell(p, "language_lstm", "", x, k->h[1], k->c[1]);
    memcpy(top, k->h[1], H * sizeof *top);
}

static double plain_looking(struct plain *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    size_t width = s->kind == CH_DECODER_SAT ? s->E : s->H;
    double word[PLAIN_MOST], top[PLAIN_MOST], loss = 0;
    struct plain_look k;

    plain_look_begin(p, &k);
    if (s->kind == CH_DECODER_SAT) {
        plain_linear(p, "init_h", k.mean, k.h[0]);
        plain_linear(p, "init_c", k.mean, k.c[0]);
        plain_norm(p, "init_h", s->H, k.h[0]);
        plain_norm(p, "init_c", s->H, k.c[0]);
    }
    for (size_t t = 0; t < plain_length(p); t++) {
        plain_word(p, t, word);
        if (s->kind == CH_DECODER_SAT)
            plain_sat(p, &k, word, top);
        else if (s->kind == CH_DECODER_ATT2IN)
            plain_att2in(p, &k, word, top);
        else
            plain_updown(p, &k, word, top);
        loss += plain_cost(p, width, top, t);
    }
    for (size_t l = 0; l < s->L; l++)
        loss += (double)p->drop.alpha * (1 - k.looked[l]) * (1 - k.looked[l]);
    return loss;
}

static double plain_loss(struct plain *p)
{
    double loss = 0;

    for (p->b = 0; p->b < p->batch->B; p->b++)
        loss += p->d->shape.kind == CH_DECODER_NIC ? plain_nic(p)
                                                   : plain_looking(p);
    return loss;
}

#endif
