/* sat.c - "Show, attend and tell" (Xu et al., ICML 2015), soft attention
 *
 * h and c start from the mean of the places.  At each step the state asks
 * where to look; what is seen there, times a gate beta that the state gives,
 * enters the LSTM beside the word.  Deep output: word, h and what was seen
 * together.
 *
 * Weights of gates and of the deep output times a weighted sum of places are
 * the same weighted sum of places that were projected.  Where a batch has few
 * places beside its rows, as with several captions of an image, these are
 * projected all at once, before the steps; otherwise what is seen is projected
 * step by step.
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
    at->init_h_norm = ch_norm_list(d, "init_h_norm", s->H);
    at->init_c = ch_param_linear(d, "init_c", s->H, s->F);
    at->init_c_norm = ch_norm_list(d, "init_c_norm", s->H);
    at->attention = ch_attention_list(d, s->F);
    at->beta = ch_param_linear(d, "beta", 1, s->H);
    at->embed = ch_param_add(d, "embed.weight", s->V, s->E, 0.1);
    at->cell[0] = ch_param_cell(d, CH_CELL_LSTM, "lstm", "", s->E + s->F);
    at->deep_h = ch_param_linear(d, "deep_h", s->E, s->H);
    at->deep_z = ch_param_linear(d, "deep_z", s->E, s->F);
    ch_output_list(d, s->E);
}

static size_t gates(const struct ch_pass *p)
{
    return p->d->param[p->d->at.cell[0].weight_hh].rows;
}

/* Of a projected place: for the gates, then for the deep output. */
static size_t width(const struct ch_pass *p)
{
    return gates(p) + p->d->shape.E;
}

/* Three products of all rows against two of all places. */
static size_t places_most(size_t rows)
{
    return rows + rows / 2;
}

static void lay_projected(struct ch_pass *p, struct ch_pieces *pieces)
{
    size_t places = p->batch ? p->M * p->L : places_most(p->R);

    p->place = ch_pieces_floats(pieces, places * width(p));
    ch_pieces_late(pieces, places * width(p), &p->dplace);
    ch_attention_lay(p, &p->attention, width(p), pieces);
}

static void lay_seen(struct ch_pass *p, struct ch_pieces *pieces)
{
    size_t F = p->d->shape.F;

    ch_attention_lay(p, &p->attention, F, pieces);
    ch_feed_lay(p, &p->feed[CONTEXT], pieces, gates(p), F);
    p->seen = ch_pieces_floats(pieces, p->R * F);
    p->dseen = ch_pieces_floats(pieces, p->R * F);
}

void ch_sat_lay(struct ch_pass *p, struct ch_pieces *pieces)
{
    const struct ch_decoder_shape *s = &p->d->shape;

    p->is_projected = p->batch && p->M * p->L <= places_most(p->R);
    p->mean = ch_pieces_floats(pieces, p->M * s->F);
    p->image = ch_pieces_floats(pieces, p->M * s->H);
    p->image_c = ch_pieces_floats(pieces, p->M * s->H);
    ch_norm_lay(p, &p->norm, pieces, p->M, s->H);
    ch_norm_lay(p, &p->norm_c, pieces, p->M, s->H);
    p->state_h = ch_pieces_floats(pieces, p->B * s->H);
    p->state_c = ch_pieces_floats(pieces, p->B * s->H);
    if (!p->batch || p->is_projected)
        lay_projected(p, pieces);
    if (!p->batch || !p->is_projected)
        lay_seen(p, pieces);
    p->x = ch_pieces_floats(pieces, p->R * s->E);
    p->dx = ch_pieces_floats(pieces, p->R * s->E);
    p->keep_x = ch_pieces_masks(pieces, p->R, s->E);
    ch_rnn_lay(p, &p->cell[0], p->d->at.cell[0], pieces);
    ch_feed_lay(p, &p->feed[BETA], pieces, 1, s->H);
    p->beta = ch_pieces_floats(pieces, p->R);
    p->dbeta = ch_pieces_floats(pieces, p->R);
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
    ch_norm_forward(p, p->d->at.init_h_norm, &p->norm, p->image);
    ch_norm_forward(p, p->d->at.init_c_norm, &p->norm_c, p->image_c);
    ch_grid_deal(p, H, p->image, p->state_h);
    ch_grid_deal(p, H, p->image_c, p->state_c);
    ch_rnn_start(p, &p->cell[0]);
    ch_rnn_start_state(p, &p->cell[0], (struct ch_matrix) { p->state_h, H },
                       (struct ch_matrix) { p->state_c, H });
}

