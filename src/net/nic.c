/* nic.c - "Show and tell": an image and words, through recurrent cells */
#include "net/kind.h"

#include <stdio.h>
#include <string.h>

static int has_mode(const struct ch_decoder *d, enum ch_image_mode mode)
{
    return d->shape.image == mode;
}

static void list_image(struct ch_decoder *d)
{
    const struct ch_decoder_shape *s = &d->shape;
    struct ch_decoder_layers *at = &d->at;

    if (!has_mode(d, CH_IMAGE_STATE)) {
        size_t width = has_mode(d, CH_IMAGE_MERGE) ? s->H : s->E;

        at->image = ch_param_linear(d, "image", width, s->F);
        at->image_norm = ch_norm_list(d, "image_norm", width);
        return;
    }
    at->init_h = ch_param_linear(d, "init_h", s->layers * s->H, s->F);
    at->init_h_norm = ch_norm_list(d, "init_h_norm", s->layers * s->H);
    if (s->cell == CH_CELL_GRU)
        return;
    at->init_c = ch_param_linear(d, "init_c", s->layers * s->H, s->F);
    at->init_c_norm = ch_norm_list(d, "init_c_norm", s->layers * s->H);
}

void ch_nic_list(struct ch_decoder *d)
{
    const struct ch_decoder_shape *s = &d->shape;
    size_t width = has_mode(d, CH_IMAGE_EVERY) ? 2 * s->E : s->E;

    list_image(d);
    d->at.embed = ch_param_add(d, "embed.weight", s->V, s->E, 0.1);
    for (size_t l = 0; l < s->layers; l++, width = s->H) {
        char suffix[24];

        snprintf(suffix, sizeof suffix, "_l%zu", l);
        d->at.cell[l] = ch_param_cell(d, s->cell,
                                      s->cell == CH_CELL_GRU ? "gru" : "lstm",
                                      suffix, width);
    }
    ch_output_list(d, s->H);
}

void ch_nic_lay(struct ch_pass *p, struct ch_pieces *pieces)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    size_t G = ch_cell_gates(s->cell) * s->H;
    /* Of the projected image, or of all states. */
    size_t width = has_mode(p->d, CH_IMAGE_STATE)
                       ? s->layers * s->H
                       : p->d->param[p->d->at.image.weight].rows;

    p->image = ch_pieces_floats(pieces, p->B * width);
    p->keep_image = ch_pieces_masks(pieces, p->B, width);
    ch_norm_lay(p, &p->norm, pieces, p->B, width);
    p->image_c = ch_pieces_floats(pieces, has_mode(p->d, CH_IMAGE_STATE)
                                              ? p->B * width : 0);
    if (has_mode(p->d, CH_IMAGE_STATE) && s->cell == CH_CELL_LSTM)
        ch_norm_lay(p, &p->norm_c, pieces, p->B, width);
    p->image_gate = ch_pieces_floats(pieces, has_mode(p->d, CH_IMAGE_EVERY)
                                                 ? p->B * G : 0);
    p->x = p->dx = ch_pieces_floats(pieces, p->R * s->E);
    p->keep_x = ch_pieces_masks(pieces, p->R, s->E);
    for (size_t l = 0; l < s->layers; l++) {
        ch_rnn_lay(p, &p->cell[l], p->d->at.cell[l], pieces);
        p->keep_h[l] = ch_pieces_masks(pieces, p->R, s->H);
    }
    p->top = p->cell[s->layers - 1].h;
    p->dtop = p->cell[s->layers - 1].dh;
}

/* How the h of a layer is dropped: between layers, or before the output. */
static struct ch_steps_drop drop_of(const struct ch_pass *p, size_t l)
{
    int is_last = l + 1 == p->d->shape.layers;
    struct ch_steps_drop w = {
        .columns = p->d->shape.H, .layer = is_last ? 0 : (uint32_t)l,
        .purpose = is_last ? CH_RNG_DROP_OUTPUT : CH_RNG_DROP_LAYER,
        .skip = is_last && p->first ? 1 : 0
    };

    if (p->dropout)
        w.rate = is_last ? p->dropout->output : p->dropout->layer;
    return w;
}

/* --------------------------------------------------------------- the image */

static void start_layers(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_rnn_part part = { s->E, s->E };
    size_t ld = s->layers * s->H;

    for (size_t l = 0; l < s->layers; l++) {
        if (l == 0 && has_mode(p->d, CH_IMAGE_EVERY))
            ch_rnn_start_same(p, &p->cell[l], part, p->image, p->image_gate);
        else
            ch_rnn_start(p, &p->cell[l]);
        if (has_mode(p->d, CH_IMAGE_STATE))
            ch_rnn_start_state(p, &p->cell[l], (struct ch_matrix) {
                                   p->image + l * s->H, ld
                               }, (struct ch_matrix) {
                                   p->image_c + l * s->H, ld
                               });
    }
}

