/* model.h - a model is one file
 *
 * safetensors (base/safetensors.h): the parameters by their names, feature.mean
 * and feature.std [F] (inputs are standardised by them), vocabulary (U8 tensor
 * "vocabulary", the bytes of vocabulary.txt); metadata "chorus.format" =
 * "chorus-model", "chorus.version" = "1" (one layer of LSTM, image first or
 * every), "3" (image_norm) or "2" (all else), "chorus.settings" (JSON: E, H,
 * image, text_rule, max_words; in 2 and 3 also cell, layers, tied, word_relu,
 * decoder, places, attention, precision, and in 3 image_norm),
 * "chorus.encoder" (JSON, data/encoder.h).
 * A checkpoint (train/checkpoint.h) is the same file with more in it, so
 * every checkpoint can caption; a run's best model says how it was trained.
 */
#ifndef CH_NET_MODEL_H
#define CH_NET_MODEL_H

#include "base/safetensors.h"
#include "data/vocab.h"
#include "net/decoder.h"

#define CH_MODEL_FORMAT "chorus-model"
/* What version 1 could not say makes a file of version 2, and what a program
 * that reads 2 would leave out unseen makes one of version 3. */
#define CH_MODEL_VERSION "1"
#define CH_MODEL_VERSION_MORE "2"
#define CH_MODEL_VERSION_NORM "3"

struct ch_model {
    struct ch_decoder decoder;
    float *params;              /* decoder.float_count, 64-byte aligned */
    float *feature_mean, *feature_std;   /* [F] */
    struct ch_vocab *vocab;
    char *encoder;              /* JSON text (data/encoder.h) */
    size_t max_words;           /* longest caption trained on, in words */
    struct ch_safetensors *file;         /* what it was read from, or NULL */
};

/* Read and check everything; the model owns what it holds. */
int ch_model_read(struct ch_model *m, const char *path, struct ch_err *e);
/* The same over bytes in memory, borrowed until release. */
int ch_model_parse(struct ch_model *m, const void *bytes, size_t n,
                   const char *path, struct ch_err *e);
/* For a model whose decoder is known: its parameters, and its scale of features
 * where the file has it or the model has none, from m->file. */
int ch_model_read_weights(struct ch_model *m, const char *path,
                          struct ch_err *e);
/* Blocks (base/arena.h), vocabulary, encoder (free), file; zeroed is fine. */
void ch_model_release(struct ch_model *m);
/* Put the model into a writer (arrays borrowed).  `hold` keeps the strings the
 * writer borrows; release it after writing. */
int ch_model_add(const struct ch_model *m, struct ch_safetensors_writer *w,
                 struct ch_buffer hold[2], struct ch_err *e);
int ch_model_write(const struct ch_model *m, const char *path,
                   struct ch_err *e);
/* out[b][f] = (feature - mean) / std; in place is fine. */
void ch_model_standardise(const struct ch_model *m, size_t B,
                          const float *feature, float *out);

#endif
