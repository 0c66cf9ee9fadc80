/* decoder_shape.h - what a decoder is made of: shape, parameters, layers
 *
 * Formulas, names and layouts of parameters are PyTorch's (Linear: [out][in],
 * LSTM gates in the order i f g o, GRU gates r z n), so weights move both ways:
 *     image.{weight,bias}          first, every, merge
 *     init_h, init_c.{weight,bias} state: [layers * H][F]; init_c: LSTM only
 *     X_norm.{weight,bias}         image_norm: of what X gives; X is image,
 *                                  init_h, init_c, or grid (grid.c)
 *     embed.weight                 fed as it is, or cut at 0 (word_relu)
 *     lstm|gru.{weight,bias}_{ih,hh}_l0, _l1, ...
 *     project.{weight,bias}        [E][H] of a tied output, where E is not H
 *     output.{weight,bias}         tied: the weight is embed.weight
 * Those that look at a grid of L places, with attention of width A, are
 * described in sat.c, att2in.c and updown.c.
 */
#ifndef CH_NET_DECODER_SHAPE_H
#define CH_NET_DECODER_SHAPE_H

#include <stdbool.h>

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

enum ch_image_norm { CH_NORM_NONE, CH_NORM_LAYER };
#define CH_IMAGE_NORMS "none|layer"

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
    enum ch_image_norm image_norm;  /* of what is projected from images */
};

/* One parameter: each starts on 64 bytes of the block, in the order in which
 * the forward pass meets them. */
struct ch_param_info {
    char name[48];
    size_t rows, columns;       /* columns 1: a vector */
    size_t offset, count;       /* in floats, from the start of the block */
    double bound;               /* starts as U(-bound, bound); 0: as start */
    float start;
};
#define CH_PARAMS_MOST 48

/* Where the layers of a decoder have their parameters: indices into param. */
struct ch_linear {
    size_t weight, bias;        /* [out][in], [out] */
};
struct ch_norm_params {
    size_t weight, bias;        /* [n] each */
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
    struct ch_norm_params image_norm, init_h_norm, init_c_norm, grid_norm;
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

#endif
