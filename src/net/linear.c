/* linear.c - rows times a weight, plus a bias */
#include "net/pass.h"

#include <string.h>

void ch_linear_forward(const struct ch_pass *p, struct ch_linear l,
                       size_t rows, const float *in, float *out)
{
    size_t N = p->d->param[l.weight].rows, K = p->d->param[l.weight].columns;
    const float *bias = ch_pass_param(p, l.bias);

    for (size_t r = 0; r < rows; r++)
        memcpy(out + r * N, bias, N * sizeof *bias);
    ch_product_nt(ch_pass_precision(p), rows, N, K,
                  (struct ch_matrix) { in, K },
                  (struct ch_matrix) { ch_pass_param(p, l.weight), K }, 1, out,
                  N);
}

void ch_linear_backward(const struct ch_pass *p, struct ch_linear l,
                        const struct ch_linear_back *b)
{
    size_t N = p->d->param[l.weight].rows, K = p->d->param[l.weight].columns;
    struct ch_matrix dout = { b->dout, N };

    if (b->din)
        ch_product_nn(ch_pass_precision(p), b->rows, K, N, dout,
                      (struct ch_matrix) { ch_pass_param(p, l.weight), K },
                      b->is_added ? 1 : 0, b->din, K);
    ch_gradient_product(p, N, K, b->rows, dout, (struct ch_matrix) { b->in, K },
                        ch_pass_grad(p, l.weight), K);
    ch_gradient_columns(p, b->rows, N, b->dout, ch_pass_grad(p, l.bias));
}