static void project_image(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;

    if (!has_mode(p->d, CH_IMAGE_STATE)) {
        ch_image_input_forward(p);
        if (p->first)
            memcpy(p->x, p->image, p->B * s->E * sizeof(float));
        return;
    }
    ch_linear_forward(p, p->d->at.init_h, p->B, p->batch->feature, p->image);
    ch_norm_forward(p, p->d->at.init_h_norm, &p->norm, p->image);
    if (s->cell == CH_CELL_GRU)
        return;
    ch_linear_forward(p, p->d->at.init_c, p->B, p->batch->feature, p->image_c);
    ch_norm_forward(p, p->d->at.init_c_norm, &p->norm_c, p->image_c);
}

/* top += image, at every step */
static void merge_image(struct ch_pass *p)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = p->d->shape.H;

    for (size_t t = 0; t < p->S; t++)
        k->add(p->rows[t] * H, p->image, p->top + p->start[t] * H);
}

/* image = the sum of dtop over all steps */
static void unmerge_image(struct ch_pass *p)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = p->d->shape.H;

    memset(p->image, 0, p->B * H * sizeof(float));
    for (size_t t = 0; t < p->S; t++)
        k->add(p->rows[t] * H, p->dtop + p->start[t] * H, p->image);
}

/* Gradient of the layers that gave the first states. */
static void state_back(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    size_t H = s->H, ld = s->layers * H;

    for (size_t l = 0; l < s->layers; l++)
        for (size_t b = 0; b < p->B; b++) {
            memcpy(p->image + b * ld + l * H, p->cell[l].dh0 + b * H,
                   H * sizeof(float));
            if (s->cell == CH_CELL_LSTM)
                memcpy(p->image_c + b * ld + l * H, p->cell[l].dc + b * H,
                       H * sizeof(float));
        }
    ch_norm_backward(p, p->d->at.init_h_norm, &p->norm, p->image);
    ch_linear_backward(p, p->d->at.init_h, &(struct ch_linear_back) {
        .rows = p->B, .in = p->batch->feature, .dout = p->image
    });
    if (s->cell == CH_CELL_GRU)
        return;
    ch_norm_backward(p, p->d->at.init_c_norm, &p->norm_c, p->image_c);
    ch_linear_backward(p, p->d->at.init_c, &(struct ch_linear_back) {
        .rows = p->B, .in = p->batch->feature, .dout = p->image_c
    });
}

/* ---------------------------------------------------------------- the pass */

void ch_nic_forward(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const float *x = p->x;
    struct ch_rnn_part part = { s->E, 0 };

    project_image(p);
    ch_words_forward(p);
    start_layers(p);
    for (size_t l = 0; l < s->layers; l++) {
        struct ch_steps_drop drop = drop_of(p, l);

        ch_rnn_input(p, &p->cell[l], part, x);
        ch_rnn_run(p, &p->cell[l]);
        if (p->cell[l].h == p->top && has_mode(p->d, CH_IMAGE_MERGE))
            merge_image(p);
        ch_steps_drop(p, &drop, p->keep_h[l], p->cell[l].h);
        x = p->cell[l].h;
        part.n = s->H;
    }
}

void ch_nic_backward(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_rnn_part image = { s->E, s->E };

    memset(p->dtop, 0, p->first * s->H * sizeof(float));
    for (size_t l = s->layers; l-- > 0;) {
        struct ch_steps_drop drop = drop_of(p, l);
        struct ch_rnn_part part = { l ? s->H : s->E, 0 };

        ch_steps_undrop(p, &drop, p->keep_h[l], p->cell[l].dh);
        if (p->cell[l].dh == p->dtop && has_mode(p->d, CH_IMAGE_MERGE))
            unmerge_image(p);
        ch_rnn_run_back(p, &p->cell[l]);
        if (l)
            ch_rnn_input_back(p, &p->cell[l], part, p->cell[l - 1].h,
                              p->cell[l - 1].dh);
        else
            ch_rnn_input_back(p, &p->cell[l], part, p->x, p->x);
    }
    if (has_mode(p->d, CH_IMAGE_EVERY))
        ch_rnn_same_back(p, &p->cell[0], image, p->image, p->image_gate);
    ch_words_backward(p);
    if (has_mode(p->d, CH_IMAGE_STATE))
        state_back(p);
    else
        ch_image_input_backward(p, p->first ? p->x : p->image);
}
