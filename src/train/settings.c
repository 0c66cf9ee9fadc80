/* settings.c - the options of a run: defaults, and what they may be */
#include "train/settings.h"

#include <math.h>

#include "data/lanes.h"
#include "net/decoder.h"
#include "train/crew.h"
#include "train/schedule.h"
#include "train/show.h"
#include "train/update.h"

void ch_train_defaults(struct ch_train_options *o)
{
    *o = (struct ch_train_options) {
        .seed = 1, .embed = 512, .hidden = 512, .layers = 1,
        .attention = 512, .dropout = 0.5,
        .batch = 64, .lanes = 0, .threads = 1, .epochs = 30, .patience = 3,
        .optimiser = CH_ADAM, .alpha = 0.99, .beta1 = 0.9, .beta2 = 0.999,
        .weight_decay = -1, .clip = 5, .schedule = CH_RATE_STEP, .decay = 0.8,
        .decay_every = 2, .plateau = 1, .keep = 2, .nan_retries = 3,
        .hang_s = 300, .check_steps = 200, .show = 4
    };
}

struct rule {
    bool is_good;
    const char *say;
};

static int check(const struct rule *rule, size_t count, struct ch_err *e)
{
    for (size_t i = 0; i < count; i++)
        if (!rule[i].is_good)
            return ch_fail(e, CH_EUSAGE, "%s", rule[i].say);
    return 0;
}

/* What would have no effect beside the others is not what was meant. */
static int check_effects(const struct ch_train_options *o, struct ch_err *e)
{
    struct ch_train_options settled = *o;
    const struct rule rule[] = {
        { o->decoder == CH_DECODER_NIC ||
          (o->cell == CH_CELL_LSTM && o->layers == 1 &&
           o->image == CH_IMAGE_FIRST),
          "cell, layers and image are of the decoder nic; the others have "
          "their own" },
        { o->decoder != CH_DECODER_NIC || o->penalty == 0,
          "attention-penalty is of decoders that look at a grid, not of nic" },
        { o->sampling == 0 || !o->sampling_every == (o->sampling_step == 0),
          "sampling-step and sampling-every go together" },
        { o->momentum == 0 || o->optimiser == CH_SGD ||
          o->optimiser == CH_RMSPROP, "momentum is of sgd and rmsprop" },
        { !o->nesterov || o->optimiser == CH_SGD, "nesterov is of sgd" },
        { o->schedule == CH_RATE_COSINE || !o->cosine_epochs,
          "cosine-epochs is of the schedule cosine" },
    };
    int rc = check(rule, sizeof rule / sizeof *rule, e);

    ch_update_settle(&settled);
    if (!rc && o->rate_min > settled.rate)
        rc = ch_fail(e, CH_EUSAGE, "rate-min is above the rate, %g",
                     settled.rate);
    return rc;
}

