/* step_cell.c - one step of cells, and of looking, for decoding */
#include "net/step.h"

#include <string.h>

#include "net/layer.h"

size_t ch_step_gates(const struct ch_decoder *d, size_t layer)
{
    return d->param[d->at.cell[layer].weight_hh].rows;
}

struct ch_step_layer ch_step_part(const struct ch_decoder *d, size_t layer,
                                  size_t width, size_t column)
{
    return (struct ch_step_layer) { d->at.cell[layer].weight_ih,
                                    ch_step_gates(d, layer), width, column };
}

void ch_step_cell_panels(const struct ch_decoder *d, size_t layer,
                         size_t width, size_t column,
                         struct ch_step_layer *first)
{
    first[0] = ch_step_part(d, layer, width, column);
    first[1] = (struct ch_step_layer) { d->at.cell[layer].weight_hh,
                                        ch_step_gates(d, layer), d->shape.H,
                                        0 };
}

void ch_step_start(const struct ch_step *p, size_t layer, float *gate)
{
    const struct ch_cell_params *at = &p->d->at.cell[layer];
    size_t G = ch_step_gates(p->d, layer), rows = p->s->rows;

    ch_step_repeat(rows, G, ch_step_param(p, at->bias_ih), gate);
    if (at->cell != CH_CELL_GRU)
        ch_kernel_bias(rows, G, ch_step_param(p, at->bias_hh), gate);
}

void ch_step_start_image(const struct ch_step *p, size_t layer, float *gate)
{
    size_t G = ch_step_gates(p->d, layer);

    for (size_t r = 0; r < p->s->rows; r++)
        memcpy(gate + r * G, p->s->image_part + p->s->image[r] * G,
               G * sizeof *gate);
}

/* GRU: what h gives to the gates; others: tanh(c). */
size_t ch_step_cell_work(const struct ch_decoder *d)
{
    return 3 * d->shape.H;
}

struct ch_matrix ch_step_h(const struct ch_step *p, size_t layer)
{
    return (struct ch_matrix) { p->s->h + layer * p->d->shape.H,
                                p->d->at.cells * p->d->shape.H };
}

void ch_step_cell(const struct ch_step *p, size_t layer, size_t first,
                  struct ch_matrix in, float *gate, float *work)
{
    const struct ch_kernel *k = ch_kernel_get();
    const struct ch_cell_params *at = &p->d->at.cell[layer];
    size_t H = p->d->shape.H, G = ch_step_gates(p->d, layer);
    size_t ld = p->d->at.cells * H;
    int is_gru = at->cell == CH_CELL_GRU;

    if (is_gru)
        ch_step_repeat(p->s->rows, G, ch_step_param(p, at->bias_hh), work);
    ch_step_product(p, first, in, gate);
    ch_step_product(p, first + 1, ch_step_h(p, layer), is_gru ? work : gate);
    for (size_t r = 0; r < p->s->rows; r++) {
        float *h = p->s->h + layer * H + r * ld;
        float *c = p->s->c + layer * H + r * ld;

        if (is_gru)
            k->gru_forward(H, gate + r * G, work + r * G, h, h);
        else if (at->cell == CH_CELL_MAXOUT)
            k->maxout_forward(H, gate + r * G, c, c, work, h);
        else
            k->gate_forward(H, gate + r * G, c, c, work, h);
    }
}

/* --------------------------------------------------------------- attention */

enum { GRID, KEY, QUERY };

static int is_embedded(const struct ch_decoder *d)
{
    return d->shape.kind != CH_DECODER_SAT;
}

void ch_step_look_panels(const struct ch_decoder *d,
                         struct ch_step_layer *first)
{
    if (is_embedded(d))
        first[GRID] = ch_step_whole(d, d->at.grid);
    first[KEY] = ch_step_whole(d, d->at.attention.key);
    first[QUERY] = ch_step_whole(d, d->at.attention.query);
}

void ch_step_look_begin(const struct ch_step *p, size_t first,
                        const float *feature)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_decoder_layers *at = &p->d->at;
    size_t places = p->s->rows * s->L, n = s->F;

    p->s->place = feature;
    if (is_embedded(p->d)) {
        p->s->place = p->s->value;
        n = s->H;
        ch_step_repeat(places, n, ch_step_param(p, at->grid.bias),
                       p->s->value);
        ch_step_product_rows(p, first + GRID, places,
                             (struct ch_matrix) { feature, s->F },
                             p->s->value, n);
        ch_step_norm(p, at->grid_norm, places, n, p->s->value);
        for (size_t i = 0; i < places * n; i++)
            p->s->value[i] = p->s->value[i] > 0 ? p->s->value[i] : 0;
    }
    ch_step_repeat(places, s->A, ch_step_param(p, at->attention.key.bias),
                   p->s->key);
    ch_step_product_rows(p, first + KEY, places,
                         (struct ch_matrix) { p->s->place, n }, p->s->key,
                         s->A);
}

void ch_step_look_mean(const struct ch_step *p, size_t n, float *mean)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t L = p->d->shape.L;

    memset(mean, 0, p->s->rows * n * sizeof *mean);
    for (size_t r = 0; r < p->s->rows; r++)
        for (size_t l = 0; l < L; l++)
            k->add(n, p->s->place + (r * L + l) * n, mean + r * n);
    k->scale(p->s->rows * n, 1.0f / (float)L, mean);
}

void ch_step_look(const struct ch_step *p, size_t first, struct ch_matrix h,
                  float *query, float *context, size_t ld)
{
    const struct ch_kernel *k = ch_kernel_get();
    const struct ch_attention_params *at = &p->d->at.attention;
    size_t L = p->d->shape.L, A = p->d->shape.A;
    size_t C = p->d->param[at->key.weight].columns;

    ch_step_linear(p, first + QUERY, at->query, h, query);
    for (size_t r = 0; r < p->s->rows; r++) {
        size_t image = p->s->image[r];
        const float *place = p->s->place + image * L * C;
        float *weight = p->s->weight + r * L;
        struct ch_attend a = {
            .L = L, .A = A, .key = p->s->key + image * L * A,
            .query = query + r * A, .score = ch_step_param(p, at->score)
        };

        k->attend_forward(&a, weight);
        memset(context + r * ld, 0, C * sizeof *context);
        for (size_t l = 0; l < L; l++)
            k->axpy(C, weight[l], place + l * C, context + r * ld);
    }
}
