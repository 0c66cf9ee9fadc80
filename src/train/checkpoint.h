/* checkpoint.h - everything a run needs to go on, in one file
 *
 * A model file (net/model.h) with more in it: the optimiser's tensors
 * ("adam.m", "adam.v"; train/update.c lists them) and "ema" [floats of the
 * parameter block each], and metadata "chorus.training" (JSON):
 *   {"version":3,"settings":{"seed":..,"hidden":..,...},
 *    "data":{"vocabulary":hash,"encoder":hash,"images":..,"captions":..,
 *            "val_images":..,"val_captions":..},
 *    "epoch":..,"step":..,"words":..,"epoch_step":..,"epoch_words":..,
 *    "epoch_loss":..,"best_epoch":..,"best_loss":..,
 *    "best_score":..,"plateau_best":..,"plateau_bad":..,"plateau_scale":..,
 *    "rollbacks":..,
 *    "history":[[train loss, validation loss, rate, score],...]}
 * Nothing in it depends on the number of ranks or on the time.
 *
 * Life:   fill -> write          or          read -> compare, use -> release
 * Ranks:  not collective; rank 0 reads and writes.
 */
#ifndef CH_TRAIN_CHECKPOINT_H
#define CH_TRAIN_CHECKPOINT_H

#include "chorus/train.h"
#include "net/model.h"
#include "train/schedule.h"
#include "train/update.h"

/* The settings that shape the result: a run goes on with the same only.
 * X(kind, field, "option") */
#define CH_CHECKPOINT_SETTINGS(X)                                              \
    X(COUNT, seed, "seed")                                                     \
    X(COUNT, embed, "embed")                                                   \
    X(COUNT, hidden, "hidden")                                                 \
    X(CHOICE, decoder, "decoder")                                              \
    X(COUNT, attention, "attention")                                           \
    X(NUMBER, penalty, "attention-penalty")                                    \
    X(CHOICE, cell, "cell")                                                    \
    X(COUNT, layers, "layers")                                                 \
    X(CHOICE, image, "image")                                                  \
    X(CHOICE, image_norm, "image-norm")                                        \
    X(FLAG, tied, "tied")                                                      \
    X(FLAG, word_relu, "word-relu")                                            \
    X(CHOICE, precision, "precision")                                          \
    X(NUMBER, forget_bias, "forget-bias")                                      \
    X(NUMBER, dropout, "dropout")                                              \
    X(FLAG, variational, "variational")                                        \
    X(NUMBER, smoothing, "label-smoothing")                                    \
    X(NUMBER, word_dropout, "word-dropout")                                    \
    X(NUMBER, sampling, "sampling")                                            \
    X(NUMBER, sampling_step, "sampling-step")                                  \
    X(COUNT, sampling_every, "sampling-every")                                 \
    X(COUNT, batch, "batch")                                                   \
    X(FLAG, together, "together")                                              \
    X(CHOICE, reduce, "reduce")                                                \
    X(COUNT, lanes, "lanes")                                                   \
    X(CHOICE, optimiser, "optimiser")                                          \
    X(NUMBER, rate, "rate")                                                    \
    X(NUMBER, momentum, "momentum")                                            \
    X(FLAG, nesterov, "nesterov")                                              \
    X(NUMBER, alpha, "alpha")                                                  \
    X(NUMBER, beta1, "beta1")                                                  \
    X(NUMBER, beta2, "beta2")                                                  \
    X(NUMBER, epsilon, "epsilon")                                              \
    X(NUMBER, weight_decay, "weight-decay")                                    \
    X(NUMBER, clip, "clip")                                                    \
    X(CHOICE, clip_by, "clip-by")                                              \
    X(NUMBER, ema, "ema")                                                      \
    X(CHOICE, schedule, "schedule")                                            \
    X(COUNT, warmup, "warmup")                                                 \
    X(NUMBER, decay, "decay")                                                  \
    X(COUNT, decay_every, "decay-every")                                       \
    X(NUMBER, rate_min, "rate-min")                                            \
    X(COUNT, cosine_epochs, "cosine-epochs")                                   \
    X(COUNT, plateau, "plateau")                                               \
    X(CHOICE, select, "select")

/* The values of the options that are a choice: X("option", values) */
#define CH_CHECKPOINT_CHOICES(X)                                               \
    X("decoder", CH_DECODERS)                                                  \
    X("cell", CH_CELLS)                                                        \
    X("image", CH_IMAGE_MODES)                                                 \
    X("image-norm", CH_IMAGE_NORMS)                                            \
    X("precision", CH_PRECISIONS)                                              \
    X("optimiser", CH_TRAIN_OPTIMISERS)                                        \
    X("reduce", CH_TRAIN_REDUCES)                                              \
    X("clip-by", CH_TRAIN_CLIPS)                                               \
    X("schedule", CH_TRAIN_SCHEDULES)                                          \
    X("select", CH_TRAIN_SELECTS)

/* What was trained on, as far as it can be told apart. */
struct ch_checkpoint_data {
    char vocabulary[17];       /* hashes, in hexadecimal */
    char encoder[17];          /* its identity (data/encoder.h) */
    uint64_t images, captions, val_images, val_captions;
};

struct ch_checkpoint {
    struct ch_model model;     /* write: borrowed; read: owned */
    /* ch_update_blocks(), decoder.float_count floats each; read: borrowed from
     * the file, any alignment. */
    const void *block[CH_UPDATE_BLOCKS];
    struct ch_train_options options;    /* CH_CHECKPOINT_SETTINGS only */
    struct ch_checkpoint_data data;
    struct ch_schedule schedule;
    /* write: as of struct ch_safetensors_writer */
    int (*before_end)(void *context, struct ch_err *e);
    void (*moved)(void *context);
    void *context;
};

/* Whole or absent. */
int ch_checkpoint_write(const struct ch_checkpoint *c, const char *path,
                        struct ch_err *e);
/* The model alone; the same JSON says as "chorus.trained" how it came to be.
 * c->block is not needed. */
int ch_checkpoint_write_model(const struct ch_checkpoint *c, const char *path,
                              struct ch_err *e);
int ch_checkpoint_read(struct ch_checkpoint *c, const char *path,
                       struct ch_err *e);
void ch_checkpoint_release(struct ch_checkpoint *c);  /* of what was read */

/* With skip_bad, captions may be missing that were there.  Otherwise
 * CH_EUSAGE that names the first setting, or the data, that is not the
 * checkpoint's. */
int ch_checkpoint_compare(const struct ch_checkpoint *c,
                          const struct ch_train_options *o,
                          const struct ch_checkpoint_data *data,
                          const char *path, struct ch_err *e);

/* Settings as members of the JSON object begun in w; for the log, too. */
void ch_checkpoint_put_settings(struct ch_json_writer *w,
                                const struct ch_train_options *o);

#endif
