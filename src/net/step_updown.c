/* step_updown.c - one LSTM looks, one speaks; one word at a time */
#include "net/kind.h"

#include <string.h>

/* Cells as in updown.c. */
enum { LOOK, SPEAK };
enum { MEAN, SPOKEN, PROJECT, OUTPUT, ATTEND,
       CELLS = ATTEND + CH_STEP_LOOK_PANELS };

void ch_updown_panels(const struct ch_decoder *d, struct ch_step_layer *layer)
{
    size_t H = d->shape.H;

    layer[MEAN] = ch_step_part(d, LOOK, H, H);
    layer[SPOKEN] = ch_step_part(d, LOOK, H, 0);
    if (d->at.has_project)
        layer[PROJECT] = ch_step_whole(d, d->at.project);
    layer[OUTPUT] = ch_step_whole(d, d->at.output);
    ch_step_look_panels(d, layer + ATTEND);
    ch_step_cell_panels(d, LOOK, d->shape.E, 2 * H, layer + CELLS);
    ch_step_cell_panels(d, SPEAK, 2 * H, 0,
                        layer + CELLS + CH_STEP_CELL_PANELS);
}

/* The mean's part of the gates. */
size_t ch_updown_part(const struct ch_decoder *d)
{
    return ch_step_gates(d, LOOK);
}

size_t ch_updown_work(const struct ch_decoder *d)
{
    const struct ch_decoder_shape *s = &d->shape;

    return s->E + s->A + 2 * s->H + ch_step_gates(d, LOOK) +
           ch_step_cell_work(d) + s->E + s->L;
}

void ch_updown_begin(const struct ch_step *p, const float *feature)
{
    size_t H = p->d->shape.H;
    float *mean = p->s->work;

    ch_step_look_begin(p, ATTEND, feature);
    ch_step_look_mean(p, H, mean);
    ch_step_start(p, LOOK, p->s->image_part);
    ch_step_product(p, MEAN, (struct ch_matrix) { mean, H },
                    p->s->image_part);
}

void ch_updown_next(const struct ch_step *p, const int32_t *word, float *out)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    size_t H = s->H, rows = p->s->rows;
    float *x = p->s->work, *query = x + rows * s->E;
    float *seen = query + rows * s->A, *gate = seen + rows * 2 * H;
    float *cell = gate + rows * ch_step_gates(p->d, LOOK);
    float *project = cell + rows * ch_step_cell_work(p->d);
    struct ch_matrix look = ch_step_h(p, LOOK), speak = ch_step_h(p, SPEAK);

    ch_step_words(p, word, x);
    ch_step_start_image(p, LOOK, gate);
    ch_step_product(p, SPOKEN, speak, gate);
    ch_step_cell(p, LOOK, CELLS, (struct ch_matrix) { x, s->E }, gate, cell);
    ch_step_look(p, ATTEND, look, query, seen, 2 * H);
    for (size_t r = 0; r < rows; r++)
        memcpy(seen + (2 * r + 1) * H, look.at + r * look.ld,
               H * sizeof *seen);
    ch_step_start(p, SPEAK, gate);
    ch_step_cell(p, SPEAK, CELLS + CH_STEP_CELL_PANELS,
                 (struct ch_matrix) { seen, 2 * H }, gate, cell);
    ch_step_output(p, PROJECT, OUTPUT, speak, project, out);
}
