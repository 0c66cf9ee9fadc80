/* decoder.h - the caption decoder: forward, backward, step by step
 *
 * NIC (Vinyals et al., "Show and tell", CVPR 2015): layers of recurrent cells
 * that predict the next word.  The image goes in
 *     first   once, projected, as the first input in place of a word
 *     every   projected, beside the word at every step
 *     state   as the state before the first word, of all layers
 *     merge   projected to H, added to what leaves the cells (Tanti et al.,
 *             "Where to put the image", 2018)
 *
 * Legend, used everywhere: B captions of a batch, T steps in time, N live
 * (row, step) pairs = target words, V vocabulary, E word vector and image
 * projection, H hidden, F feature.  Rows are time-major and sorted by falling
 * length, so the rows alive at step t are the first live[t].
 *
 * Parameters are in decoder_shape.h.
 */
#ifndef CH_NET_DECODER_H
#define CH_NET_DECODER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/rng.h"
#include "net/decoder_shape.h"

/* CH_EUSAGE when a size is zero, there are too many layers, or the whole does
 * not fit in memory. */
int ch_decoder_init(struct ch_decoder *d, const struct ch_decoder_shape *s,
                    struct ch_err *e);
/* Fill a block of d->float_count floats; a function of seed and name only. */
void ch_decoder_start_params(const struct ch_decoder *d, uint64_t seed,
                             float *params);
/* By name; NULL when this decoder has none of that name. */
const struct ch_param_info *ch_decoder_param(const struct ch_decoder *d,
                                             const char *name);

/* When a pass got so far, on the clock of ch_clock_s(). */
struct ch_decoder_times {
    double forward_s;           /* forward, up to the output layer, was done */
    double output_s;            /* the loss was known */
};

/* What one lane computes on in one step; all arrays are the caller's. */
struct ch_batch {
    size_t B, T, N, F;
    const size_t *live;         /* [T] rows alive at each step, falling */
    const int32_t *input;       /* [N] words fed, from <start> */
    const int32_t *target;      /* [N] words to predict, to <end> */
    const float *feature;       /* [B][F], standardised; grids: [M][L][F] */
    const uint32_t *example;    /* [B] number of the example in the data set */
    size_t M;                   /* images */
    const uint32_t *image;      /* [B] a caption's image; NULL: each its own */
    struct ch_decoder_times *times;     /* NULL: nobody asks */
    bool is_added;              /* the gradient is, to what is there */
    bool is_blank;              /* that of the word vectors is zero already */
    struct ch_nonfinite *nonfinite;     /* NULL: nobody asks */
};

/* What makes learning harder, so that captions are not just learnt by heart.
 * Inverted dropout: kept values are divided by 1 - rate.  rate 0: none.
 * Masks are a function of (seed, epoch, example, step), not of B or order. */
struct ch_dropout {
    float input, output, image; /* rates, in [0, 1) */
    uint64_t seed;
    uint32_t epoch;
    float layer;                /* between layers of cells */
    bool is_same;               /* the same mask at all steps of a caption */
    float alpha;                /* strength of the attention's penalty */
    float smoothing;            /* of the target, in [0, 1) */
};

/* Bytes of arena that forward and backward need for up to B captions of up to
 * T steps. */
size_t ch_decoder_arena_bytes(const struct ch_decoder *d, size_t B, size_t T);

/* The sum (not mean) over the batch's N words of -ln p(target), in nats; with
 * grad != NULL also its gradient, written to all of grad, gaps excluded, or
 * added to it; with the same bits as one that is written apart and then added.
 * dropout NULL: none.  Cannot fail, allocates nothing; resets the
 * arena. */
double ch_decoder_loss(const struct ch_decoder *d, const float *params,
                       const struct ch_batch *batch,
                       const struct ch_dropout *dropout, float *grad,
                       struct ch_arena *arena);

/* ------------------------------------------------ decoding, step by step
 * For greedy and beam search: state of up to B rows, without dropout.  The
 * bits of a row do not depend on the rows beside it.  The features stay the
 * caller's, and are looked at until the captions end. */
#define CH_PANELS_MOST 16
struct ch_decoder_state {
    size_t rows;
    float *h, *c;               /* [B][cells * H] */
    size_t *image;              /* [B] the begun image that a row is about */
    float *image_part;          /* what every step takes from begun images */
    float *key, *value;         /* [B][L][A], [B][L][H] of begun images */
    const float *place;         /* what is looked at: value, or the features */
    float *weight;              /* [B][L] where each row looked when it was fed
                                   its last word; NULL: this decoder does not */
    size_t *spare;              /* [B] while rows are picked */
    float *work;
    float *panel[CH_PANELS_MOST];        /* the weights, packed */
};
size_t ch_decoder_state_bytes(const struct ch_decoder *d, size_t B);
/* Lay a state for up to B rows into the arena (not reset). */
void ch_decoder_state_init(const struct ch_decoder *d, size_t B,
                           struct ch_decoder_state *s, struct ch_arena *a);
/* Pack the weights: once, before the first of any number of beginnings. */
void ch_decoder_pack(const struct ch_decoder *d, const float *params,
                     struct ch_decoder_state *s);
/* Begin B captions: feature [B][F], grids [B][L][F], standardised. */
void ch_decoder_begin(const struct ch_decoder *d, const float *params,
                      const float *feature, size_t B,
                      struct ch_decoder_state *s);
/* Feed one word to each of the s->rows rows; logp [rows][V] = ln p(next). */
void ch_decoder_next(const struct ch_decoder *d, const float *params,
                     const int32_t *word, struct ch_decoder_state *s,
                     float *logp);
/* Rows become copies of older rows: new row i = old row from[i], count rows
 * (count may exceed s->rows up to B). */
void ch_decoder_pick(const struct ch_decoder *d, const size_t *from,
                     size_t count, struct ch_decoder_state *s);

#endif
