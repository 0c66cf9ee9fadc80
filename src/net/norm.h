/* norm.h - the layer that scales what is projected from an image
 *
 * Each row x of n values, in place: y = weight u + bias, with
 *     u = (x - mean) / sqrt(variance + 1e-5)
 * over the row alone, as PyTorch's LayerNorm (Ba et al., "Layer normalization",
 * 2016): no row of a batch has a part in another's, so neither the batch nor
 * the ranks change it.  A decoder without image_norm has no parameters of it,
 * and these do nothing.
 */
#ifndef CH_NET_NORM_H
#define CH_NET_NORM_H

#include "net/layer.h"

struct ch_norm {
    size_t rows, n;
    float *unit;                /* [rows][n] u; on the way back work */
    float *scale;               /* [rows] 1 / sqrt(variance + 1e-5) */
};

/* PREFIX.weight [n], which starts as 1, and PREFIX.bias [n], as 0. */
struct ch_norm_params ch_norm_list(struct ch_decoder *d, const char *prefix,
                                   size_t n);
void ch_norm_lay(const struct ch_pass *p, struct ch_norm *w,
                 struct ch_pieces *pieces, size_t rows, size_t n);
void ch_norm_forward(const struct ch_pass *p, struct ch_norm_params at,
                     struct ch_norm *w, float *x);
/* dx: of y, then of x. */
void ch_norm_backward(const struct ch_pass *p, struct ch_norm_params at,
                      struct ch_norm *w, float *dx);
/* Rows of n values, forward alone. */
void ch_norm_rows(const struct ch_decoder *d, const float *params,
                  struct ch_norm_params at, size_t rows, size_t n, float *x);

#endif