static struct ch_matrix deep_weight(const struct ch_pass *p)
{
    return (struct ch_matrix) { ch_pass_param(p, p->d->at.deep_z.weight),
                                p->d->shape.F };
}

static void begin_seeing(struct ch_pass *p)
{
    const float *feature = p->batch->feature;
    size_t F = p->d->shape.F, G = gates(p), places = p->M * p->L;
    struct ch_matrix in = { feature, F };

    if (!p->is_projected) {
        ch_attention_begin(p, &p->attention, feature, feature, NULL);
        ch_feed_pack(&p->feed[CONTEXT], context_weight(p));
        return;
    }
    ch_product_nt(ch_pass_precision(p), places, G, F, in, context_weight(p), 0,
                  p->place, width(p));
    ch_product_nt(ch_pass_precision(p), places, p->d->shape.E, F, in,
                  deep_weight(p), 0, p->place + G, width(p));
    ch_attention_begin(p, &p->attention, feature, p->place, p->dplace);
}

/* Where is looked at a step, and beta. */
static void look(struct ch_pass *p, size_t t)
{
    size_t first = p->start[t], rows = p->rows[t], H = p->d->shape.H;
    const float *h = p->cell[0].h_prev + first * H;
    float bias = *ch_pass_param(p, p->d->at.beta.bias);

    ch_attention_step(p, &p->attention, t, h);
    for (size_t r = first; r < first + rows; r++)
        p->beta[r] = bias;
    ch_feed_run(&p->feed[BETA], rows, (struct ch_matrix) { h, H },
                p->beta + first, 1);
    for (size_t r = first; r < first + rows; r++)
        p->beta[r] = 1.0f / (1.0f + expf(-p->beta[r]));
}

/* Beta times the context enters the gates, by its weights or projected. */
static void see(struct ch_pass *p, size_t t)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t first = p->start[t], rows = p->rows[t];
    size_t F = p->d->shape.F, G = gates(p);
    float *gate = p->cell[0].gate;

    for (size_t r = first; r < first + rows && p->is_projected; r++)
        k->axpy(G, p->beta[r], p->attention.context + r * width(p),
                gate + r * G);
    if (p->is_projected)
        return;
    memset(p->seen + first * F, 0, rows * F * sizeof *p->seen);
    for (size_t r = first; r < first + rows; r++)
        k->axpy(F, p->beta[r], p->attention.context + r * F, p->seen + r * F);
    ch_feed_run(&p->feed[CONTEXT], rows,
                (struct ch_matrix) { p->seen + first * F, F },
                gate + first * G, G);
}

/* W_z seen + b */
static void deep_seen(struct ch_pass *p, float *out)
{
    const float *bias = ch_pass_param(p, p->d->at.deep_z.bias);
    size_t E = p->d->shape.E;

    if (!p->is_projected) {
        ch_linear_forward(p, p->d->at.deep_z, p->R, p->seen, out);
        return;
    }
    for (size_t r = 0; r < p->R; r++) {
        memcpy(out + r * E, bias, E * sizeof *bias);
        ch_kernel_get()->axpy(E, p->beta[r], p->attention.context +
                              r * width(p) + gates(p), out + r * E);
    }
}

/* top = tanh(word + W_h h + W_z seen), dropped; deep keeps it undropped. */
static void deep_output(struct ch_pass *p)
{
    const struct ch_kernel *k = ch_kernel_get();
    const struct ch_steps_drop drop = drop_of(p);
    size_t n = p->R * p->d->shape.E;

    ch_linear_forward(p, p->d->at.deep_h, p->R, p->cell[0].h, p->deep);
    deep_seen(p, p->top);
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

    start_state(p);
    ch_words_forward(p);
    ch_rnn_input(p, r, word, p->x);
    begin_seeing(p);
    ch_feed_pack(&p->feed[BETA], beta_weight(p));
    ch_rnn_pack(p, r);
    for (size_t t = 0; t < p->S; t++) {
        look(p, t);
        see(p, t);
        ch_rnn_step(p, r, t);
    }
    deep_output(p);
}

