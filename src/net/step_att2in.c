/* step_att2in.c - attention to the input, one word at a time */
#include "net/kind.h"

enum { CONTEXT, PROJECT, OUTPUT, LOOK, CELL = LOOK + CH_STEP_LOOK_PANELS };

void ch_att2in_panels(const struct ch_decoder *d, struct ch_step_layer *layer)
{
    layer[CONTEXT] = ch_step_whole(d, d->at.context);
    if (d->at.has_project)
        layer[PROJECT] = ch_step_whole(d, d->at.project);
    layer[OUTPUT] = ch_step_whole(d, d->at.output);
    ch_step_look_panels(d, layer + LOOK);
    ch_step_cell_panels(d, 0, d->shape.E, 0, layer + CELL);
}

size_t ch_att2in_part(const struct ch_decoder *d)
{
    (void)d;
    return 0;
}

size_t ch_att2in_work(const struct ch_decoder *d)
{
    const struct ch_decoder_shape *s = &d->shape;

    return s->E + s->A + s->H + ch_step_gates(d, 0) + ch_step_cell_work(d) +
           s->E + s->L;
}

void ch_att2in_begin(const struct ch_step *p, const float *feature)
{
    ch_step_look_begin(p, LOOK, feature);
}

void ch_att2in_next(const struct ch_step *p, const int32_t *word, float *out)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    size_t H = s->H, G = ch_step_gates(p->d, 0), rows = p->s->rows;
    float *x = p->s->work, *query = x + rows * s->E;
    float *context = query + rows * s->A, *gate = context + rows * H;
    float *cell = gate + rows * G;
    float *project = cell + rows * ch_step_cell_work(p->d);

    ch_step_words(p, word, x);
    ch_step_look(p, LOOK, ch_step_h(p, 0), query, context, H);
    ch_step_start(p, 0, gate);
    for (size_t r = 0; r < rows; r++)
        ch_kernel_get()->add(2 * H, ch_step_param(p, p->d->at.context.bias),
                             gate + r * G + 3 * H);
    ch_step_product_rows(p, CONTEXT, rows, (struct ch_matrix) { context, H },
                         gate + 3 * H, G);
    ch_step_cell(p, 0, CELL, (struct ch_matrix) { x, s->E }, gate, cell);
    ch_step_output(p, PROJECT, OUTPUT, ch_step_h(p, 0), project, out);
}
