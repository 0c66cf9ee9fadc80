/* maxout.c - the gates of an LSTM with a maxout, over the rows of one step */
#include "net/layer.h"

void ch_maxout_forward(struct ch_rnn *r, size_t first, size_t rows,
                       const float *c_prev)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = r->H;

    for (size_t i = 0; i < rows; i++) {
        size_t at = first + i;

        k->maxout_forward(H, r->gate + at * r->G, c_prev + i * H,
                          r->c + at * H, r->tanh_c + at * H, r->h + at * H);
    }
}

void ch_maxout_backward(struct ch_rnn *r, size_t first, size_t rows,
                        const float *c_prev)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = r->H;

    for (size_t i = 0; i < rows; i++) {
        size_t at = first + i;

        k->maxout_backward(H, r->gate + at * r->G, c_prev + i * H,
                           r->tanh_c + at * H, r->dh + at * H, r->dc + i * H);
    }
}