/* --------------------------------------------------------------- backward */

/* dtop -> dh and dx of all steps, and dseen. */
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
    if (!p->is_projected)
        ch_linear_backward(p, p->d->at.deep_z, &(struct ch_linear_back) {
            .rows = p->R, .in = p->seen, .dout = p->dtop, .din = p->dseen
        });
}

/* dcontext of a row, before it is multiplied by beta. */
static void context_back(struct ch_pass *p, size_t r, float *dcontext)
{
    size_t F = p->d->shape.F, G = gates(p), E = p->d->shape.E;

    if (!p->is_projected) {
        memcpy(dcontext, p->dseen + r * F, F * sizeof *dcontext);
        return;
    }
    memcpy(dcontext, p->cell[0].gate + r * G, G * sizeof *dcontext);
    memcpy(dcontext + G, p->dtop + r * E, E * sizeof *dcontext);
}

/* To dcontext and the gradient of beta's preactivation, to dh. */
static void see_back(struct ch_pass *p, size_t t, float *dh)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t first = p->start[t], C = p->attention.C;

    for (size_t r = first; r < first + p->rows[t]; r++) {
        const float *context = p->attention.context + r * C;
        float *dcontext = p->attention.dcontext + r * C;
        float sum;

        context_back(p, r, dcontext);
        k->dots(1, C, dcontext, (struct ch_matrix) { context, C }, &sum);
        p->dbeta[r] = sum * p->beta[r] * (1.0f - p->beta[r]);
        k->scale(C, p->beta[r], dcontext);
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
    ch_norm_backward(p, p->d->at.init_h_norm, &p->norm, p->image);
    ch_norm_backward(p, p->d->at.init_c_norm, &p->norm_c, p->image_c);
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
    if (!p->is_projected)
        ch_feed_pack_back(&p->feed[CONTEXT], context_weight(p));
    ch_feed_pack_back(&p->feed[BETA], beta_weight(p));
    for (size_t t = p->S; t-- > 0;) {
        size_t at = p->start[t];

        ch_rnn_step_back(p, r, t);
        if (!p->is_projected)
            ch_feed_run_back(&p->feed[CONTEXT], p->rows[t],
                             (struct ch_matrix) { r->gate + at * r->G, r->G },
                             p->dseen + at * F, F);
        see_back(p, t, ch_rnn_dh_before(p, r, t));
    }
}

/* The weights that what is seen meets. */
static void weights_back(struct ch_pass *p)
{
    const struct ch_rnn_part seen = { p->d->shape.F, p->d->shape.E };
    struct ch_rnn *r = &p->cell[0];
    size_t F = p->d->shape.F, E = p->d->shape.E, G = gates(p);
    size_t places = p->M * p->L, i = r->at.weight_ih;
    struct ch_matrix in = { p->batch->feature, F };

    if (!p->is_projected) {
        ch_rnn_input_back(p, r, seen, p->seen, NULL);
        return;
    }
    ch_gradient_product(p, G, F, places,
                        (struct ch_matrix) { p->dplace, width(p) }, in,
                        ch_pass_grad(p, i) + E, p->d->param[i].columns);
    ch_gradient_product(p, E, F, places,
                        (struct ch_matrix) { p->dplace + G, width(p) }, in,
                        ch_pass_grad(p, p->d->at.deep_z.weight), F);
    ch_gradient_columns(p, p->R, E, p->dtop,
                        ch_pass_grad(p, p->d->at.deep_z.bias));
}

void ch_sat_backward(struct ch_pass *p)
{
    struct ch_rnn *r = &p->cell[0];
    const struct ch_rnn_part word = { p->d->shape.E, 0 };

    deep_back(p);
    steps_back(p);
    ch_rnn_end_back(p, r);
    ch_rnn_input_back(p, r, word, p->x, p->dx);
    ch_kernel_get()->add(p->R * p->d->shape.E, p->dtop, p->dx);
    ch_words_backward(p);
    ch_linear_backward(p, p->d->at.beta, &(struct ch_linear_back) {
        .rows = p->R, .in = r->h_prev, .dout = p->dbeta
    });
    ch_attention_end_back(p, &p->attention, r->h_prev, NULL);
    weights_back(p);
    state_back(p);
}
