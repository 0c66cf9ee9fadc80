/* layer.h - the layers that decoders are made of
 *
 * A layer lays its arrays into the arena (or counts what they need), runs
 * forward over the rows of a pass (net/pass.h), and back.  It knows neither
 * the decoder it is in nor the layers beside it.  What does not wait for the
 * step before is done for all steps at once.
 */
#ifndef CH_NET_LAYER_H
#define CH_NET_LAYER_H

#include "kernel/kernel.h"
#include "net/decoder.h"

struct ch_pass;

/* ------------------------------------------------------------------ pieces
 * Arrays of one pass.  One function asks for them: with arena NULL their bytes
 * are counted (and the pointers are NULL), else they are taken. */
#define CH_PIECES_LATE 16
struct ch_pieces {
    struct ch_arena *arena;
    size_t bytes;
    struct { float **at; size_t count; } late[CH_PIECES_LATE];
    size_t late_count;
};
void *ch_pieces_get(struct ch_pieces *p, size_t count, size_t size);
float *ch_pieces_floats(struct ch_pieces *p, size_t count);
/* What only backward uses, to *at: it gets the memory of what is used no more
 * by then.  That is asked for once, when all that come late have asked. */
void ch_pieces_late(struct ch_pieces *p, size_t count, float **at);
float *ch_pieces_early(struct ch_pieces *p, size_t count);
/* Masks of rows of n values, 64 bits a word; each row has its own. */
#define CH_MASK_WORDS(n) (((n) + 63) / 64)
uint64_t *ch_pieces_masks(struct ch_pieces *p, size_t rows, size_t n);

/* -------------------------------------------------------------- parameters */

/* Append a parameter to the list; its index. */
size_t ch_param_add(struct ch_decoder *d, const char *name, size_t rows,
                    size_t columns, double bound);
/* PREFIX.weight [out][in] and PREFIX.bias [out], U(+-1/sqrt(in)) and 0. */
struct ch_linear ch_param_linear(struct ch_decoder *d, const char *prefix,
                                 size_t out, size_t in);
/* PREFIX.weight [out][in] alone. */
size_t ch_param_weight(struct ch_decoder *d, const char *prefix, size_t out,
                       size_t in);
/* PREFIX.weight_ihSUFFIX [gates * H][in] and so on, U(+-1/sqrt(H)). */
struct ch_cell_params ch_param_cell(struct ch_decoder *d, enum ch_cell cell,
                                    const char *prefix, const char *suffix,
                                    size_t in);

/* ----------------------------------------------------------------- dropout
 * Keep `rows` rows of `columns` values with the mask of their place
 * (example[r], position); the bits go to keep for the way back. */
struct ch_dropout_place {
    const struct ch_dropout *dropout;
    uint32_t purpose;                      /* enum ch_rng_purpose */
    float rate;
    uint32_t position;
};
void ch_dropout_forward(const struct ch_dropout_place *at,
                        const uint32_t *example, size_t rows, size_t columns,
                        uint64_t *keep, float *x);
void ch_dropout_backward(float rate, size_t rows, size_t columns,
                         const uint64_t *keep, float *dx);

/* ------------------------------------------------------------------ linear */

/* out [rows][out] = b + in W^T */
void ch_linear_forward(const struct ch_pass *p, struct ch_linear l,
                       size_t rows, const float *in, float *out);
/* dW = dout^T in, db = sum of rows of dout; din = dout W unless NULL (added to
 * it when is_added). */
struct ch_linear_back {
    size_t rows;
    const float *in, *dout;
    float *din;
    bool is_added;
};
void ch_linear_backward(const struct ch_pass *p, struct ch_linear l,
                        const struct ch_linear_back *b);

/* -------------------------------------------------------------------- feed
 * out [rows][N] += in [rows][K] W^T for the rows of one step; and back,
 * din += dout W.  W is packed once for all steps. */
struct ch_feed {
    enum ch_precision precision;
    size_t N, K;
    float *panel;
};
void ch_feed_lay(const struct ch_pass *p, struct ch_feed *f,
                 struct ch_pieces *pieces, size_t N, size_t K);
void ch_feed_pack(struct ch_feed *f, struct ch_matrix W);
void ch_feed_pack_back(struct ch_feed *f, struct ch_matrix W);
void ch_feed_run(const struct ch_feed *f, size_t rows, struct ch_matrix in,
                 float *out, size_t ld);
