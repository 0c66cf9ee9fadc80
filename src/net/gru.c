/* gru.c - the gates of a GRU, over the rows of one step */
#include "net/layer.h"

void ch_gru_forward(struct ch_rnn *r, size_t first, size_t rows)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = r->H, G = r->G;

    for (size_t at = first; at < first + rows; at++)
        k->gru_forward(H, r->gate + at * G, r->gate_h + at * G,
                       r->h_prev + at * H, r->h + at * H);
}

void ch_gru_backward(struct ch_rnn *r, size_t first, size_t rows,
                     float *dh_prev)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = r->H, G = r->G;

    for (size_t i = 0; i < rows; i++) {
        size_t at = first + i;

        k->gru_backward(H, r->gate + at * G, r->gate_h + at * G,
                        r->h_prev + at * H, r->dh + at * H, dh_prev + i * H);
    }
}
