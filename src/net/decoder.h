/* decoder.h - the caption decoder: shapes, parameters, forward, backward
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
 * Formulas, names and layouts of parameters are PyTorch's (Linear: [out][in],
 * LSTM gates in the order i f g o, GRU gates r z n), so weights move both ways:
 *     image.{weight,bias}          first, every, merge
 *     init_h, init_c.{weight,bias} state: [layers * H][F]; init_c: LSTM only
 *     embed.weight                 fed as it is, or cut at 0 (word_relu)
 *     lstm|gru.{weight,bias}_{ih,hh}_l0, _l1, ...
 *     project.{weight,bias}        [E][H] of a tied output, where E is not H
 *     output.{weight,bias}         tied: the weight is embed.weight
 * Those that look at a grid of L places, with attention of width A, are
 * described in sat.c, att2in.c and updown.c.
 */
#ifndef CH_NET_DECODER_H
#define CH_NET_DECODER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/rng.h"
#include "kernel/product.h"

enum ch_image_mode {
    CH_IMAGE_FIRST, CH_IMAGE_EVERY, CH_IMAGE_STATE, CH_IMAGE_MERGE
};
#define CH_IMAGE_MODES "first|every|state|merge"
enum ch_cell { CH_CELL_LSTM, CH_CELL_GRU, CH_CELL_MAXOUT /* att2in's own */ };
#define CH_CELLS "lstm|gru"
enum ch_decoder_kind {
    CH_DECODER_NIC, CH_DECODER_SAT, CH_DECODER_ATT2IN, CH_DECODER_UPDOWN
};
#define CH_DECODERS "nic|sat|att2in|updown"

#define CH_LAYERS_MOST 4

struct ch_decoder_shape {
    size_t V, E, H, F;
    enum ch_image_mode image;
    enum ch_cell cell;
    size_t layers;              /* of cells, 1 to CH_LAYERS_MOST; 0: 1 */
    bool is_tied;               /* the output's weight is the word vectors */
    bool word_relu;             /* word vectors that are fed are cut at 0 */
    double forget_bias;         /* the LSTM's bias_ih of it starts higher */
    enum ch_decoder_kind kind;
    size_t L, A;                /* places and width of attention; not nic */
    enum ch_precision precision;    /* of products with weights */
};

/* One parameter: each starts on 64 bytes of the block, in the order in which
 * the forward pass meets them. */
struct ch_param_info {
    char name[48];
    size_t rows, columns;       /* columns 1: a vector */
    size_t offset, count;       /* in floats, from the start of the block */
    double bound;               /* starts as U(-bound, bound); 0: as 0 */
};
#define CH_PARAMS_MOST 48

/* Where the layers of a decoder have their parameters: indices into param. */
struct ch_linear {
    size_t weight, bias;        /* [out][in], [out] */
};
struct ch_cell_params {
    enum ch_cell cell;
    size_t weight_ih, weight_hh, bias_ih, bias_hh;
};
struct ch_attention_params {
    struct ch_linear key, query;
    size_t score;
};
struct ch_decoder_layers {
    struct ch_linear image, init_h, init_c, project, output;
    struct ch_linear grid, beta, context, deep_h, deep_z;
    struct ch_attention_params attention;
    size_t embed;
    size_t top;                 /* width of what enters project and output */
    bool has_project;
    size_t cells;
    struct ch_cell_params cell[CH_LAYERS_MOST];
};

struct ch_decoder {
    struct ch_decoder_shape shape;
    struct ch_param_info param[CH_PARAMS_MOST];
    size_t param_count;
    size_t float_count;         /* of the whole block, gaps included (zero) */
    struct ch_decoder_layers at;
};

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
