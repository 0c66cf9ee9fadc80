/* feed.c - a product that waits for the step before, its weights packed */
#include "net/pass.h"

void ch_feed_lay(const struct ch_pass *p, struct ch_feed *f,
                 struct ch_pieces *pieces, size_t N, size_t K)
{
    size_t forward = ch_panel_floats(N, K), back = ch_panel_floats(K, N);

    *f = (struct ch_feed) {
        .precision = ch_pass_precision(p), .N = N, .K = K
    };
    f->panel = ch_pieces_floats(pieces, forward > back ? forward : back);
}

void ch_feed_pack(struct ch_feed *f, struct ch_matrix W)
{
    ch_product_pack_nt(f->precision, f->N, f->K, W, f->panel);
}

void ch_feed_pack_back(struct ch_feed *f, struct ch_matrix W)
{
    ch_product_pack_nn(f->precision, f->K, f->N, W, f->panel);
}

void ch_feed_run(const struct ch_feed *f, size_t rows, struct ch_matrix in,
                 float *out, size_t ld)
{
    ch_product_rows(f->precision, rows, f->N, f->K, in, f->panel, out, ld);
}

void ch_feed_run_back(const struct ch_feed *f, size_t rows,
                      struct ch_matrix dout, float *din, size_t ld)
{
    ch_product_rows(f->precision, rows, f->K, f->N, dout, f->panel, din, ld);
}
