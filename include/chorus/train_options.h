/* train_options.h - what chorus train can be told, and published settings
 *
 * Strings are the caller's.
 */
#ifndef CHORUS_TRAIN_OPTIONS_H
#define CHORUS_TRAIN_OPTIONS_H

#include "chorus/err.h"
#include "chorus/score.h"

#include <stdbool.h>

/* Values of the options that are a choice, in their order. */
#define CH_TRAIN_OPTIMISERS "sgd|rmsprop|adagrad|adam|adamw|radam"
enum ch_train_optimiser {
    CH_SGD, CH_RMSPROP, CH_ADAGRAD, CH_ADAM, CH_ADAMW, CH_RADAM
};
#define CH_TRAIN_SCHEDULES "constant|step|exponential|cosine|noam|plateau"
enum ch_train_schedule {
    CH_RATE_CONSTANT, CH_RATE_STEP, CH_RATE_EXPONENTIAL, CH_RATE_COSINE,
    CH_RATE_NOAM, CH_RATE_PLATEAU
};
#define CH_TRAIN_CLIPS "norm|value"
enum ch_train_clip { CH_CLIP_NORM, CH_CLIP_VALUE };

#define CH_TRAIN_ON_NAN "stop|rollback"
enum ch_train_on_nan { CH_NAN_STOP, CH_NAN_ROLLBACK };

#define CH_TRAIN_REDUCES "exact|allreduce"
enum ch_train_reduce { CH_REDUCE_EXACT, CH_REDUCE_ALLREDUCE };

#define CH_TRAIN_SELECTS "loss|cider|bleu4"
enum ch_train_select { CH_SELECT_LOSS, CH_SELECT_CIDER, CH_SELECT_BLEU4 };

/* What choosing by captions needs of the layers beside this one; programs give
 * ch_caption_greedy() and a few lines around ch_score_run(). */
struct ch_model;
struct ch_train_judge {
    /* Captions of n standardised features: id [n][most], length [n]. */
    int (*caption)(const struct ch_model *m, const float *feature, size_t n,
                   size_t most, int32_t *id, size_t *length,
                   struct ch_err *e);
    /* found[0]: CIDEr-D, found[1]: BLEU-4. */
    int (*score)(const struct ch_score_item *item, size_t count,
                 double found[2], struct ch_err *e);
};

struct ch_train_options {
    const char *shards;       /* folder made by chorus shard, encoded */
    const char *run;          /* folder of the run, made when absent */
    bool resume;              /* go on from RUN/latest.safetensors */
    bool is_dry;              /* ch_train_plan()'s: no file is touched */
    uint64_t seed;

    uint64_t embed, hidden;   /* E and H */
    int image;                /* 0 first, 1 every, 2 state, 3 merge */
    int image_norm;           /* of what is projected: 0 none, 1 layer */
    int decoder;              /* 0 nic, 1 sat, 2 att2in, 3 updown */
    uint64_t attention;       /* width of attention; not nic */
    double penalty;           /* of places looked at too little or too much */
    int cell;                 /* 0 LSTM, 1 GRU */
    uint64_t layers;          /* of cells */
    bool tied;                /* the output's weight is the word vectors */
    bool word_relu;           /* word vectors that are fed are cut at 0 */
    int precision;            /* of products with weights: 0 f32, 1 bf16 */
    double forget_bias;       /* added to the forget gate's at the start */
    double dropout;           /* of what enters and leaves the cells */
    bool variational;         /* the same at all steps of a caption */
    double smoothing;         /* part of the target that is any word */
    double word_dropout;      /* part of the words fed that become <unk> */
    double sampling;          /* part that the model says itself, at most: */
    double sampling_step;     /* this more ... */
    uint64_t sampling_every;  /* ... every so many epochs; 0: all at once */

    uint64_t batch;           /* captions per step, over all ranks */
    bool together;            /* all captions of an image in a row */
    uint64_t lanes;           /* pieces of the batch; 0: by the batch alone */
    uint64_t threads;         /* of each rank; 0: its part of the cores */
    int reduce;               /* enum ch_train_reduce */
    uint64_t epochs;          /* at most */
    uint64_t patience;        /* epochs without a better validation loss */
    double min_delta;         /* by more than this; a smaller gain is kept,
                                 but patience goes on counting */
    int select;               /* enum ch_train_select: the best is chosen by */
    const struct ch_train_judge *judge;   /* NULL: by the loss only */
    uint64_t show;            /* validation images whose captions the log has
                                 after each epoch; without a judge none */
    uint64_t max_steps;       /* stop after so many steps in all; 0: no limit */
    double time_limit_s;      /* stop after so long, CH_ESTOPPED; 0: no limit */
    uint64_t save_steps;      /* a checkpoint every so many steps, too; 0: no */
    double save_s;            /* ... and every so many seconds; 0: no */
    uint64_t keep;            /* checkpoints, the newest included */
    uint64_t check_steps;     /* compare the ranks' weights every so many
                                 steps, and before a checkpoint; 0: never */
    double hang_s;            /* a rank silent for so long ends the job, exit
                                 code 1, and is named; 0: never */
    bool skip_bad;            /* leave out damaged records, tell and count */
    int on_nan;               /* enum ch_train_on_nan */
    uint64_t nan_retries;     /* times a run may go back, in all */
    uint64_t images;          /* of each split, the first so many; 0: all */
    bool debug;               /* look for values that are not finite after each
                                 layer, log hashes of gradients and weights and
                                 norms of gradients in each step (at the level
                                 CH_LOG_DEBUG), all stacks of a job that hangs,
                                 pages around memory that end the process */
    uint64_t replay_step;     /* ch_train_replay()'s: no file is touched */
    bool profile;             /* log where the time of each epoch went */
    const char *trace;        /* file for a timeline of the first steps, as
                                 Chrome's trace events; NULL: none */

    int optimiser;            /* enum ch_train_optimiser */
    double rate;              /* learning rate; 0: the optimiser's own */
    double momentum;          /* SGD, RMSprop; 0: none */
    bool nesterov;            /* SGD's momentum looks ahead */
    double alpha;             /* RMSprop's memory of the square */
    double beta1, beta2;      /* Adam's memories */
    double epsilon;           /* added to the root; 0: the optimiser's own */
    double weight_decay;      /* of all but biases; -1: the optimiser's own */
    double clip;              /* of the mean gradient; 0: none */
    int clip_by;              /* enum ch_train_clip */
    double ema;               /* memory of averaged weights; 0: none */

    int schedule;             /* enum ch_train_schedule */
    uint64_t warmup;          /* steps until the whole rate */
    double decay;             /* rate is multiplied by it ... */
    uint64_t decay_every;     /* ... every so many epochs (step) */
    double rate_min;          /* lowest rate, but for the warm-up */
    uint64_t cosine_epochs;   /* until the lowest rate; 0: epochs */
    uint64_t plateau;         /* epochs no better before a decay (plateau) */
};

void ch_train_defaults(struct ch_train_options *o);

/* Published settings by name, to be changed by what is given beside it; "none"
 * and unknown names change nothing. */
#define CH_TRAIN_PRESETS "none|nic|nic-gru|sat|att2in|updown"
void ch_train_preset(struct ch_train_options *o, const char *name);
int ch_train_find_preset(const char *name);    /* index, or 0 */

#endif
