/* sat.c - "Show, attend and tell" (Xu et al., ICML 2015), soft attention
 *
 * h and c start from the mean of the places.  At each step the state asks
 * where to look; what is seen there, times a gate beta that the state gives,
 * enters the LSTM beside the word.  Deep output: word, h and what was seen
 * together.
 */
#include "net/kind.h"

#include <math.h>
#include <string.h>

/* The products that wait. */
enum { CONTEXT, BETA };

void ch_sat_list(struct ch_decoder *d)
{
    const struct ch_decoder_shape *s = &d->shape;
    struct ch_decoder_layers *at = &d->at;

    at->init_h = ch_param_linear(d, "init_h", s->H, s->F);
    at->init_c = ch_param_linear(d, "init_c", s->H, s->F);
    at->attention = ch_attention_list(d, s->F);
    at->beta = ch_param_linear(d, "beta", 1, s->H);
    at->embed = ch_param_add(d, "embed.weight", s->V, s->E, 0.1);
    at->cell[0] = ch_param_cell(d, CH_CELL_LSTM, "lstm", "", s->E + s->F);
    at->deep_h = ch_param_linear(d, "deep_h", s->E, s->H);
    at->deep_z = ch_param_linear(d, "deep_z", s->E, s->F);
    ch_output_list(d, s->E);
}

void ch_sat_lay(struct ch_pass *p, struct ch_pieces *pieces)
{
    const struct ch_decoder_shape *s = &p->d->shape;

    p->mean = ch_pieces_floats(pieces, p->M * s->F);
    p->image = ch_pieces_floats(pieces, p->M * s->H);
    p->image_c = ch_pieces_floats(pieces, p->M * s->H);
    p->state_h = ch_pieces_floats(pieces, p->B * s->H);
    p->state_c = ch_pieces_floats(pieces, p->B * s->H);
    ch_attention_lay(p, &p->attention, pieces);
    p->x = ch_pieces_floats(pieces, p->R * s->E);
    p->dx = ch_pieces_floats(pieces, p->R * s->E);
    p->keep_x = ch_pieces_masks(pieces, p->R, s->E);
    ch_rnn_lay(p, &p->cell[0], p->d->at.cell[0], pieces);
    ch_feed_lay(&p->feed[CONTEXT], pieces, p->cell[0].G, s->F);
    ch_feed_lay(&p->feed[BETA], pieces, 1, s->H);
    p->beta = ch_pieces_floats(pieces, p->R);
    p->dbeta = ch_pieces_floats(pieces, p->R);
    p->seen = ch_pieces_floats(pieces, p->R * s->F);
    p->dseen = ch_pieces_floats(pieces, p->R * s->F);
    p->deep = ch_pieces_floats(pieces, p->R * s->E);
    p->top = ch_pieces_floats(pieces, p->R * s->E);
    p->dtop = ch_pieces_floats(pieces, p->R * s->E);
    p->keep_h[0] = ch_pieces_masks(pieces, p->R, s->E);
}

static struct ch_steps_drop drop_of(const struct ch_pass *p)
{
    return (struct ch_steps_drop) {
        .purpose = CH_RNG_DROP_OUTPUT, .columns = p->d->shape.E,
        .rate = p->dropout ? p->dropout->output : 0
    };
}

static struct ch_matrix context_weight(const struct ch_pass *p)
{
    size_t i = p->d->at.cell[0].weight_ih;

    return (struct ch_matrix) { ch_pass_param(p, i) + p->d->shape.E,
                                p->d->param[i].columns };
}

static struct ch_matrix beta_weight(const struct ch_pass *p)
{
    return (struct ch_matrix) { ch_pass_param(p, p->d->at.beta.weight),
                                p->d->shape.H };
}

/* ---------------------------------------------------------------- forward */

static void start_state(struct ch_pass *p)
{
    size_t H = p->d->shape.H;

    ch_grid_mean(p, p->d->shape.F, p->batch->feature, p->mean);
    ch_linear_forward(p, p->d->at.init_h, p->M, p->mean, p->image);
    ch_linear_forward(p, p->d->at.init_c, p->M, p->mean, p->image_c);
    ch_grid_deal(p, H, p->image, p->state_h);
    ch_grid_deal(p, H, p->image_c, p->state_c);
    ch_rnn_start(p, &p->cell[0]);
    ch_rnn_start_state(p, &p->cell[0], (struct ch_matrix) { p->state_h, H },
                       (struct ch_matrix) { p->state_c, H });
}

/* What is seen at a step: beta times the context. */
static void see(struct ch_pass *p, size_t t)
{
    size_t first = p->start[t], rows = p->rows[t];
    size_t F = p->d->shape.F, H = p->d->shape.H;
    const float *h = p->cell[0].h_prev + first * H;
    float bias = *ch_pass_param(p, p->d->at.beta.bias);

    ch_attention_step(p, &p->attention, t, h);
    for (size_t r = first; r < first + rows; r++)
        p->beta[r] = bias;
    ch_feed_run(&p->feed[BETA], rows, (struct ch_matrix) { h, H },
                p->beta + first, 1);
    memset(p->seen + first * F, 0, rows * F * sizeof *p->seen);
    for (size_t r = first; r < first + rows; r++) {
        p->beta[r] = 1.0f / (1.0f + expf(-p->beta[r]));
        ch_kernel_get()->axpy(F, p->beta[r], p->attention.context + r * F,
                              p->seen + r * F);
    }
}

