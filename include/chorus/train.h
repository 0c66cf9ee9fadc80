/* train.h - shards with features become a model
 *
 * Data-parallel training whose result, byte for byte, does not depend on the
 * number of ranks: the global batch is cut into lanes, each computed the same
 * way wherever it is; lanes are summed in a fixed order; random numbers are a
 * function of their place (src/train/reduce.h, src/data/lanes.h).
 *
 * Files:  RUN/best.safetensors     the model that validates best
 *         RUN/latest.safetensors   the checkpoint to go on from
 *         RUN/step-N.safetensors   those before it, as many as are kept
 *         RUN/log.jsonl            settings, steps, epochs
 *         RUN/events.out.tfevents.chorus   the same curves for TensorBoard
 */
#ifndef CHORUS_TRAIN_H
#define CHORUS_TRAIN_H

#include "chorus/comm.h"
#include "chorus/err.h"
#include "chorus/train_options.h"

#include <stdbool.h>

struct ch_train_result {
    uint64_t steps, epochs, best_epoch;
    uint64_t parameters;
    uint64_t left_out;        /* damaged records: skip_bad */
    double train_loss, best_loss;    /* nats per word, <end> included */
    double best_score;        /* of the best epoch: what o->select says */
    double words_per_s;
    double seconds;
    bool stopped_early;
};

/* Collective.  CH_EUSAGE when there are more ranks than lanes, or settings do
 * not fit the checkpoint that is resumed.  CH_ESTOPPED after SIGTERM, SIGINT,
 * SIGUSR1, SIGUSR2 or SIGXCPU on any rank, or when the time is over: the
 * checkpoint is written, the same command with resume goes on. */
int ch_train_run(struct ch_comm *comm, const struct ch_train_options *o,
                 struct ch_train_result *result, struct ch_err *e);

/* Collective.  The shards that a host's ranks read go from o->shards into
 * `folder`, on a disk of the host, each held against its checksum; the others
 * become links, so that o->shards may be `folder` then.  What is there already
 * and whole is left. */
int ch_train_stage(struct ch_comm *comm, const struct ch_train_options *o,
                   const char *folder, struct ch_err *e);

/* A lane's part of a step of a run, computed again. */
struct ch_train_replay {
    uint64_t from_step;       /* of the checkpoint it went from; 0: the start */
    uint64_t epoch, words;
    double loss;              /* sum over words, nats */
    uint64_t gradient;        /* hash, as a debug run logs it */
};
/* Steps are counted from 1, lanes from 0.  One process computes what a job of
 * any number of ranks computed there, to the last bit, with the settings of
 * that job: from the newest checkpoint of o->run before that step, or from the
 * beginning.  Writes nothing. */
int ch_train_replay(struct ch_comm *comm, const struct ch_train_options *o,
                    uint64_t step, uint64_t lane, struct ch_train_replay *out,
                    struct ch_err *e);

/* What a run would need: of the data, and measured on a few steps. */
struct ch_train_plan {
    uint64_t parameters, images, captions, epoch_words, epoch_steps;
    uint64_t memory;          /* bytes of the rank that took most */
    uint64_t checkpoint;      /* bytes of one */
    double step_s;            /* of which the slowest rank computes: */
    double compute_s;
    double words_per_s;
    double epoch_s, total_s;  /* validation estimated; of all epochs */
};
/* Collective.  Writes nothing; o->run may be anything but NULL. */
int ch_train_plan(struct ch_comm *comm, const struct ch_train_options *o,
                  struct ch_train_plan *plan, struct ch_err *e);

#endif
