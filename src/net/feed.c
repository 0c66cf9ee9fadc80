/* feed.c - a product that waits for the step before, its weights packed */
#include "net/layer.h"

void ch_feed_lay(struct ch_feed *f, struct ch_pieces *pieces, size_t N,
                 size_t K)
{
    size_t forward = ch_panel_floats(N, K), back = ch_panel_floats(K, N);

    *f = (struct ch_feed) { .N = N, .K = K };
    f->panel = ch_pieces_floats(pieces, forward > back ? forward : back);
}

void ch_feed_pack(struct ch_feed *f, struct ch_matrix W)
{
    ch_panel_pack_nt(f->N, f->K, W, f->panel);
}

void ch_feed_pack_back(struct ch_feed *f, struct ch_matrix W)
{
    ch_panel_pack_nn(f->K, f->N, W, f->panel);
}

void ch_feed_run(const struct ch_feed *f, size_t rows, struct ch_matrix in,
                 float *out, size_t ld)
{
    ch_kernel_get()->panel_product(rows, f->N, f->K, in, f->panel, out, ld);
}

void ch_feed_run_back(const struct ch_feed *f, size_t rows,
                      struct ch_matrix dout, float *din, size_t ld)
{
    ch_kernel_get()->panel_product(rows, f->K, f->N, dout, f->panel, din, ld);
}