/* top = tanh(word + W_h h + W_z seen), dropped; deep keeps it undropped. */
static void deep_output(struct ch_pass *p)
{
    const struct ch_kernel *k = ch_kernel_get();
    const struct ch_steps_drop drop = drop_of(p);
    size_t n = p->R * p->d->shape.E;

    ch_linear_forward(p, p->d->at.deep_h, p->R, p->cell[0].h, p->deep);
    ch_linear_forward(p, p->d->at.deep_z, p->R, p->seen, p->top);
    k->add(n, p->top, p->deep);
    k->add(n, p->x, p->deep);
    for (size_t i = 0; i < n; i++)
        p->deep[i] = tanhf(p->deep[i]);
    memcpy(p->top, p->deep, n * sizeof *p->top);
    ch_steps_drop(p, &drop, p->keep_h[0], p->top);
}

void ch_sat_forward(struct ch_pass *p)
{
    struct ch_rnn *r = &p->cell[0];
    const struct ch_rnn_part word = { p->d->shape.E, 0 };
    size_t F = p->d->shape.F;

    start_state(p);
    ch_words_forward(p);
    ch_rnn_input(p, r, word, p->x);
    ch_attention_begin(p, &p->attention, p->batch->feature, NULL);
    ch_feed_pack(&p->feed[CONTEXT], context_weight(p));
    ch_feed_pack(&p->feed[BETA], beta_weight(p));
    ch_rnn_pack(p, r);
    for (size_t t = 0; t < p->S; t++) {
        size_t at = p->start[t];

        see(p, t);
        ch_feed_run(&p->feed[CONTEXT], p->rows[t],
                    (struct ch_matrix) { p->seen + at * F, F },
                    r->gate + at * r->G, r->G);
        ch_rnn_step(p, r, t);
    }
    deep_output(p);
}

/* --------------------------------------------------------------- backward */

/* dtop -> dh, dseen and dx of all steps. */
static void deep_back(struct ch_pass *p)
{
    const struct ch_steps_drop drop = drop_of(p);
    size_t n = p->R * p->d->shape.E;

    ch_steps_undrop(p, &drop, p->keep_h[0], p->dtop);
    for (size_t i = 0; i < n; i++)
        p->dtop[i] *= 1.0f - p->deep[i] * p->deep[i];
    ch_linear_backward(p, p->d->at.deep_h, &(struct ch_linear_back) {
        .rows = p->R, .in = p->cell[0].h, .dout = p->dtop,
        .din = p->cell[0].dh
    });
    ch_linear_backward(p, p->d->at.deep_z, &(struct ch_linear_back) {
        .rows = p->R, .in = p->seen, .dout = p->dtop, .din = p->dseen
    });
}

/* dseen -> dcontext and the gradient of beta's preactivation, to dh. */
static void see_back(struct ch_pass *p, size_t t, float *dh)
{
    size_t first = p->start[t], F = p->d->shape.F;

    for (size_t r = first; r < first + p->rows[t]; r++) {
        const float *context = p->attention.context + r * F;
        float *dcontext = p->attention.dcontext + r * F;
        const float *dseen = p->dseen + r * F;
        float sum;

        ch_kernel_get()->dots(1, F, dseen, (struct ch_matrix) { context, F },
                              &sum);
        p->dbeta[r] = sum * p->beta[r] * (1.0f - p->beta[r]);
        memset(dcontext, 0, F * sizeof *dcontext);
        ch_kernel_get()->axpy(F, p->beta[r], dseen, dcontext);
    }
    ch_feed_run_back(&p->feed[BETA], p->rows[t],
                     (struct ch_matrix) { p->dbeta + first, 1 }, dh,
                     p->d->shape.H);
    ch_attention_step_back(p, &p->attention, t, dh);
}

static void state_back(struct ch_pass *p)
{
    size_t H = p->d->shape.H;

    ch_grid_collect(p, H, p->cell[0].dh0, p->image);
    ch_grid_collect(p, H, p->cell[0].dc, p->image_c);
    ch_linear_backward(p, p->d->at.init_h, &(struct ch_linear_back) {
        .rows = p->M, .in = p->mean, .dout = p->image
    });
    ch_linear_backward(p, p->d->at.init_c, &(struct ch_linear_back) {
        .rows = p->M, .in = p->mean, .dout = p->image_c
    });
}

static void steps_back(struct ch_pass *p)
{
    struct ch_rnn *r = &p->cell[0];
    size_t F = p->d->shape.F;

    ch_rnn_pack_back(p, r);
    ch_attention_begin_back(p, &p->attention);
    ch_feed_pack_back(&p->feed[CONTEXT], context_weight(p));
    ch_feed_pack_back(&p->feed[BETA], beta_weight(p));
    for (size_t t = p->S; t-- > 0;) {
        size_t at = p->start[t];

        ch_rnn_step_back(p, r, t);
        ch_feed_run_back(&p->feed[CONTEXT], p->rows[t],
                         (struct ch_matrix) { r->gate + at * r->G, r->G },
                         p->dseen + at * F, F);
        see_back(p, t, ch_rnn_dh_before(p, r, t));
    }
}

void ch_sat_backward(struct ch_pass *p)
{
    struct ch_rnn *r = &p->cell[0];
    const struct ch_rnn_part word = { p->d->shape.E, 0 };
    const struct ch_rnn_part seen = { p->d->shape.F, p->d->shape.E };

    deep_back(p);
    steps_back(p);
    ch_rnn_end_back(p, r);
    ch_rnn_input_back(p, r, word, p->x, p->dx);
    ch_rnn_input_back(p, r, seen, p->seen, NULL);
    ch_kernel_get()->add(p->R * p->d->shape.E, p->dtop, p->dx);
    ch_words_backward(p);
    ch_linear_backward(p, p->d->at.beta, &(struct ch_linear_back) {
        .rows = p->R, .in = r->h_prev, .dout = p->dbeta
    });
    ch_attention_end_back(p, &p->attention, r->h_prev, NULL);
    state_back(p);
}
