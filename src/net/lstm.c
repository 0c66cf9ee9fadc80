/* lstm.c - the cell, over all steps of a batch, there and back
 *
 * What does not wait for the step before is done for all steps at once: the
 * input's part of the gates, and all gradients of weights.  Step by step there
 * is only the recurrent product, on the rows still alive, with weights packed
 * once for all steps.
 */
#include "net/pass.h"

#include <string.h>

/* What the gates start from: the biases, and with CH_IMAGE_EVERY the image's
 * part, the same at every step of a caption. */
static void start_gates(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_kernel *k = ch_kernel_get();
    size_t G = 4 * s->H, I = ch_decoder_input(s);
    const float *weight = ch_pass_param(p, CH_P_lstm_weight_ih);

    memcpy(p->bias, ch_pass_param(p, CH_P_lstm_bias_ih), G * sizeof(float));
    k->add(G, ch_pass_param(p, CH_P_lstm_bias_hh), p->bias);
    if (s->image == CH_IMAGE_FIRST) {
        for (size_t r = 0; r < p->R; r++)
            memcpy(p->gate + r * G, p->bias, G * sizeof(float));
        return;
    }
    for (size_t b = 0; b < p->B; b++)
        memcpy(p->gate_image + b * G, p->bias, G * sizeof(float));
    ch_gemm_nt(p->B, G, s->E, (struct ch_matrix) { p->image, s->E },
               (struct ch_matrix) { weight + s->E, I }, 1, p->gate_image, G);
    for (size_t t = 0; t < p->S; t++)
        memcpy(p->gate + p->start[t] * G, p->gate_image,
               p->rows[t] * G * sizeof(float));
}

void ch_lstm_forward(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = s->H, G = 4 * H, I = ch_decoder_input(s);
    struct ch_matrix W_hh = { ch_pass_param(p, CH_P_lstm_weight_hh), H };
    struct ch_matrix W_ih = { ch_pass_param(p, CH_P_lstm_weight_ih), I };

    ch_panel_pack_nt(G, H, W_hh, p->panel);
    memset(p->zero, 0, H * sizeof *p->zero);
    start_gates(p);
    ch_gemm_nt(p->R, G, s->E, (struct ch_matrix) { p->x, s->E }, W_ih, 1,
               p->gate, G);
    for (size_t t = 0; t < p->S; t++) {
        size_t at = p->start[t], next = at + p->rows[t];
        const float *c_prev = t ? p->c + p->start[t - 1] * H : p->zero;

        if (t)      /* before the first step h is zero */
            k->panel_product(p->rows[t], G, H,
                             (struct ch_matrix) { p->h_prev + at * H, H },
                             p->panel, p->gate + at * G, G);
        for (size_t r = at; r < next; r++)
            k->gate_forward(H, p->gate + r * G,
                            t ? c_prev + (r - at) * H : c_prev, p->c + r * H,
                            p->tanh_c + r * H, p->h + r * H);
        if (t + 1 < p->S)
            memcpy(p->h_prev + next * H, p->h + at * H,
                   p->rows[t + 1] * H * sizeof(float));
    }
}

/* dh -> gate becomes its gradient, from the last step to the first. */
static void backward_steps(struct ch_pass *p)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = p->d->shape.H, G = 4 * H;
    struct ch_matrix W_hh = { ch_pass_param(p, CH_P_lstm_weight_hh), H };

    ch_panel_pack_nn(H, G, W_hh, p->panel);
    memset(p->dc, 0, p->B * H * sizeof *p->dc);
    for (size_t t = p->S; t-- > 0;) {
        size_t at = p->start[t];
        const float *c_prev = t ? p->c + p->start[t - 1] * H : p->zero;

        for (size_t r = 0; r < p->rows[t]; r++)
            k->gate_backward(H, p->gate + (at + r) * G,
                             t ? c_prev + r * H : c_prev,
                             p->tanh_c + (at + r) * H, p->dh + (at + r) * H,
                             p->dc + r * H);
        if (t)
            k->panel_product(p->rows[t], H, G,
                             (struct ch_matrix) { p->gate + at * G, G },
                             p->panel, p->dh + p->start[t - 1] * H, H);
    }
}

/* CH_IMAGE_EVERY: the gradients of all steps of a caption are added up, then
 * the image's half of W_ih and the image have theirs. */
static void backward_image(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_kernel *k = ch_kernel_get();
    size_t G = 4 * s->H, I = ch_decoder_input(s);
    struct ch_matrix dgate = { p->gate_image, G };

    memset(p->gate_image, 0, p->B * G * sizeof(float));
    for (size_t t = 0; t < p->S; t++)
        k->add(p->rows[t] * G, p->gate + p->start[t] * G, p->gate_image);
    ch_gemm_tn(G, s->E, p->B, dgate, (struct ch_matrix) { p->image, s->E }, 0,
               ch_pass_grad(p, CH_P_lstm_weight_ih) + s->E, I);
    ch_gemm_nn(p->B, s->E, G, dgate,
               (struct ch_matrix) {
                   ch_pass_param(p, CH_P_lstm_weight_ih) + s->E, I
               }, 0, p->image, s->E);
}

void ch_lstm_backward(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    size_t H = s->H, G = 4 * H, I = ch_decoder_input(s);
    size_t second = p->rows[0];      /* first row that has an h before it */
    struct ch_matrix dgate = { p->gate, G };
    struct ch_matrix W_ih = { ch_pass_param(p, CH_P_lstm_weight_ih), I };
    float *dbias = ch_pass_grad(p, CH_P_lstm_bias_ih);

    backward_steps(p);
    ch_gemm_tn(G, H, p->R - second,
               (struct ch_matrix) { p->gate + second * G, G },
               (struct ch_matrix) { p->h_prev + second * H, H }, 0,
               ch_pass_grad(p, CH_P_lstm_weight_hh), H);
    ch_gemm_tn(G, s->E, p->R, dgate, (struct ch_matrix) { p->x, s->E }, 0,
               ch_pass_grad(p, CH_P_lstm_weight_ih), I);
    ch_gemm_nn(p->R, s->E, G, dgate, W_ih, 0, p->x, s->E);
    if (s->image == CH_IMAGE_EVERY)
        backward_image(p);
    memset(dbias, 0, G * sizeof *dbias);
    ch_kernel_columns(p->R, G, p->gate, dbias);
    memcpy(ch_pass_grad(p, CH_P_lstm_bias_hh), dbias, G * sizeof *dbias);
}
