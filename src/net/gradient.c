/* gradient.c - the gradient of a lane: written, or added to that of others
 *
 * What is added is computed apart first and whole, for all rows of the lane:
 * the bits are those of the sum of two gradients in memory of their own.  A
 * piece at a time, so that it is still in the cache when it is added.
 */
#include "net/pass.h"

#include <string.h>

/* Floats of a piece: the fewer, the more often the product packs its input. */
#define PIECE ((size_t)1 << 19)

static size_t rows_of(size_t M, size_t N)
{
    size_t rows = PIECE / N ? PIECE / N : 1;

    return rows < M ? rows : M;
}

/* The largest piece, and the longest bias. */
static size_t piece_most(const struct ch_decoder *d)
{
    size_t most = 0;

    for (size_t i = 0; i < d->param_count; i++) {
        const struct ch_param_info *w = &d->param[i];
        size_t n = rows_of(w->rows, w->columns) * w->columns;

        n = n > w->rows ? n : w->rows;
        most = n > most ? n : most;
    }
    return most;
}

/* An output layer whose gradient comes in parts has room for all of it. */
void ch_gradient_lay(struct ch_pass *p, struct ch_pieces *pieces)
{
    const struct ch_param_info *w = &p->d->param[p->d->at.output.weight];
    bool is_apart = ch_pass_is_apart(p);

    p->piece = ch_pieces_floats(pieces, piece_most(p->d));
    p->whole = ch_pieces_floats(pieces, is_apart ? w->count : 0);
    p->whole_bias = ch_pieces_floats(pieces, is_apart ? w->rows : 0);
}

void ch_gradient_put(const struct ch_pass *p, size_t n, const float *x,
                     float *grad)
{
    if (p->is_added)
        ch_kernel_get()->add(n, x, grad);
    else
        memcpy(grad, x, n * sizeof *grad);
}

void ch_gradient_columns(const struct ch_pass *p, size_t rows, size_t n,
                         const float *x, float *grad)
{
    memset(p->piece, 0, n * sizeof *p->piece);
    ch_kernel_columns(rows, n, x, p->piece);
    ch_gradient_put(p, n, p->piece, grad);
}

void ch_gradient_product(const struct ch_pass *p, size_t M, size_t N, size_t K,
                         struct ch_matrix A, struct ch_matrix B, float *grad,
                         size_t ld)
{
    const struct ch_kernel *k = ch_kernel_get();
    enum ch_precision precision = ch_pass_precision(p);
    size_t most = rows_of(M, N);

    for (size_t m = 0; m < M; m += most) {
        size_t rows = M - m < most ? M - m : most;
        struct ch_matrix a = { A.at + m, A.ld };

        if (!p->is_added) {
            ch_product_tn(precision, rows, N, K, a, B, 0, grad + m * ld, ld);
            continue;
        }
        ch_product_tn(precision, rows, N, K, a, B, 0, p->piece, N);
        for (size_t r = 0; r < rows; r++)
            k->add(N, p->piece + r * N, grad + (m + r) * ld);
    }
}
