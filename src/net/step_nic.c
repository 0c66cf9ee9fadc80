/* step_nic.c - NIC, one word at a time */
#include "net/kind.h"

#include <string.h>

enum { IMAGE, IMAGE_PART, INIT_C, PROJECT, OUTPUT, CELL };

static int has_mode(const struct ch_decoder *d, enum ch_image_mode mode)
{
    return d->shape.image == mode;
}

static size_t gates(const struct ch_decoder *d)
{
    return ch_step_gates(d, 0);
}

void ch_nic_panels(const struct ch_decoder *d, struct ch_step_layer *layer)
{
    const struct ch_decoder_shape *s = &d->shape;

    if (has_mode(d, CH_IMAGE_STATE)) {
        layer[IMAGE] = ch_step_whole(d, d->at.init_h);
        if (s->cell == CH_CELL_LSTM)
            layer[INIT_C] = ch_step_whole(d, d->at.init_c);
    } else {
        layer[IMAGE] = ch_step_whole(d, d->at.image);
    }
    if (has_mode(d, CH_IMAGE_EVERY))
        layer[IMAGE_PART] = ch_step_part(d, 0, s->E, s->E);
    if (d->at.has_project)
        layer[PROJECT] = ch_step_whole(d, d->at.project);
    layer[OUTPUT] = ch_step_whole(d, d->at.output);
    for (size_t l = 0; l < s->layers; l++)
        ch_step_cell_panels(d, l, l ? s->H : s->E, 0,
                            layer + CELL + CH_STEP_CELL_PANELS * l);
}

/* Its part of the gates, or what is merged. */
size_t ch_nic_part(const struct ch_decoder *d)
{
    return has_mode(d, CH_IMAGE_EVERY) ? gates(d)
           : has_mode(d, CH_IMAGE_MERGE) ? d->shape.H : 0;
}

/* What enters the cells or leaves them, gates, what a cell needs. */
size_t ch_nic_work(const struct ch_decoder *d)
{
    size_t E = d->shape.E, H = d->shape.H;

    return (E > H ? E : H) + gates(d) + ch_step_cell_work(d) +
           (d->at.has_project ? E : 0);
}

struct work {
    float *x, *gate, *cell, *project;
};

static struct work work_of(const struct ch_step *p)
{
    size_t E = p->d->shape.E, H = p->d->shape.H, rows = p->s->rows;
    struct work w = { .x = p->s->work };

    w.gate = w.x + rows * (E > H ? E : H);
    w.cell = w.gate + rows * gates(p->d);
    w.project = w.cell + rows * ch_step_cell_work(p->d);
    return w;
}

/* All layers, from what enters the first: in with what gate has already. */
static void run_layers(const struct ch_step *p, const struct work *w)
{
    struct ch_matrix in = { w->x, p->d->shape.E };

    for (size_t l = 0; l < p->d->shape.layers; l++) {
        if (l)
            ch_step_start(p, l, w->gate);
        ch_step_cell(p, l, CELL + CH_STEP_CELL_PANELS * l, in, w->gate,
                     w->cell);
        in = ch_step_h(p, l);
    }
}

static void project(const struct ch_step *p, struct ch_matrix image,
                    float *out)
{
    const struct ch_decoder *d = p->d;

    ch_step_linear(p, IMAGE, d->at.image, image, out);
    ch_step_norm(p, d->at.image_norm, p->s->rows,
                 d->param[d->at.image.weight].rows, out);
}

static void start_state(const struct ch_step *p, struct ch_matrix image)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_decoder_layers *at = &p->d->at;
    size_t n = s->layers * s->H;

    ch_step_linear(p, IMAGE, at->init_h, image, p->s->h);
    ch_step_norm(p, at->init_h_norm, p->s->rows, n, p->s->h);
    if (s->cell == CH_CELL_GRU)
        return;
    ch_step_linear(p, INIT_C, at->init_c, image, p->s->c);
    ch_step_norm(p, at->init_c_norm, p->s->rows, n, p->s->c);
}

void ch_nic_begin(const struct ch_step *p, const float *feature)
{
    const struct ch_decoder *d = p->d;
    struct ch_matrix image = { feature, d->shape.F };
    struct work w = work_of(p);

    switch (d->shape.image) {
    case CH_IMAGE_FIRST:
        project(p, image, w.x);
        ch_step_start(p, 0, w.gate);
        run_layers(p, &w);
        break;
    case CH_IMAGE_EVERY:
        project(p, image, w.x);
        ch_step_start(p, 0, p->s->image_part);
        ch_step_product(p, IMAGE_PART, (struct ch_matrix) { w.x, d->shape.E },
                        p->s->image_part);
        break;
    case CH_IMAGE_STATE:
        start_state(p, image);
        break;
    case CH_IMAGE_MERGE:
        project(p, image, p->s->image_part);
        break;
    }
}

/* What leaves the cells, plus the image: x [rows][H]. */
static struct ch_matrix merge(const struct ch_step *p, struct ch_matrix top,
                              float *x)
{
    size_t H = p->d->shape.H;

    for (size_t r = 0; r < p->s->rows; r++) {
        memcpy(x + r * H, top.at + r * top.ld, H * sizeof *x);
        ch_kernel_get()->add(H, p->s->image_part + p->s->image[r] * H,
                             x + r * H);
    }
    return (struct ch_matrix) { x, H };
}

void ch_nic_next(const struct ch_step *p, const int32_t *word, float *out)
{
    struct work w = work_of(p);
    struct ch_matrix top;

    ch_step_words(p, word, w.x);
    if (has_mode(p->d, CH_IMAGE_EVERY))
        ch_step_start_image(p, 0, w.gate);
    else
        ch_step_start(p, 0, w.gate);
    run_layers(p, &w);
    top = ch_step_h(p, p->d->shape.layers - 1);
    if (has_mode(p->d, CH_IMAGE_MERGE))
        top = merge(p, top, w.x);
    ch_step_output(p, PROJECT, OUTPUT, top, w.project, out);
}
