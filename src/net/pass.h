/* pass.h - what one forward and backward pass of a decoder works on
 *
 * The cells run S steps on R rows in all.  CH_IMAGE_FIRST: step 0 is fed the
 * image (B rows), word t is step t + 1: S = T + 1, R = B + N.  Otherwise word
 * t is step t: S = T, R = N.  Rows of step s lie at start[s], and those still
 * alive at the next step are the first of them, so what a step takes from the
 * one before is a run of rows.
 *
 * Order of a pass: image, words -> x -> cells, step by step -> h -> output
 * layer, which also turns back -> dh -> cells -> dx -> words, image.
 */
#ifndef CH_NET_PASS_H
#define CH_NET_PASS_H

#include "net/attention.h"
#include "net/norm.h"

struct ch_pass {
    const struct ch_decoder *d;
    const float *params;
    const struct ch_batch *batch;
    const struct ch_dropout *dropout;      /* NULL: none */
    float *grad;                           /* NULL: the loss alone */
    bool is_added;                         /* to what is in grad */
    size_t B, M, L, N, S, R;
    size_t first;                          /* row of the first word: B or 0 */

    /* Laid into the arena: */
    float *piece;                          /* of a gradient that is added */
    float *whole, *whole_bias;             /* gradient of the output layer,
                                              where it comes in parts */
    size_t *rows, *start;                  /* [S] of each step */
    int32_t *slot;                         /* [V] where a word came first */
    float *image;                          /* [B][...] projected, dropped */
    float *image_c;                        /* [B][...] first c (STATE) */
    float *image_gate;                     /* [B][G] part of gates (EVERY) */
    float *x, *dx;                         /* [R][E] what enters; NIC: one */
    float *place, *dplace;                 /* [M][L][H] embedded, or [G + E]
                                              projected (SAT) */
    float *mean;                           /* [M][...] of places */
    float *state_h, *state_c;              /* [B][H] the first (SAT) */
    float *seen, *dseen;                   /* [R][...] what enters the cells
                                              from attention */
    float *beta, *dbeta;                   /* [R] gate of what is seen (SAT) */
    bool is_projected;                     /* places are, before the steps */
    float *deep;                           /* [R][...] */
    struct ch_norm norm, norm_c;           /* of image or places; of image_c */
    struct ch_attention attention;
    struct ch_feed feed[2];
    struct ch_rnn cell[CH_LAYERS_MOST];
    float *top, *dtop;                     /* [R][H] the output layer's */
    float *project, *dproject;             /* [N][E] */
    float *logit;                          /* of a chunk of rows */
    uint64_t *keep_image, *keep_x, *keep_place, *keep_h[CH_LAYERS_MOST];
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

/* Does the gradient of the output's weight come in parts: of chunks, or of the
 * words that share it? */
static inline bool ch_pass_is_apart(const struct ch_pass *p)
{
    return p->d->shape.is_tied || p->N > CH_PASS_CHUNK;
}

static inline enum ch_precision ch_pass_precision(const struct ch_pass *p)
{
    return p->d->shape.precision;
}

/* A parameter, a caption's image, and a parameter's gradient. */
static inline const float *ch_pass_param(const struct ch_pass *p, size_t i)
{
    return p->params + p->d->param[i].offset;
}
static inline size_t ch_pass_image(const struct ch_pass *p, size_t b)
{
    return p->batch->image ? p->batch->image[b] : b;
}
static inline float *ch_pass_grad(const struct ch_pass *p, size_t i)
{
    return p->grad + p->d->param[i].offset;
}

/* gradient.c: all gradients of parameters go through these, which write them or
 * add them to what is there: x [n]; sums of the columns of x [rows][n]; A^T B.
 * A number is given once by a lane. */
void ch_gradient_lay(struct ch_pass *p, struct ch_pieces *pieces);
void ch_gradient_put(const struct ch_pass *p, size_t n, const float *x,
                     float *grad);
void ch_gradient_columns(const struct ch_pass *p, size_t rows, size_t n,
                         const float *x, float *grad);
void ch_gradient_product(const struct ch_pass *p, size_t M, size_t N, size_t K,
                         struct ch_matrix A, struct ch_matrix B, float *grad,
                         size_t ld);

/* words.c: word vectors of the batch, dropped, into the word rows of x; and
 * their gradient, from dx in x. */
void ch_words_forward(struct ch_pass *p);
void ch_words_backward(struct ch_pass *p);
/* Drop the rows of all steps from `skip` on, each with the mask of its caption
 * and step; nothing when the rate is 0. */
struct ch_steps_drop {
    uint32_t purpose, layer;               /* enum ch_rng_purpose */
    float rate;
    size_t columns, skip;
};
void ch_steps_drop(struct ch_pass *p, const struct ch_steps_drop *w,
                   uint64_t *keep, float *x);
void ch_steps_undrop(struct ch_pass *p, const struct ch_steps_drop *w,
                     const uint64_t *keep, float *dx);

/* image_input.c: image = norm(feature W^T + b), dropped. */
void ch_image_input_forward(struct ch_pass *p);
/* dimage, changed. */
void ch_image_input_backward(struct ch_pass *p, float *dimage);

/* grid.c: places of an image.  mean [M][n] of x [M][L][n]; what is of images
 * dealt to captions; and collected, summed, from them. */
void ch_grid_mean(const struct ch_pass *p, size_t n, const float *x,
                  float *mean);
void ch_grid_deal(const struct ch_pass *p, size_t n, const float *of_image,
                  float *of_caption);
void ch_grid_collect(const struct ch_pass *p, size_t n,
                     const float *of_caption, float *of_image);
/* place = relu(norm(feature W^T + b)), dropped; and back from dplace. */
void ch_grid_list(struct ch_decoder *d);
void ch_grid_lay(struct ch_pass *p, struct ch_pieces *pieces);
void ch_grid_forward(struct ch_pass *p);
void ch_grid_backward(struct ch_pass *p);

/* output.c: what follows the top, `width` wide: a projection where a tied
 * output needs one, and the layer to the words. */
void ch_output_list(struct ch_decoder *d, size_t width);
void ch_output_lay(struct ch_pass *p, struct ch_pieces *pieces);
/* The loss; dtop of the word rows when there is a gradient. */
double ch_output_loss(struct ch_pass *p);
/* Where the gradient of a tied weight is made: the words add theirs, then give
 * it away. */
float *ch_output_grad(const struct ch_pass *p);
void ch_output_give(const struct ch_pass *p);

#endif
