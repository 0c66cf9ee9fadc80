/* rnn.c - a layer of recurrent cells, over all steps of a batch, there and back
 *
 * The input's part of the gates, and all gradients of weights, are products
 * over all rows.  Step by step there is only the recurrent product, on the
 * rows still alive, with weights packed once for all steps.
 */
#include "net/pass.h"

#include <string.h>

void ch_rnn_lay(const struct ch_pass *p, struct ch_rnn *r,
                struct ch_cell_params at, struct ch_pieces *pieces)
{
    size_t H = p->d->shape.H, G = p->d->param[at.weight_hh].rows;

    *r = (struct ch_rnn) { .at = at, .H = H, .G = G };
    r->bias = ch_pieces_floats(pieces, G);
    r->gate = ch_pieces_floats(pieces, p->R * G);
    r->h_prev = ch_pieces_floats(pieces, p->R * H);
    r->h = ch_pieces_floats(pieces, p->R * H);
    r->dh = ch_pieces_floats(pieces, p->R * H);
    r->c = ch_pieces_floats(pieces, p->R * H);
    r->tanh_c = ch_pieces_floats(pieces, p->R * H);
    r->c0 = ch_pieces_floats(pieces, p->B * H);
    r->dc = ch_pieces_floats(pieces, p->B * H);
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

static void set_bias(const struct ch_pass *p, struct ch_rnn *r)
{
    memcpy(r->bias, ch_pass_param(p, r->at.bias_ih), r->G * sizeof(float));
    ch_kernel_get()->add(r->G, ch_pass_param(p, r->at.bias_hh), r->bias);
}

void ch_rnn_start(const struct ch_pass *p, struct ch_rnn *r)
{
    set_bias(p, r);
    for (size_t i = 0; i < p->R; i++)
        memcpy(r->gate + i * r->G, r->bias, r->G * sizeof(float));
}

void ch_rnn_start_same(const struct ch_pass *p, struct ch_rnn *r,
                       struct ch_rnn_part part, const float *x,
                       float *image_gate)
{
    size_t G = r->G;

    set_bias(p, r);
    for (size_t b = 0; b < p->B; b++)
        memcpy(image_gate + b * G, r->bias, G * sizeof(float));
    ch_gemm_nt(p->B, G, part.n, (struct ch_matrix) { x, part.n },
               weight_ih(p, r, part), 1, image_gate, G);
    for (size_t t = 0; t < p->S; t++)
        memcpy(r->gate + p->start[t] * G, image_gate,
               p->rows[t] * G * sizeof(float));
}

void ch_rnn_input(const struct ch_pass *p, struct ch_rnn *r,
                  struct ch_rnn_part part, const float *x)
{
    ch_gemm_nt(p->R, r->G, part.n, (struct ch_matrix) { x, part.n },
               weight_ih(p, r, part), 1, r->gate, r->G);
}

static const float *c_before(const struct ch_pass *p, const struct ch_rnn *r,
                             size_t t)
{
    return t ? r->c + p->start[t - 1] * r->H : r->c0;
}

void ch_rnn_run(const struct ch_pass *p, struct ch_rnn *r)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = r->H, G = r->G;

    ch_panel_pack_nt(G, H, weight_hh(p, r), r->panel);
    memset(r->c0, 0, p->B * H * sizeof(float));
    for (size_t t = 0; t < p->S; t++) {
        size_t at = p->start[t], next = at + p->rows[t];

        if (t)      /* before the first step h is zero */
            k->panel_product(p->rows[t], G, H,
                             (struct ch_matrix) { r->h_prev + at * H, H },
                             r->panel, r->gate + at * G, G);
        ch_lstm_forward(r, at, p->rows[t], c_before(p, r, t));
        if (t + 1 < p->S)
            memcpy(r->h_prev + next * H, r->h + at * H,
                   p->rows[t + 1] * H * sizeof(float));
    }
}

/* --------------------------------------------------------------- backward */

/* dh -> gate becomes its gradient, from the last step to the first. */
static void steps_back(const struct ch_pass *p, struct ch_rnn *r)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = r->H, G = r->G;

    ch_panel_pack_nn(H, G, weight_hh(p, r), r->panel);
    memset(r->dc, 0, p->B * H * sizeof *r->dc);
    for (size_t t = p->S; t-- > 0;) {
        size_t at = p->start[t];

        ch_lstm_backward(r, at, p->rows[t], c_before(p, r, t));
        if (t)
            k->panel_product(p->rows[t], H, G,
                             (struct ch_matrix) { r->gate + at * G, G },
                             r->panel, r->dh + p->start[t - 1] * H, H);
    }
}

void ch_rnn_run_back(const struct ch_pass *p, struct ch_rnn *r)
{
    size_t H = r->H, G = r->G;
    size_t second = p->rows[0];      /* first row that has an h before it */
    float *dbias = ch_pass_grad(p, r->at.bias_ih);

    steps_back(p, r);
    ch_gemm_tn(G, H, p->R - second,
               (struct ch_matrix) { r->gate + second * G, G },
               (struct ch_matrix) { r->h_prev + second * H, H }, 0,
               ch_pass_grad(p, r->at.weight_hh), H);
    memset(dbias, 0, G * sizeof *dbias);
    ch_kernel_columns(p->R, G, r->gate, dbias);
    memcpy(ch_pass_grad(p, r->at.bias_hh), dbias, G * sizeof *dbias);
}

void ch_rnn_input_back(const struct ch_pass *p, struct ch_rnn *r,
                       struct ch_rnn_part part, const float *x, float *dx)
{
    struct ch_matrix dgate = { r->gate, r->G };

    ch_gemm_tn(r->G, part.n, p->R, dgate, (struct ch_matrix) { x, part.n }, 0,
               grad_ih(p, r, part), p->d->param[r->at.weight_ih].columns);
    ch_gemm_nn(p->R, part.n, r->G, dgate, weight_ih(p, r, part), 0, dx,
               part.n);
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
    ch_gemm_tn(G, part.n, p->B, dgate, (struct ch_matrix) { x, part.n }, 0,
               grad_ih(p, r, part), p->d->param[r->at.weight_ih].columns);
    ch_gemm_nn(p->B, part.n, G, dgate, weight_ih(p, r, part), 0, x, part.n);
}
