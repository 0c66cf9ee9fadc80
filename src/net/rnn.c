/* rnn.c - a layer of recurrent cells, over all steps of a batch, there and back
 *
 * The input's part of the gates, and all gradients of weights, are products
 * over all rows.  Step by step there is only the recurrent product, on the
 * rows still alive, with weights packed once for all steps.
 */
#include "net/pass.h"

#include <string.h>

size_t ch_cell_gates(enum ch_cell cell)
{
    return cell == CH_CELL_GRU ? 3 : cell == CH_CELL_MAXOUT ? 5 : 4;
}

static int is_gru(const struct ch_rnn *r)
{
    return r->at.cell == CH_CELL_GRU;
}

void ch_rnn_lay(const struct ch_pass *p, struct ch_rnn *r,
                struct ch_cell_params at, struct ch_pieces *pieces)
{
    size_t H = p->d->shape.H, G = p->d->param[at.weight_hh].rows;

    *r = (struct ch_rnn) { .at = at, .H = H, .G = G };
    r->bias = ch_pieces_floats(pieces, G);
    r->gate = ch_pieces_floats(pieces, p->R * G);
    r->gate_h = is_gru(r) ? ch_pieces_floats(pieces, p->R * G) : r->gate;
    r->h_prev = ch_pieces_floats(pieces, p->R * H);
    r->h = ch_pieces_floats(pieces, p->R * H);
    r->dh = ch_pieces_floats(pieces, p->R * H);
    r->dh0 = ch_pieces_floats(pieces, p->B * H);
    if (!is_gru(r)) {
        r->c = ch_pieces_floats(pieces, p->R * H);
        r->tanh_c = ch_pieces_floats(pieces, p->R * H);
        r->c0 = ch_pieces_floats(pieces, p->B * H);
        r->dc = ch_pieces_floats(pieces, p->B * H);
    }
    /* Packed either way: G is a multiple of H. */
    r->panel = ch_pieces_floats(pieces, ch_panel_floats(H, G));
}

/* ---------------------------------------------------------------- forward */

static struct ch_matrix weight_hh(const struct ch_pass *p,
                                  const struct ch_rnn *r)
{
    return (struct ch_matrix) { ch_pass_param(p, r->at.weight_hh), r->H };
}

/* The columns of a part. */
static struct ch_matrix weight_ih(const struct ch_pass *p,
                                  const struct ch_rnn *r,
                                  struct ch_rnn_part part)
{
    return (struct ch_matrix) {
        ch_pass_param(p, r->at.weight_ih) + part.column,
        p->d->param[r->at.weight_ih].columns
    };
}

static float *grad_ih(const struct ch_pass *p, const struct ch_rnn *r,
                      struct ch_rnn_part part)
{
    return ch_pass_grad(p, r->at.weight_ih) + part.column;
}

/* The biases of h stay apart in a GRU, where r multiplies one of them.  The
 * state is zero until it is given. */
static void start(const struct ch_pass *p, struct ch_rnn *r)
{
    memcpy(r->bias, ch_pass_param(p, r->at.bias_ih), r->G * sizeof(float));
    if (!is_gru(r))
        ch_kernel_get()->add(r->G, ch_pass_param(p, r->at.bias_hh), r->bias);
    r->has_state = false;
    memset(r->h_prev, 0, p->B * r->H * sizeof(float));
    if (r->c0)
        memset(r->c0, 0, p->B * r->H * sizeof(float));
}

void ch_rnn_start(const struct ch_pass *p, struct ch_rnn *r)
{
    start(p, r);
    for (size_t i = 0; i < p->R; i++)
        memcpy(r->gate + i * r->G, r->bias, r->G * sizeof(float));
}

void ch_rnn_start_state(const struct ch_pass *p, struct ch_rnn *r,
                        struct ch_matrix h, struct ch_matrix c)
{
    size_t H = r->H;

    r->has_state = true;
    for (size_t b = 0; b < p->B; b++) {
        memcpy(r->h_prev + b * H, h.at + b * h.ld, H * sizeof(float));
        if (r->c0)
            memcpy(r->c0 + b * H, c.at + b * c.ld, H * sizeof(float));
    }
}

void ch_rnn_start_same(const struct ch_pass *p, struct ch_rnn *r,
                       struct ch_rnn_part part, const float *x,
                       float *image_gate)
{
    size_t G = r->G;

    start(p, r);
    for (size_t b = 0; b < p->B; b++)
        memcpy(image_gate + b * G, r->bias, G * sizeof(float));
    ch_product_nt(ch_pass_precision(p), p->B, G, part.n,
                  (struct ch_matrix) { x, part.n }, weight_ih(p, r, part), 1,
                  image_gate, G);
    for (size_t t = 0; t < p->S; t++)
        memcpy(r->gate + p->start[t] * G, image_gate,
               p->rows[t] * G * sizeof(float));
}

void ch_rnn_input(const struct ch_pass *p, struct ch_rnn *r,
                  struct ch_rnn_part part, const float *x)
{
    ch_product_nt(ch_pass_precision(p), p->R, r->G, part.n,
                  (struct ch_matrix) { x, part.n }, weight_ih(p, r, part), 1,
                  r->gate, r->G);
}

static const float *c_before(const struct ch_pass *p, const struct ch_rnn *r,
                             size_t t)
{
    return t ? r->c + p->start[t - 1] * r->H : r->c0;
}

