/* train.c - the loop: load, compute lanes, reduce, update */
#include "chorus/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "chorus/log.h"
#include "train/replica.h"
#include "train/trainlog.h"
#include "train/validate.h"

struct trainer {
    struct ch_replica r;
    struct ch_replica_report report[CH_LANES_MAX];   /* of this step */
    struct ch_trainlog *log;         /* rank 0 */
    struct ch_trainlog_step line;    /* of this step */
    struct ch_progress progress;
    int log_rc;                      /* told to all ranks at the next step */
    double train_s;                  /* in steps */
    uint64_t words;                  /* learnt from by this process */
};

void ch_train_defaults(struct ch_train_options *o)
{
    *o = (struct ch_train_options) {
        .seed = 1, .embed = 512, .hidden = 512, .layers = 1, .dropout = 0.5,
        .batch = 64, .lanes = 0, .epochs = 30, .patience = 3,
        .optimiser = CH_ADAM, .alpha = 0.99, .beta1 = 0.9, .beta2 = 0.999,
        .weight_decay = -1, .clip = 5, .schedule = CH_RATE_STEP, .decay = 0.8,
        .decay_every = 2, .plateau = 1
    };
}

static int check_options(const struct ch_train_options *o, struct ch_err *e)
{
    const struct { bool is_good; const char *say; } rule[] = {
        { o->shards && o->run, "training needs shards and a run folder" },
        { o->embed && o->hidden, "embed and hidden must be at least 1" },
        { o->image >= 0 && o->image < 4,
          "image must be first, every, state or merge" },
        { o->cell == 0 || o->cell == 1, "cell must be lstm or gru" },
        { o->layers >= 1 && o->layers <= CH_LAYERS_MOST,
          "layers must be between 1 and 4" },
        { isfinite(o->forget_bias), "forget-bias must be finite" },
        { o->dropout >= 0 && o->dropout < 1, "dropout must be in [0, 1)" },
        { o->batch >= 1 && o->batch <= 1 << 20,
          "batch must be between 1 and 1048576" },
        { o->epochs >= 1 && o->epochs <= CH_SCHEDULE_EPOCHS,
          "epochs must be between 1 and 1000" },
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

    for (size_t i = 0; i < sizeof rule / sizeof *rule; i++)
        if (!rule[i].is_good)
            return ch_fail(e, CH_EUSAGE, "%s", rule[i].say);
    return 0;
}

/* ------------------------------------------------------------------ a step */

/* Own lanes: load, then loss and gradient. */
static void compute_lanes(struct trainer *t, struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    float rate = (float)r->o.dropout;
    struct ch_dropout drop = {
        .input = rate, .output = rate, .image = rate, .layer = rate,
        .seed = r->o.seed, .epoch = (uint32_t)r->schedule.epoch,
        .is_same = r->o.variational
    };
    int rc = t->log_rc;

    for (size_t l = r->reduce.first_lane; l < r->reduce.end_lane; l++) {
        struct ch_replica_report *report = &t->report[l];
        double begun_s = ch_clock_s(), loaded_s;
        struct ch_batch batch;

        if (!rc)
            rc = ch_replica_load(r, r->train, &r->train_lanes, l,
                                 r->schedule.epoch_step, &batch, e);
        loaded_s = ch_clock_s();
        *report = (struct ch_replica_report) { .rc = rc };
        if (!rc) {
            report->words = batch.N;
            report->loss = ch_decoder_loss(&r->model.decoder, r->model.params,
                                           &batch, rate > 0 ? &drop : NULL,
                                           r->reduce.grad[l], &r->arena);
        }
        t->line.load_s += loaded_s - begun_s;
        t->line.compute_s += ch_clock_s() - loaded_s;
    }
}

static int check_losses(struct trainer *t, struct ch_err *e)
{
    const struct ch_schedule *s = &t->r.schedule;

    for (size_t l = 0; l < t->r.o.lanes; l++)
        if (!isfinite(t->report[l].loss))
            return ch_fail(e, CH_EFORMAT, "the loss of lane %zu is not finite "
                           "in epoch %llu, step %llu; nothing was saved "
                           "since, begin another run with a lower --rate", l,
                           (unsigned long long)s->epoch + 1,
                           (unsigned long long)s->step + 1);
    return 0;
}

/* The sum over lanes becomes the mean over words, clipped, then a step. */
static int update(struct trainer *t, uint64_t words, struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    const struct ch_schedule *s = &r->schedule;
    struct ch_update_at at = { .step = s->step + 1,
                               .rate = ch_schedule_rate(s, &r->o) };

    at.scale = ch_update_scale(r->reduce.square_sum, words,
                               r->o.clip_by == CH_CLIP_NORM ? r->o.clip : 0,
                               &r->update.norm);
    if (!isfinite(r->update.norm))
        return ch_fail(e, CH_EFORMAT, "the gradient is not finite in epoch "
                       "%llu, step %llu; nothing was saved since, begin "
                       "another run with a lower --rate",
                       (unsigned long long)s->epoch + 1,
                       (unsigned long long)s->step + 1);
    ch_update_step(&r->update, &at, r->reduce.sum,
                   r->reduce.params + r->reduce.first);
    t->line.rate = at.rate;
    t->line.norm = r->update.norm;
    return 0;
}

/* After a step: where the run is, the log, and the progress bar. */
static void note_step(struct trainer *t, const struct ch_replica_report *total,
                      double seconds, struct ch_err *e)
{
    struct ch_schedule *s = &t->r.schedule;
    struct ch_trainlog_step *line = &t->line;

    ch_schedule_step(s, total->loss, total->words);
    t->train_s += seconds;
    t->words += total->words;
    if (!t->log)
        return;
    line->step = s->step;
    line->epoch = s->epoch + 1;
    line->loss = total->loss / (double)total->words;
    line->words = total->words;
    line->words_per_s = (double)total->words / seconds;
    line->update_s = seconds - line->load_s - line->compute_s - line->wait_s;
    t->log_rc = ch_trainlog_step(t->log, line, e);
    snprintf(t->progress.note, sizeof t->progress.note, "loss %.3f",
             s->epoch_loss / (double)s->epoch_words);
    ch_progress_update(&t->progress, s->epoch_words);
}

static int run_step(struct trainer *t, struct ch_err *e)
{
    struct ch_reduce *reduce = &t->r.reduce;
    struct ch_replica_report total;
    double begun_s = ch_clock_s(), computed_s, waited_s = reduce->wait_s;
    int rc;

    t->line = (struct ch_trainlog_step) { 0 };
    compute_lanes(t, e);
    computed_s = ch_clock_s();
    rc = ch_replica_gather(&t->r, t->report, &total, e);
    t->line.wait_s = ch_clock_s() - computed_s;
    if (!rc) rc = check_losses(t, e);
    if (!rc) rc = ch_reduce_sum(reduce, e);
    if (!rc) rc = update(t, total.words, e);
    if (!rc) rc = ch_reduce_publish(reduce, e);
    t->line.wait_s += reduce->wait_s - waited_s;
    if (!rc)
        note_step(t, &total, ch_clock_s() - begun_s, e);
    return rc;
}

/* --------------------------------------------------------------- an epoch */

static void begin_epoch(struct trainer *t, char *name, size_t size)
{
    struct ch_replica *r = &t->r;
    const struct ch_schedule *s = &r->schedule;

    for (size_t l = r->reduce.first_lane; l < r->reduce.end_lane; l++)
        ch_lanes_shuffle(&r->train_lanes, l, r->o.seed, (uint32_t)s->epoch);
    snprintf(name, size, "epoch %llu/%llu", (unsigned long long)s->epoch + 1,
             (unsigned long long)r->o.epochs);
    if (t->log)
        ch_progress_start(&t->progress, name, "words", s->epoch_words,
                          r->epoch_words);
}

/* Validate, keep the best model, write the checkpoint, tell. */
static int end_epoch(struct trainer *t, double begun_s, double words_per_s,
                     struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    struct ch_schedule *s = &r->schedule;
    struct ch_trainlog_epoch line = { .words_per_s = words_per_s };
    const struct ch_schedule_epoch *h;
    int rc = ch_replica_swap_ema(r, e);

    if (!rc) rc = ch_validate_loss(r, &line.val_loss, e);
    if (rc)
        return rc;
    line.is_best = ch_schedule_end_epoch(s, &r->o, line.val_loss,
                                         line.val_loss);
    /* The best first: a stop between the two repeats this epoch, and writes
     * the same best again. */
    if (line.is_best)
        rc = ch_replica_save_best(r, e);
    if (!rc) rc = ch_replica_swap_ema(r, e);
    if (!rc) rc = ch_replica_save_latest(r, e);
    if (rc || !t->log)
        return rc;
    h = &s->history[s->epoch - 1];
    line.epoch = s->epoch;
    line.step = s->step;
    line.train_loss = h->train_loss;
    line.rate = h->rate;
    line.seconds = ch_clock_s() - begun_s;
    ch_log(CH_LOG_INFO, "epoch %llu: train %.4f, validation %.4f nats per "
           "word, %.0f words/s%s", (unsigned long long)s->epoch, h->train_loss,
           h->val_loss, words_per_s, line.is_best ? ", best so far" : "");
    t->log_rc = ch_trainlog_epoch(t->log, &line, e);
    return 0;
}

static int run_epoch(struct trainer *t, struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    size_t steps = ch_lanes_steps(&r->train_lanes);
    uint64_t words = t->words;
    double begun_s = ch_clock_s(), train_s = t->train_s;
    char name[64];
    int rc = 0;

    begin_epoch(t, name, sizeof name);
    while (!rc && r->schedule.epoch_step < steps &&
           !ch_schedule_is_at_max_steps(&r->schedule, &r->o))
        rc = run_step(t, e);
    if (t->log)
        ch_progress_finish(&t->progress);
    if (rc)
        return rc;
    if (r->schedule.epoch_step < steps)
        return ch_replica_save_latest(r, e);
    return end_epoch(t, begun_s, (double)(t->words - words) /
                     (t->train_s - train_s), e);
}

/* ------------------------------------------------------------------ a run */

static uint64_t parameter_count(const struct ch_decoder *d)
{
    uint64_t count = 0;

    for (size_t i = 0; i < d->param_count; i++)
        count += d->param[i].count;
    return count;
}

/* Rank 0 opens the log and says what is trained on what. */
static int begin_log(struct trainer *t, struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    struct ch_trainlog_facts facts = {
        .ranks = ch_comm_size(r->comm), .kernel = ch_kernel_get()->name,
        .parameters = parameter_count(&r->model.decoder),
        .images = r->data.images, .captions = r->data.captions,
        .words = r->epoch_words
    };
    int rc;

    if (ch_comm_rank(r->comm) > 0)
        return 0;
    rc = ch_trainlog_open(&t->log, r->log_path, r->schedule.step, e);
    if (!rc) rc = ch_trainlog_settings(t->log, &r->o, &facts, e);
    ch_log(CH_LOG_INFO, "%llu captions of %llu images, %llu words; %llu "
           "parameters; %llu lanes on %d rank%s, gradients %s",
           (unsigned long long)facts.captions,
           (unsigned long long)facts.images, (unsigned long long)facts.words,
           (unsigned long long)facts.parameters,
           (unsigned long long)r->o.lanes, facts.ranks,
           facts.ranks == 1 ? "" : "s",
           r->reduce.is_shared ? "in shared memory" : "sent");
    if (!rc && r->is_resumed)
        ch_log(CH_LOG_INFO, "going on after epoch %llu, step %llu",
               (unsigned long long)r->schedule.epoch,
               (unsigned long long)r->schedule.step);
    return rc;
}

static void fill_result(const struct trainer *t, double begun_s,
                        struct ch_train_result *result)
{
    const struct ch_schedule *s = &t->r.schedule;

    *result = (struct ch_train_result) {
        .steps = s->step, .epochs = s->epoch, .best_epoch = s->best_epoch,
        .parameters = parameter_count(&t->r.model.decoder),
        .train_loss = s->epoch_words
                          ? s->epoch_loss / (double)s->epoch_words
                          : s->epoch ? s->history[s->epoch - 1].train_loss
                                     : (double)NAN,
        .best_loss = s->best_loss,
        .words_per_s = t->train_s > 0 ? (double)t->words / t->train_s : 0,
        .seconds = ch_clock_s() - begun_s,
        .stopped_early = s->epoch < t->r.o.epochs &&
                         ch_schedule_is_stalled(s, &t->r.o)
    };
}

int ch_train_run(struct ch_comm *comm, const struct ch_train_options *o,
                 struct ch_train_result *result, struct ch_err *e)
{
    struct trainer *t = calloc(1, sizeof *t);
    double begun_s = ch_clock_s();
    int rc = t ? check_options(o, e)
               : ch_fail(e, CH_ENOMEM, "cannot hold a trainer");

    rc = ch_comm_agree(comm, rc, e);
    if (rc) {
        free(t);
        return rc;
    }
    rc = ch_replica_open(&t->r, comm, o, e);
    if (rc) {
        free(t);
        return rc;
    }
    rc = ch_comm_agree(comm, begin_log(t, e), e);
    while (!rc && !ch_schedule_is_over(&t->r.schedule, &t->r.o))
        rc = run_epoch(t, e);
    if (!rc)      /* the last line of the log may have failed, too */
        rc = ch_comm_agree(comm, t->log_rc, e);
    if (!rc)
        fill_result(t, begun_s, result);
    ch_trainlog_close(t->log);
    ch_replica_close(&t->r);
    free(t);
    return rc;
}
