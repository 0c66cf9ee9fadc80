/* pass.h - what one forward and backward pass of the decoder works on
 *
 * The cell runs S steps on R rows in all.  CH_IMAGE_FIRST: step 0 is fed the
 * image (B rows), word t is step t + 1: S = T + 1, R = B + N.  CH_IMAGE_EVERY:
 * word t is step t: S = T, R = N.  Rows of step s lie at start[s], and those
 * still alive at the next step are the first of them, so what a step takes
 * from the one before is a run of rows.
 *
 * Order of a pass: image, words -> x -> cell, step by step -> h -> output
 * layer, which also turns back -> dh -> cell -> dx -> words, image.
 */
#ifndef CH_NET_PASS_H
#define CH_NET_PASS_H

#include "kernel/kernel.h"
#include "net/decoder.h"

/* 64-bit words of a dropout mask over n values; each row has its own. */
#define CH_MASK_WORDS(n) (((n) + 63) / 64)

/* Everything a pass keeps, in one list: fields and the arena's size.
 * X(type, field, count) */
#define CH_PASS_PIECES(X)                                                      \
    X(size_t, rows, p->S)                  /* of each step */                  \
    X(size_t, start, p->S)                 /* first row of each step */        \
    X(float, zero, s->H)                   /* h and c before the first step */ \
    X(float, bias, 4 * s->H)               /* both biases of the cell */       \
    X(float, image, p->B * s->E)           /* projected image, dropped */      \
    X(float, gate_image, p->B * 4 * s->H)  /* its part of the gates (EVERY) */ \
    X(float, x, p->R * s->E)               /* what enters the cell, then dx */ \
    X(float, gate, p->R * 4 * s->H)        /* activations, then gradients */   \
    X(float, h_prev, p->R * s->H)          /* h of the step before */          \
    X(float, c, p->R * s->H)                                                   \
    X(float, tanh_c, p->R * s->H)                                              \
    X(float, h, p->R * s->H)               /* dropped: for the output layer */ \
    X(float, dh, p->R * s->H)                                                  \
    X(float, dc, p->B * s->H)                                                  \
    X(float, panel, ch_panel_floats(s->H, 4 * s->H))  /* W_hh, packed */     \
    X(float, logit, ch_pass_chunk_most(p->N) * s->V)                           \
    X(uint64_t, keep_x, p->R * CH_MASK_WORDS(s->E))                            \
    X(uint64_t, keep_h, p->R * CH_MASK_WORDS(s->H))                            \
    X(uint64_t, keep_image, p->B * CH_MASK_WORDS(s->E))

struct ch_pass {
    const struct ch_decoder *d;
    const float *params;
    const struct ch_batch *batch;
    const struct ch_dropout *dropout;      /* NULL: none */
    float *grad;                           /* NULL: the loss alone */
    size_t B, N, S, R;
    size_t first;                          /* row of the first word: B or 0 */
#define CH_PASS_FIELD(type, field, count) type *field;
    CH_PASS_PIECES(CH_PASS_FIELD)
#undef CH_PASS_FIELD
};

#define CH_PASS_CHUNK 384

/* Rows of logits computed at once, for n rows in all: few enough that logits
 * stay in the cache, all chunks nearly equal; a function of n alone. */
static inline size_t ch_pass_chunk(size_t n)
{
    size_t count = (n + CH_PASS_CHUNK - 1) / CH_PASS_CHUNK;

    return count ? (n + count - 1) / count : 0;
}

/* Room for the chunks of up to n rows. */
static inline size_t ch_pass_chunk_most(size_t n)
{
    return n < CH_PASS_CHUNK ? n : CH_PASS_CHUNK;
}

/* A parameter, and its gradient. */
static inline const float *ch_pass_param(const struct ch_pass *p,
                                         enum ch_param i)
{
    return p->params + p->d->param[i].offset;
}
static inline float *ch_pass_grad(const struct ch_pass *p, enum ch_param i)
{
    return p->grad + p->d->param[i].offset;
}

/* dropout.c: keep `rows` rows of `columns` values with the mask of their place
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

/* image_input.c: image [B][E] = feature W^T + b, dropped. */
void ch_image_input_forward(struct ch_pass *p);
/* dimage [B][E], changed. */
void ch_image_input_backward(struct ch_pass *p, float *dimage);

/* lstm.c: x, gate_image -> h */
void ch_lstm_forward(struct ch_pass *p);
/* dh -> x becomes dx; dimage [B][E] is written with CH_IMAGE_EVERY. */
void ch_lstm_backward(struct ch_pass *p);

/* output.c: the loss; dh of the word rows when there is a gradient. */
double ch_output_loss(struct ch_pass *p);

#endif
