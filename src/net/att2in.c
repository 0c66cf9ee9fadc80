/* att2in.c - attention to the input of the cell (Rennie et al., "Self-critical
 * sequence training", CVPR 2017)
 *
 * Places are embedded once.  What is seen enters the cell's input, a maxout,
 * and not its gates.  The state starts at zero.
 */
#include "net/kind.h"

#include <string.h>

/* The product that waits. */
enum { CONTEXT };

void ch_att2in_list(struct ch_decoder *d)
{
    const struct ch_decoder_shape *s = &d->shape;
    struct ch_decoder_layers *at = &d->at;

    ch_grid_list(d);
    at->attention = ch_attention_list(d, s->H);
    at->embed = ch_param_add(d, "embed.weight", s->V, s->E, 0.1);
    at->cell[0] = ch_param_cell(d, CH_CELL_MAXOUT, "cell", "", s->E);
    at->context = ch_param_linear(d, "context", 2 * s->H, s->H);
    ch_output_list(d, s->H);
}

void ch_att2in_lay(struct ch_pass *p, struct ch_pieces *pieces)
{
    const struct ch_decoder_shape *s = &p->d->shape;

    ch_grid_lay(p, pieces);
    ch_attention_lay(p, &p->attention, s->H, pieces);
    p->x = p->dx = ch_pieces_floats(pieces, p->R * s->E);
    p->keep_x = ch_pieces_masks(pieces, p->R, s->E);
    ch_rnn_lay(p, &p->cell[0], p->d->at.cell[0], pieces);
    ch_feed_lay(p, &p->feed[CONTEXT], pieces, 2 * s->H, s->H);
    p->deep = ch_pieces_floats(pieces, p->R * 2 * s->H);
    p->keep_h[0] = ch_pieces_masks(pieces, p->R, s->H);
    p->top = p->cell[0].h;
    p->dtop = p->cell[0].dh;
}

static struct ch_steps_drop drop_of(const struct ch_pass *p)
{
    return (struct ch_steps_drop) {
        .purpose = CH_RNG_DROP_OUTPUT, .columns = p->d->shape.H,
        .rate = p->dropout ? p->dropout->output : 0
    };
}

static struct ch_matrix context_weight(const struct ch_pass *p)
{
    return (struct ch_matrix) { ch_pass_param(p, p->d->at.context.weight),
                                p->d->shape.H };
}

void ch_att2in_forward(struct ch_pass *p)
{
    struct ch_rnn *r = &p->cell[0];
    const struct ch_steps_drop drop = drop_of(p);
    const struct ch_rnn_part word = { p->d->shape.E, 0 };
    size_t H = r->H, G = r->G;

    ch_grid_forward(p);
    ch_words_forward(p);
    ch_rnn_start(p, r);
    ch_rnn_input(p, r, word, p->x);
    ch_attention_begin(p, &p->attention, p->place, p->place, p->dplace);
    ch_feed_pack(&p->feed[CONTEXT], context_weight(p));
    ch_rnn_pack(p, r);
    for (size_t i = 0; i < p->R; i++)
        ch_kernel_get()->add(2 * H, ch_pass_param(p, p->d->at.context.bias),
                             r->gate + i * G + 3 * H);
    for (size_t t = 0; t < p->S; t++) {
        size_t at = p->start[t];

        ch_attention_step(p, &p->attention, t, r->h_prev + at * H);
        ch_feed_run(&p->feed[CONTEXT], p->rows[t], (struct ch_matrix) {
                        p->attention.context + at * H, H
                    }, r->gate + at * G + 3 * H, G);
        ch_rnn_step(p, r, t);
    }
    ch_steps_drop(p, &drop, p->keep_h[0], p->top);
}

static void steps_back(struct ch_pass *p)
{
    struct ch_rnn *r = &p->cell[0];
    size_t H = r->H, G = r->G;

    ch_rnn_pack_back(p, r);
    ch_attention_begin_back(p, &p->attention);
    ch_feed_pack_back(&p->feed[CONTEXT], context_weight(p));
    memset(p->attention.dcontext, 0, p->R * H * sizeof(float));
    for (size_t t = p->S; t-- > 0;) {
        size_t at = p->start[t];

        ch_rnn_step_back(p, r, t);
        ch_feed_run_back(&p->feed[CONTEXT], p->rows[t], (struct ch_matrix) {
                             r->gate + at * G + 3 * H, G
                         }, p->attention.dcontext + at * H, H);
        ch_attention_step_back(p, &p->attention, t,
                               ch_rnn_dh_before(p, r, t));
    }
}

void ch_att2in_backward(struct ch_pass *p)
{
    struct ch_rnn *r = &p->cell[0];
    const struct ch_steps_drop drop = drop_of(p);
    const struct ch_rnn_part word = { p->d->shape.E, 0 };
    size_t H = r->H, G = r->G;

    ch_steps_undrop(p, &drop, p->keep_h[0], p->dtop);
    steps_back(p);
    ch_rnn_end_back(p, r);
    for (size_t i = 0; i < p->R; i++)      /* in one piece */
        memcpy(p->deep + i * 2 * H, r->gate + i * G + 3 * H,
               2 * H * sizeof *p->deep);
    ch_linear_backward(p, p->d->at.context, &(struct ch_linear_back) {
        .rows = p->R, .in = p->attention.context, .dout = p->deep
    });
    ch_rnn_input_back(p, r, word, p->x, p->x);
    ch_words_backward(p);
    ch_attention_end_back(p, &p->attention, r->h_prev, p->dplace);
    ch_grid_backward(p);
}
