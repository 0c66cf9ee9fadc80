/* step_sat.c - "Show, attend and tell", one word at a time */
#include "net/kind.h"

#include <math.h>
#include <string.h>

enum { INIT_H, INIT_C, BETA, CONTEXT, DEEP_H, DEEP_Z, OUTPUT, LOOK,
       CELL = LOOK + CH_STEP_LOOK_PANELS };

void ch_sat_panels(const struct ch_decoder *d, struct ch_step_layer *layer)
{
    const struct ch_decoder_shape *s = &d->shape;

    layer[INIT_H] = ch_step_whole(d, d->at.init_h);
    layer[INIT_C] = ch_step_whole(d, d->at.init_c);
    layer[BETA] = ch_step_whole(d, d->at.beta);
    layer[CONTEXT] = ch_step_part(d, 0, s->F, s->E);
    layer[DEEP_H] = ch_step_whole(d, d->at.deep_h);
    layer[DEEP_Z] = ch_step_whole(d, d->at.deep_z);
    layer[OUTPUT] = ch_step_whole(d, d->at.output);
    ch_step_look_panels(d, layer + LOOK);
    ch_step_cell_panels(d, 0, s->E, 0, layer + CELL);
}

size_t ch_sat_part(const struct ch_decoder *d)
{
    (void)d;
    return 0;
}

struct work {
    float *x, *query, *context, *beta, *gate, *cell, *deep;
};

size_t ch_sat_work(const struct ch_decoder *d)
{
    const struct ch_decoder_shape *s = &d->shape;

    return s->E + s->A + s->F + 1 + ch_step_gates(d, 0) +
           ch_step_cell_work(d) + s->E + s->L;
}

static struct work work_of(const struct ch_step *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    size_t rows = p->s->rows;
    struct work w = { .x = p->s->work };

    w.query = w.x + rows * s->E;
    w.context = w.query + rows * s->A;
    w.gate = w.context + rows * s->F;
    w.cell = w.gate + rows * ch_step_gates(p->d, 0);
    w.deep = w.cell + rows * ch_step_cell_work(p->d);
    w.beta = w.deep + rows * s->E;
    return w;
}

void ch_sat_begin(const struct ch_step *p, const float *feature)
{
    size_t F = p->d->shape.F;
    struct work w = work_of(p);

    ch_step_look_begin(p, LOOK, feature);
    ch_step_look_mean(p, F, w.context);
    ch_step_linear(p, INIT_H, p->d->at.init_h,
                   (struct ch_matrix) { w.context, F }, p->s->h);
    ch_step_linear(p, INIT_C, p->d->at.init_c,
                   (struct ch_matrix) { w.context, F }, p->s->c);
    ch_step_norm(p, p->d->at.init_h_norm, p->s->rows, p->d->shape.H, p->s->h);
    ch_step_norm(p, p->d->at.init_c_norm, p->s->rows, p->d->shape.H, p->s->c);
}

/* context *= sigmoid(beta's layer of h) */
static void gate_context(const struct ch_step *p, const struct work *w)
{
    size_t F = p->d->shape.F;

    ch_step_linear(p, BETA, p->d->at.beta, ch_step_h(p, 0), w->beta);
    for (size_t r = 0; r < p->s->rows; r++)
        ch_kernel_get()->scale(F, 1.0f / (1.0f + expf(-w->beta[r])),
                               w->context + r * F);
}

void ch_sat_next(const struct ch_step *p, const int32_t *word, float *out)
{
    size_t E = p->d->shape.E, F = p->d->shape.F, n = p->s->rows * E;
    struct work w = work_of(p);
    struct ch_matrix seen = { w.context, F }, x = { w.x, E };

    ch_step_words(p, word, w.x);
    ch_step_look(p, LOOK, ch_step_h(p, 0), w.query, w.context, F);
    gate_context(p, &w);
    ch_step_start(p, 0, w.gate);
    ch_step_product(p, CONTEXT, seen, w.gate);
    ch_step_cell(p, 0, CELL, x, w.gate, w.cell);
    ch_step_linear(p, DEEP_H, p->d->at.deep_h, ch_step_h(p, 0), w.deep);
    ch_kernel_bias(p->s->rows, E, ch_step_param(p, p->d->at.deep_z.bias),
                   w.deep);
    ch_step_product(p, DEEP_Z, seen, w.deep);
    ch_kernel_get()->add(n, w.x, w.deep);
    for (size_t i = 0; i < n; i++)
        w.deep[i] = tanhf(w.deep[i]);
    ch_step_output(p, 0, OUTPUT, (struct ch_matrix) { w.deep, E }, NULL, out);
}