void ch_feed_run_back(const struct ch_feed *f, size_t rows,
                      struct ch_matrix dout, float *din, size_t ld);

/* --------------------------------------------------------- recurrent cells
 * One layer of cells.  What enters them may come in parts, each meeting its
 * own columns of weight_ih: the same at all steps of a caption (start_same),
 * or known for all steps beforehand (input).  h may be changed in place once
 * the steps have run: what the next step takes lies in h_prev. */
struct ch_rnn {
    struct ch_cell_params at;
    size_t H, G;                /* G: width of the gates, 3 H to 5 H */
    bool has_state;             /* before the first step; otherwise zero */
    float *gate;                /* [R][G] activations, then gradients */
    float *gate_h;              /* [R][G] what h gives to them, then its
                                   gradients: GRU; others: gate itself */
    float *h_prev, *h, *dh;     /* [R][H] */
    float *c, *tanh_c;          /* [R][H] not GRU */
    float *c0;                  /* [B][H] before the first step */
    float *dh0, *dc;            /* [B][H] gradients of the first state */
    float *bias;                /* [G] what the gates start from */
    float *panel;               /* weight_hh, packed for steps */
};
/* A part of what enters: n columns of weight_ih from `column` on. */
struct ch_rnn_part {
    size_t n, column;
};
size_t ch_cell_gates(enum ch_cell cell);        /* G / H */
void ch_rnn_lay(const struct ch_pass *p, struct ch_rnn *r,
                struct ch_cell_params at, struct ch_pieces *pieces);
/* The gates start from the biases; from what a part x [B][n] that stays the
 * same gives, too, image_gate [B][G]; and the state from h and c [B][H]. */
void ch_rnn_start(const struct ch_pass *p, struct ch_rnn *r);
void ch_rnn_start_same(const struct ch_pass *p, struct ch_rnn *r,
                       struct ch_rnn_part part, const float *x,
                       float *image_gate);
void ch_rnn_start_state(const struct ch_pass *p, struct ch_rnn *r,
                        struct ch_matrix h, struct ch_matrix c);
void ch_rnn_input(const struct ch_pass *p, struct ch_rnn *r,
                  struct ch_rnn_part part, const float *x);
/* gates -> h: pack, then step by step; or all of it. */
void ch_rnn_pack(const struct ch_pass *p, struct ch_rnn *r);
void ch_rnn_step(const struct ch_pass *p, struct ch_rnn *r, size_t t);
void ch_rnn_run(const struct ch_pass *p, struct ch_rnn *r);
/* dh -> the gradients of gates; then of weight_hh and of the biases.  A step
 * adds to the dh of the step before, as others may until that one's turn. */
void ch_rnn_pack_back(const struct ch_pass *p, struct ch_rnn *r);
void ch_rnn_step_back(const struct ch_pass *p, struct ch_rnn *r, size_t t);
float *ch_rnn_dh_before(const struct ch_pass *p, const struct ch_rnn *r,
                        size_t t);
void ch_rnn_end_back(const struct ch_pass *p, struct ch_rnn *r);
void ch_rnn_run_back(const struct ch_pass *p, struct ch_rnn *r);
/* Gradient of weight_ih's columns, and dx unless NULL; may be x itself. */
void ch_rnn_input_back(const struct ch_pass *p, struct ch_rnn *r,
                       struct ch_rnn_part part, const float *x, float *dx);
void ch_rnn_same_back(const struct ch_pass *p, struct ch_rnn *r,
                      struct ch_rnn_part part, float *x /* becomes dx */,
                      float *image_gate);

/* lstm.c, gru.c, maxout.c: `rows` rows from row `first`; what comes from the
 * step before, and goes back to it, has its own place. */
void ch_lstm_forward(struct ch_rnn *r, size_t first, size_t rows,
                     const float *c_prev);
void ch_lstm_backward(struct ch_rnn *r, size_t first, size_t rows,
                      const float *c_prev);
void ch_maxout_forward(struct ch_rnn *r, size_t first, size_t rows,
                       const float *c_prev);
void ch_maxout_backward(struct ch_rnn *r, size_t first, size_t rows,
                        const float *c_prev);
void ch_gru_forward(struct ch_rnn *r, size_t first, size_t rows);
void ch_gru_backward(struct ch_rnn *r, size_t first, size_t rows,
                     float *dh_prev);

#endif
