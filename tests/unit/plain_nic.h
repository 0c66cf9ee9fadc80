/* plain_nic.h - "Show and tell" in double, one caption at a time */
#ifndef TESTS_UNIT_PLAIN_NIC_H
#define TESTS_UNIT_PLAIN_NIC_H

#include "plain_norm.h"

struct plain_nic {
    double h[CH_LAYERS_MOST][PLAIN_MOST], c[CH_LAYERS_MOST][PLAIN_MOST];
    double image[CH_LAYERS_MOST * PLAIN_MOST];
};

static void plain_feature(const struct plain *p, double *feature)
{
    size_t F = p->d->shape.F;

    for (size_t f = 0; f < F; f++)
        feature[f] = (double)p->batch->feature[p->b * F + f];
}

/* All layers on x, at step s of the cells (dropout between them counts the
 * image's step). */
static void plain_layers(const struct plain *p, struct plain_nic *n, size_t s,
                         const double *x)
{
    const char *prefix = p->d->shape.cell == CH_CELL_GRU ? "gru" : "lstm";
    static const char *const suffix[] = { "_l0", "_l1", "_l2", "_l3" };
    double in[2 * PLAIN_MOST];

    for (size_t l = 0; l < p->d->shape.layers; l++) {
        plain_cell(p, prefix, suffix[l], l ? in : x, n->h[l], n->c[l]);
        for (size_t i = 0; i < p->d->shape.H; i++)
            in[i] = n->h[l][i] * plain_drop(p, CH_RNG_DROP_LAYER,
                                            p->drop.layer,
                                            plain_place(p, l, s), i);
    }
}

static void plain_nic_begin(const struct plain *p, struct plain_nic *n)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    size_t width = s->image == CH_IMAGE_MERGE ? s->H : s->E;
    double feature[PLAIN_MOST];

    memset(n, 0, sizeof *n);
    plain_feature(p, feature);
    if (s->image == CH_IMAGE_STATE) {
        plain_linear(p, "init_h", feature, n->image);
        plain_norm(p, "init_h", s->layers * s->H, n->image);
        for (size_t l = 0; l < s->layers; l++)
            memcpy(n->h[l], n->image + l * s->H, s->H * sizeof *n->image);
        if (s->cell == CH_CELL_GRU)
            return;
        plain_linear(p, "init_c", feature, n->image);
        plain_norm(p, "init_c", s->layers * s->H, n->image);
        for (size_t l = 0; l < s->layers; l++)
            memcpy(n->c[l], n->image + l * s->H, s->H * sizeof *n->image);
        return;
    }
    plain_linear(p, "image", feature, n->image);
    plain_norm(p, "image", width, n->image);
    for (size_t i = 0; i < width; i++)
        n->image[i] *= plain_drop(p, CH_RNG_DROP_IMAGE, p->drop.image, 0, i);
    if (s->image == CH_IMAGE_FIRST)
        plain_layers(p, n, 0, n->image);
}

static double plain_nic(const struct plain *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    double x[2 * PLAIN_MOST], top[PLAIN_MOST], loss = 0;
    struct plain_nic n;

    plain_nic_begin(p, &n);
    for (size_t t = 0; t < plain_length(p); t++) {
        plain_word(p, t, x);
        if (s->image == CH_IMAGE_EVERY)
            memcpy(x + s->E, n.image, s->E * sizeof *x);
        plain_layers(p, &n, s->image == CH_IMAGE_FIRST ? t + 1 : t, x);
        for (size_t i = 0; i < s->H; i++)
            top[i] = n.h[s->layers - 1][i] +
                     (s->image == CH_IMAGE_MERGE ? n.image[i] : 0);
        loss += plain_cost(p, s->H, top, t);
    }
    return loss;
}

#endif
