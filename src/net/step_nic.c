/* step_nic.c - NIC, one word at a time */
#include "net/step.h"

#include <string.h>

enum { IMAGE, IMAGE_GATE, OUTPUT, WORD_GATE, HIDDEN_GATE };

static int is_every(const struct ch_decoder *d)
{
    return d->shape.image == CH_IMAGE_EVERY;
}

void ch_nic_panels(const struct ch_decoder *d, struct ch_step_layer *layer)
{
    const struct ch_decoder_shape *s = &d->shape;
    const struct ch_cell_params *cell = &d->at.cell[0];
    size_t G = 4 * s->H;

    layer[IMAGE] = ch_step_whole(d, d->at.image);
    if (is_every(d))
        layer[IMAGE_GATE] = (struct ch_step_layer) { cell->weight_ih, G, s->E,
                                                     s->E };
    layer[WORD_GATE] = (struct ch_step_layer) { cell->weight_ih, G, s->E, 0 };
    layer[HIDDEN_GATE] = (struct ch_step_layer) { cell->weight_hh, G, s->H,
                                                  0 };
    layer[OUTPUT] = ch_step_whole(d, d->at.output);
}

/* What enters the cell, gates, tanh(c). */
size_t ch_nic_work(const struct ch_decoder *d)
{
    return d->shape.E + 4 * d->shape.H + d->shape.H;
}

/* gate [rows][4H] = both biases */
static void start_gates(const struct ch_step *p, float *gate)
{
    const struct ch_cell_params *cell = &p->d->at.cell[0];
    size_t G = 4 * p->d->shape.H, rows = p->s->rows;

    ch_step_repeat(rows, G, ch_step_param(p, cell->bias_ih), gate);
    ch_kernel_bias(rows, G, ch_step_param(p, cell->bias_hh), gate);
}

static void run_cell(const struct ch_step *p, float *gate, float *tanh_c)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = p->d->shape.H;

    for (size_t r = 0; r < p->s->rows; r++)
        k->gate_forward(H, gate + r * 4 * H, p->s->c + r * H, p->s->c + r * H,
                        tanh_c, p->s->h + r * H);
}

void ch_nic_begin(const struct ch_step *p, const float *feature)
{
    size_t E = p->d->shape.E, H = p->d->shape.H, F = p->d->shape.F;
    size_t B = p->s->rows;
    float *x = p->s->work, *gate = x + B * E;

    ch_step_linear(p, IMAGE, p->d->at.image, (struct ch_matrix) { feature, F },
                   x);
    if (is_every(p->d)) {
        start_gates(p, p->s->image_gate);
        ch_step_product(p, IMAGE_GATE, (struct ch_matrix) { x, E },
                        p->s->image_gate);
        return;
    }
    start_gates(p, gate);
    ch_step_product(p, WORD_GATE, (struct ch_matrix) { x, E }, gate);
    run_cell(p, gate, gate + B * 4 * H);
}

void ch_nic_next(const struct ch_step *p, const int32_t *word, float *out)
{
    size_t E = p->d->shape.E, H = p->d->shape.H, G = 4 * H;
    size_t rows = p->s->rows;
    float *x = p->s->work, *gate = x + rows * E;

    ch_step_words(p, word, x);
    if (is_every(p->d))
        for (size_t r = 0; r < rows; r++)
            memcpy(gate + r * G, p->s->image_gate + p->s->image[r] * G,
                   G * sizeof *gate);
    else
        start_gates(p, gate);
    ch_step_product(p, WORD_GATE, (struct ch_matrix) { x, E }, gate);
    ch_step_product(p, HIDDEN_GATE, (struct ch_matrix) { p->s->h, H }, gate);
    run_cell(p, gate, gate + rows * G);
    ch_step_linear(p, OUTPUT, p->d->at.output,
                   (struct ch_matrix) { p->s->h, H }, out);
}
