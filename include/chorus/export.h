/* export.h - a model's weights, to and from PyTorch
 *
 * A model file is safetensors with PyTorch's names and layouts already
 * (chorus-export(1) lists them).  Exporting leaves out what only training goes
 * on with; importing takes weights that another program trained, by the same
 * names, and joins them with the words and the encoder that a model needs.
 */
#ifndef CHORUS_EXPORT_H
#define CHORUS_EXPORT_H

#include "chorus/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One parameter; columns 0: a vector of rows values. */
typedef void (*ch_export_fn)(void *context, const char *name, size_t rows,
                             size_t columns);

struct ch_export_options {
    const char *model;         /* a model or a checkpoint */
    const char *out;           /* the file to write; must not be there */
    const char *vocabulary;    /* also the words, one a line, in the order of
                                  their numbers; NULL: in `out` alone */
    ch_export_fn show;         /* told every parameter; may be NULL */
    void *context;
};
/* Files whole or absent; CH_EUSAGE when one is there already. */
int ch_export_run(const struct ch_export_options *o, struct ch_err *e);

struct ch_import_options {
    const char *weights;       /* safetensors of F32 tensors */
    /* Where the rest comes from, one of: */
    const char *like;          /* a model of the same settings */
    const char *shards;        /* the shards that the words and features are
                                  of; sizes are found from the weights */
    const char *out;           /* the model to write; must not be there */
    int image;                 /* with shards: 0 by the weights, then first,
                                  every, state, merge */
    bool word_relu;            /* with shards: word vectors are cut at 0 */
    uint64_t max_words;        /* longest caption; 0: as like or shards say */
    ch_export_fn show;
    void *context;
};
/* Every tensor must be one of the decoder's, and every one of the decoder's
 * must be there: CH_EFORMAT names the first that is not.  feature.mean and
 * feature.std [F] are taken where they are there; otherwise those of `like`, or
 * 0 and 1 with `shards`. */
int ch_import_run(const struct ch_import_options *o, struct ch_err *e);

#endif