int ch_settings_check(const struct ch_train_options *o, struct ch_err *e)
{
    const struct rule rule[] = {
        { o->shards && o->run, "training needs shards and a run folder" },
        { o->embed && o->hidden, "embed and hidden must be at least 1" },
        { o->decoder >= 0 && o->decoder < 4,
          "decoder must be one of " CH_DECODERS },
        { o->attention >= 1, "attention must be at least 1" },
        { o->penalty >= 0 && isfinite(o->penalty),
          "attention-penalty must be 0 or above" },
        { o->image >= 0 && o->image < 4,
          "image must be first, every, state or merge" },
        { o->image_norm == CH_NORM_NONE || o->image_norm == CH_NORM_LAYER,
          "image-norm must be one of " CH_IMAGE_NORMS },
        { o->cell == 0 || o->cell == 1, "cell must be lstm or gru" },
        { o->layers >= 1 && o->layers <= CH_LAYERS_MOST,
          "layers must be between 1 and 4" },
        { o->precision == CH_PRECISION_F32 || o->precision == CH_PRECISION_BF16,
          "precision must be one of " CH_PRECISIONS },
        { isfinite(o->forget_bias), "forget-bias must be finite" },
        { o->dropout >= 0 && o->dropout < 1, "dropout must be in [0, 1)" },
        { o->smoothing >= 0 && o->smoothing < 1,
          "label-smoothing must be in [0, 1)" },
        { o->word_dropout >= 0 && o->sampling >= 0 &&
          o->word_dropout + o->sampling <= 1,
          "word-dropout and sampling must be 0 or above, and at most 1 "
          "together" },
        { o->sampling_step >= 0 && o->sampling_step <= 1,
          "sampling-step must be in [0, 1]" },
        { o->batch >= 1 && o->batch <= 1 << 20,
          "batch must be between 1 and 1048576" },
        { o->threads <= CH_CREW_MOST, "threads must be at most 64" },
        { o->epochs >= 1 && o->epochs <= CH_SCHEDULE_EPOCHS,
          "epochs must be between 1 and 1000" },
        { o->select >= CH_SELECT_LOSS && o->select <= CH_SELECT_BLEU4,
          "select must be one of " CH_TRAIN_SELECTS },
        { o->select == CH_SELECT_LOSS || o->judge,
          "to select by captions, a way to make and score them is needed" },
        { o->show <= CH_SHOW_MOST, "show must be at most 64" },
        { o->reduce == CH_REDUCE_EXACT || o->reduce == CH_REDUCE_ALLREDUCE,
          "reduce must be one of " CH_TRAIN_REDUCES },
        { o->keep >= 1, "keep must be at least 1" },
        { o->time_limit_s >= 0 && o->save_s >= 0 && o->hang_s >= 0,
          "times must be 0 or above" },
        { o->on_nan == CH_NAN_STOP || o->on_nan == CH_NAN_ROLLBACK,
          "on-nan must be one of " CH_TRAIN_ON_NAN },
        { o->optimiser >= CH_SGD && o->optimiser <= CH_RADAM,
          "optimiser must be one of " CH_TRAIN_OPTIMISERS },
        { o->rate >= 0 && isfinite(o->rate), "rate must be above 0" },
        { o->momentum >= 0 && o->momentum < 1, "momentum must be in [0, 1)" },
        { !o->nesterov || o->momentum > 0, "nesterov needs a momentum" },
        { o->alpha >= 0 && o->alpha < 1, "alpha must be in [0, 1)" },
        { o->beta1 >= 0 && o->beta1 < 1, "beta1 must be in [0, 1)" },
        { o->beta2 >= 0 && o->beta2 < 1, "beta2 must be in [0, 1)" },
        { o->epsilon >= 0 && isfinite(o->epsilon),
          "epsilon must be above 0" },
        { isfinite(o->weight_decay), "weight-decay must be a number" },
        { o->clip >= 0 && isfinite(o->clip), "clip must be 0 or above" },
        { o->clip_by == CH_CLIP_NORM || o->clip_by == CH_CLIP_VALUE,
          "clip-by must be one of " CH_TRAIN_CLIPS },
        { o->ema >= 0 && o->ema < 1, "ema must be in [0, 1)" },
        { o->schedule >= CH_RATE_CONSTANT && o->schedule <= CH_RATE_PLATEAU,
          "schedule must be one of " CH_TRAIN_SCHEDULES },
        { o->schedule != CH_RATE_NOAM || o->warmup,
          "the schedule noam needs a warmup of at least 1 step" },
        { o->decay > 0 && o->decay <= 1, "decay must be in (0, 1]" },
        { o->rate_min >= 0 && isfinite(o->rate_min),
          "rate-min must be 0 or above" },
    };
    int rc = check(rule, sizeof rule / sizeof *rule, e);

    return rc ? rc : check_effects(o, e);
}

size_t ch_settings_lanes(const struct ch_train_options *o)
{
    return o->lanes ? (size_t)o->lanes : ch_lanes_default(o->batch);
}
