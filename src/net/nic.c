/* nic.c - "Show and tell": an image, then words, through recurrent cells */
#include "net/pass.h"

#include <string.h>

static int is_every(const struct ch_decoder *d)
{
    return d->shape.image == CH_IMAGE_EVERY;
}

void ch_nic_list(struct ch_decoder *d)
{
    const struct ch_decoder_shape *s = &d->shape;
    struct ch_decoder_layers *at = &d->at;

    at->image = ch_param_linear(d, "image", s->E, s->F);
    at->embed = ch_param_add(d, "embed.weight", s->V, s->E, 0.1);
    at->cell[0] = ch_param_cell(d, "lstm", "_l0", 4,
                                is_every(d) ? 2 * s->E : s->E);
    at->output = ch_param_linear(d, "output", s->V, s->H);
}

void ch_nic_lay(struct ch_pass *p, struct ch_pieces *pieces)
{
    const struct ch_decoder_shape *s = &p->d->shape;

    p->image = ch_pieces_floats(pieces, p->B * s->E);
    p->keep_image = ch_pieces_masks(pieces, p->B, s->E);
    p->image_gate = ch_pieces_floats(pieces, is_every(p->d) ? p->B * 4 * s->H
                                                            : 0);
    p->x = ch_pieces_floats(pieces, p->R * s->E);
    p->keep_x = ch_pieces_masks(pieces, p->R, s->E);
    ch_rnn_lay(p, &p->cell, p->d->at.cell[0], pieces);
    p->keep_h = ch_pieces_masks(pieces, p->R, s->H);
    p->top = p->cell.h;
    p->dtop = p->cell.dh;
}

void ch_nic_forward(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_rnn_part word = { s->E, 0 }, image = { s->E, s->E };

    ch_image_input_forward(p);
    if (p->first)
        memcpy(p->x, p->image, p->B * s->E * sizeof(float));
    ch_words_forward(p);
    if (is_every(p->d))
        ch_rnn_start_same(p, &p->cell, image, p->image, p->image_gate);
    else
        ch_rnn_start(p, &p->cell);
    ch_rnn_input(p, &p->cell, word, p->x);
    ch_rnn_run(p, &p->cell);
    if (p->dropout && p->dropout->output > 0)
        ch_words_drop(p, CH_RNG_DROP_OUTPUT, p->dropout->output, s->H,
                      p->keep_h, p->top);
}

void ch_nic_backward(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_rnn_part word = { s->E, 0 }, image = { s->E, s->E };

    if (p->dropout && p->dropout->output > 0)
        ch_words_undrop(p, p->dropout->output, s->H, p->keep_h, p->dtop);
    memset(p->dtop, 0, p->first * s->H * sizeof(float));
    ch_rnn_run_back(p, &p->cell);
    ch_rnn_input_back(p, &p->cell, word, p->x, p->x);
    if (is_every(p->d))
        ch_rnn_same_back(p, &p->cell, image, p->image, p->image_gate);
    ch_words_backward(p);
    ch_image_input_backward(p, p->first ? p->x : p->image);
}
