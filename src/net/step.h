/* step.h - what decoders need to go on by one word
 *
 * A decoder lists the products of its step; their weights are packed when
 * captions begin.  All products go through ch_product_rows, whose rows
 * do not depend on each other.
 */
#ifndef CH_NET_STEP_H
#define CH_NET_STEP_H

#include "kernel/kernel.h"
#include "net/decoder.h"

/* out [rows][N] += in [rows][K] B^T, B: N x K of the weight from `column`. */
struct ch_step_layer {
    size_t weight, N, K, column;
};

/* One step of decoding. */
struct ch_step {
    const struct ch_decoder *d;
    const float *params;
    struct ch_decoder_state *s;
};

static inline const float *ch_step_param(const struct ch_step *p, size_t i)
{
    return p->params + p->d->param[i].offset;
}

/* The whole weight of a linear layer. */
struct ch_step_layer ch_step_whole(const struct ch_decoder *d,
                                   struct ch_linear l);
/* x [rows][columns] = the same row, again and again. */
void ch_step_repeat(size_t rows, size_t columns, const float *row, float *x);
/* out += the panel's product with in, a run of rows with their ld; for as many
 * rows as there are captions, or for others, to rows with a ld of their own. */
void ch_step_product(const struct ch_step *p, size_t panel,
                     struct ch_matrix in, float *out);
void ch_step_product_rows(const struct ch_step *p, size_t panel, size_t rows,
                          struct ch_matrix in, float *out, size_t ld);
/* out = bias + product */
void ch_step_linear(const struct ch_step *p, size_t panel, struct ch_linear l,
                    struct ch_matrix in, float *out);
/* x [rows][n] is scaled (net/norm.h); nothing without image_norm. */
void ch_step_norm(const struct ch_step *p, struct ch_norm_params at,
                  size_t rows, size_t n, float *x);
/* out = word vectors */
void ch_step_words(const struct ch_step *p, const int32_t *word, float *out);

/* ------------------------------------------------------------------- cells
 * The products of a layer of cells, from panel `first` on: weight_ih's columns
 * of what enters last, weight_hh. */
#define CH_STEP_CELL_PANELS 2
void ch_step_cell_panels(const struct ch_decoder *d, size_t layer,
                         size_t width, size_t column,
                         struct ch_step_layer *first);
/* Some other columns of weight_ih. */
struct ch_step_layer ch_step_part(const struct ch_decoder *d, size_t layer,
                                  size_t width, size_t column);
size_t ch_step_gates(const struct ch_decoder *d, size_t layer);     /* G */
/* gate [rows][G] = what it starts from: biases; or what images gave. */
void ch_step_start(const struct ch_step *p, size_t layer, float *gate);
void ch_step_start_image(const struct ch_step *p, size_t layer, float *gate);
/* gate, what has entered so far, += in's product; then a step of the layer.
 * work: floats of ch_step_cell_work() for each row. */
void ch_step_cell(const struct ch_step *p, size_t layer, size_t first,
                  struct ch_matrix in, float *gate, float *work);
size_t ch_step_cell_work(const struct ch_decoder *d);
/* The state of a layer: rows of h. */
struct ch_matrix ch_step_h(const struct ch_step *p, size_t layer);

/* --------------------------------------------------------------- attention
 * Panels: embedding of the grid, keys, query, from `first` on. */
#define CH_STEP_LOOK_PANELS 3
void ch_step_look_panels(const struct ch_decoder *d,
                         struct ch_step_layer *first);
/* places = relu(norm(grid)), where the decoder embeds them; and their keys. */
void ch_step_look_begin(const struct ch_step *p, size_t first,
                        const float *feature);
/* mean [rows][n] of the places of begun images. */
void ch_step_look_mean(const struct ch_step *p, size_t n, float *mean);
/* context [rows][ld] = where h looks; query: A floats a row. */
void ch_step_look(const struct ch_step *p, size_t first, struct ch_matrix h,
                  float *query, float *context, size_t ld);

/* output.c's part: out [rows][V] = logits; work: E floats a row when it
 * projects. */
void ch_step_output(const struct ch_step *p, size_t project, size_t output,
                    struct ch_matrix top, float *work, float *out);

#endif