/* What h gives to the gates of a step; at the first it may be zero. */
static void recur(const struct ch_pass *p, struct ch_rnn *r, size_t t)
{
    size_t H = r->H, G = r->G, at = p->start[t];
    float *gate_h = r->gate_h + at * G;
    const float *bias = ch_pass_param(p, r->at.bias_hh);

    for (size_t i = 0; is_gru(r) && i < p->rows[t]; i++)
        memcpy(gate_h + i * G, bias, G * sizeof *bias);
    if (t || r->has_state)
        ch_product_rows(ch_pass_precision(p), p->rows[t], G, H,
                        (struct ch_matrix) { r->h_prev + at * H, H }, r->panel,
                        gate_h, G);
}

void ch_rnn_pack(const struct ch_pass *p, struct ch_rnn *r)
{
    ch_product_pack_nt(ch_pass_precision(p), r->G, r->H, weight_hh(p, r),
                       r->panel);
}

void ch_rnn_step(const struct ch_pass *p, struct ch_rnn *r, size_t t)
{
    size_t H = r->H, at = p->start[t], rows = p->rows[t];

    recur(p, r, t);
    switch (r->at.cell) {
    case CH_CELL_LSTM:
        ch_lstm_forward(r, at, rows, c_before(p, r, t));
        break;
    case CH_CELL_GRU:
        ch_gru_forward(r, at, rows);
        break;
    case CH_CELL_MAXOUT:
        ch_maxout_forward(r, at, rows, c_before(p, r, t));
        break;
    }
    if (t + 1 < p->S)
        memcpy(r->h_prev + (at + rows) * H, r->h + at * H,
               p->rows[t + 1] * H * sizeof(float));
}

void ch_rnn_run(const struct ch_pass *p, struct ch_rnn *r)
{
    ch_rnn_pack(p, r);
    for (size_t t = 0; t < p->S; t++)
        ch_rnn_step(p, r, t);
}

/* --------------------------------------------------------------- backward */

void ch_rnn_pack_back(const struct ch_pass *p, struct ch_rnn *r)
{
    size_t H = r->H;

    ch_product_pack_nn(ch_pass_precision(p), H, r->G, weight_hh(p, r),
                       r->panel);
    memset(r->dh0, 0, p->B * H * sizeof *r->dh0);
    if (r->dc)
        memset(r->dc, 0, p->B * H * sizeof *r->dc);
}

float *ch_rnn_dh_before(const struct ch_pass *p, const struct ch_rnn *r,
                        size_t t)
{
    return t ? r->dh + p->start[t - 1] * r->H : r->dh0;
}

/* dh -> gate becomes its gradient. */
void ch_rnn_step_back(const struct ch_pass *p, struct ch_rnn *r, size_t t)
{
    size_t H = r->H, G = r->G, at = p->start[t], rows = p->rows[t];
    float *dh_prev = ch_rnn_dh_before(p, r, t);

    switch (r->at.cell) {
    case CH_CELL_LSTM:
        ch_lstm_backward(r, at, rows, c_before(p, r, t));
        break;
    case CH_CELL_GRU:
        ch_gru_backward(r, at, rows, dh_prev);
        break;
    case CH_CELL_MAXOUT:
        ch_maxout_backward(r, at, rows, c_before(p, r, t));
        break;
    }
    if (t || r->has_state)
        ch_product_rows(ch_pass_precision(p), rows, H, G,
                        (struct ch_matrix) { r->gate_h + at * G, G }, r->panel,
                        dh_prev, H);
}

void ch_rnn_end_back(const struct ch_pass *p, struct ch_rnn *r)
{
    size_t H = r->H, G = r->G;
    /* First row that has an h before it. */
    size_t first = r->has_state ? 0 : p->rows[0];
    ch_gradient_product(p, G, H, p->R - first,
                        (struct ch_matrix) { r->gate_h + first * G, G },
                        (struct ch_matrix) { r->h_prev + first * H, H },
                        ch_pass_grad(p, r->at.weight_hh), H);
    ch_gradient_columns(p, p->R, G, r->gate, ch_pass_grad(p, r->at.bias_ih));
    ch_gradient_columns(p, p->R, G, r->gate_h,
                        ch_pass_grad(p, r->at.bias_hh));
}

void ch_rnn_run_back(const struct ch_pass *p, struct ch_rnn *r)
{
    ch_rnn_pack_back(p, r);
    for (size_t t = p->S; t-- > 0;)
        ch_rnn_step_back(p, r, t);
    ch_rnn_end_back(p, r);
}

void ch_rnn_input_back(const struct ch_pass *p, struct ch_rnn *r,
                       struct ch_rnn_part part, const float *x, float *dx)
{
    struct ch_matrix dgate = { r->gate, r->G };

    ch_gradient_product(p, r->G, part.n, p->R, dgate,
                        (struct ch_matrix) { x, part.n }, grad_ih(p, r, part),
                        p->d->param[r->at.weight_ih].columns);
    if (dx)
        ch_product_nn(ch_pass_precision(p), p->R, part.n, r->G, dgate,
                      weight_ih(p, r, part), 0, dx, part.n);
}

/* The gradients of all steps of a caption are added up first. */
void ch_rnn_same_back(const struct ch_pass *p, struct ch_rnn *r,
                      struct ch_rnn_part part, float *x, float *image_gate)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t G = r->G;
    struct ch_matrix dgate = { image_gate, G };

    memset(image_gate, 0, p->B * G * sizeof(float));
    for (size_t t = 0; t < p->S; t++)
        k->add(p->rows[t] * G, r->gate + p->start[t] * G, image_gate);
    ch_gradient_product(p, G, part.n, p->B, dgate,
                        (struct ch_matrix) { x, part.n }, grad_ih(p, r, part),
                        p->d->param[r->at.weight_ih].columns);
    ch_product_nn(ch_pass_precision(p), p->B, part.n, G, dgate,
                  weight_ih(p, r, part), 0, x, part.n);
}
