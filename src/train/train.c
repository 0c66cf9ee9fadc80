/* train.c - a run: begin its log, epochs, what it came to */
#include "chorus/train.h"

#include <math.h>
#include <stdlib.h>

#include "data/encoder_link.h"
#include "train/keep.h"
#include "train/resume.h"
#include "train/settings.h"
#include "train/stop.h"
#include "train/train_epoch.h"
#include "train/train_step.h"

static uint64_t parameter_count(const struct ch_decoder *d)
{
    uint64_t count = 0;

    for (size_t i = 0; i < d->param_count; i++)
        count += d->param[i].count;
    return count;
}

/* Rank 0 opens the log and says what is trained on what. */
static int begin_log(struct ch_trainer *t, struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    struct ch_trainlog_facts facts = {
        .ranks = ch_comm_size(r->comm), .kernel = ch_kernel_get()->name,
        .parameters = parameter_count(&r->model.decoder),
        .images = r->data.images, .captions = r->data.captions,
        .words = r->epoch_words,
        .left_out = ch_lanes_bad(&r->train_lanes) +
                    ch_lanes_bad(&r->val_lanes),
        .photos = ch_set_manifest(r->val)->images
    };
    int rc;

    if (ch_comm_rank(r->comm) > 0)
        return 0;
    rc = ch_trainlog_open(&t->log, r->log_path, e);
    if (!rc) rc = ch_resume_check(r, e);
    if (!rc) rc = ch_trainlog_keep(t->log, r->schedule.step, e);
    if (!rc) {    /* the log is locked: nobody else writes here */
        ch_keep_sweep(r->o.run);
        ch_encoder_link_model(r->model.encoder, r->o.shards, r->latest_path);
    }
    if (!rc) rc = ch_trainlog_events(t->log, r->o.run, e);
    if (!rc) rc = ch_trainlog_settings(t->log, &r->o, &facts, e);
    ch_log(CH_LOG_INFO, "%llu captions of %llu images, %llu words; %llu "
           "parameters; %llu lanes on %d rank%s, gradients %s",
           (unsigned long long)facts.captions,
           (unsigned long long)facts.images, (unsigned long long)facts.words,
           (unsigned long long)facts.parameters,
           (unsigned long long)r->o.lanes, facts.ranks,
           facts.ranks == 1 ? "" : "s",
           r->reduce.is_shared ? "in shared memory" : "sent");
    if (facts.left_out)
        ch_log(CH_LOG_WARN, "%llu of %llu records are damaged and left out",
               (unsigned long long)facts.left_out,
               (unsigned long long)(r->data.images + r->data.val_images));
    if (!rc && r->is_resumed)
        ch_log(CH_LOG_INFO, "going on after epoch %llu, step %llu",
               (unsigned long long)r->schedule.epoch,
               (unsigned long long)r->schedule.step);
    return rc;
}

static void fill_result(const struct ch_trainer *t, double begun_s,
                        struct ch_train_result *result)
{
    const struct ch_schedule *s = &t->r.schedule;

    *result = (struct ch_train_result) {
        .steps = s->step, .epochs = s->epoch, .best_epoch = s->best_epoch,
        .parameters = parameter_count(&t->r.model.decoder),
        .left_out = ch_lanes_bad(&t->r.train_lanes) +
                    ch_lanes_bad(&t->r.val_lanes),
        .train_loss = s->epoch_words
                          ? s->epoch_loss / (double)s->epoch_words
                          : s->epoch ? s->history[s->epoch - 1].train_loss
                                     : (double)NAN,
        .best_loss = s->best_loss, .best_score = s->best_score,
        .words_per_s = t->train_s > 0 ? (double)t->words / t->train_s : 0,
        .seconds = ch_clock_s() - begun_s,
        .stopped_early = s->epoch < t->r.o.epochs &&
                         ch_schedule_is_stalled(s, &t->r.o)
    };
}

/* After what is not finite: to the last checkpoint, if that is wanted and was
 * not done too often.  rc and e: what was found. */
static int go_back(struct ch_trainer *t, int rc, struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    uint64_t times = r->schedule.rollbacks;

    if (r->o.on_nan != CH_NAN_ROLLBACK || times >= r->o.nan_retries)
        return rc;
    if (t->log)
        ch_log(CH_LOG_WARN, "%s; going back with a tenth of the rate, %llu of "
               "%llu times", e->msg, (unsigned long long)times + 1,
               (unsigned long long)r->o.nan_retries);
    rc = ch_resume_go_back(r, e);
    if (rc)
        return rc;
    ch_trainlog_close(t->log);
    t->log = NULL;
    t->own_rc = 0;
    return ch_comm_agree(r->comm, begin_log(t, e), e);
}

static int run(struct ch_trainer *t, struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    const struct ch_schedule *s = &r->schedule;
    int rc = ch_comm_agree(r->comm, begin_log(t, e), e);

    if (!rc && r->o.trace)
        rc = ch_trace_open(&t->trace, r->comm,
                           CH_TRAIN_SPANS(r->reduce.end_lane -
                                          r->reduce.first_lane),
                           r->o.trace, e);
    while (!rc && !ch_trainer_is_stopping(t) &&
           !ch_schedule_is_over(s, &r->o)) {
        rc = ch_train_epoch(t, e);
        if (rc && r->is_nan)
            rc = go_back(t, rc, e);
    }
    if (!rc) rc = ch_trace_write(t->trace, e);
    if (!rc)      /* the last line of the log may have failed, too */
        rc = ch_comm_agree(r->comm, t->own_rc, e);
    if (!rc) rc = ch_resume_wait(r, e);
    if (rc || !ch_trainer_is_stopping(t) || ch_schedule_is_over(s, &r->o))
        return rc;
    return ch_fail(e, CH_ESTOPPED, "stopped by %s after epoch %llu, step %llu; "
                   "the checkpoint is whole, give --resume to go on",
                   t->wish & CH_WISH_END ? "the time limit"
                                      : ch_stop_name(t->wish / CH_WISH_SIGNAL),
                   (unsigned long long)s->epoch, (unsigned long long)s->step);
}

static void set_clocks(struct ch_trainer *t, double begun_s)
{
    double limit_s = t->r.o.time_limit_s, job_s = ch_stop_job_end_s();

    t->saved_s = begun_s;
    if (limit_s > 0)
        t->end_s = begun_s + limit_s;
    if (job_s > 0 && (t->end_s == 0 || begun_s + job_s < t->end_s))
        t->end_s = begun_s + job_s;
}

int ch_train_run(struct ch_comm *comm, const struct ch_train_options *o,
                 struct ch_train_result *result, struct ch_err *e)
{
    struct ch_trainer *t = calloc(1, sizeof *t);
    double begun_s = ch_clock_s();
    int rc = t ? ch_settings_check(o, e)
               : ch_fail(e, CH_ENOMEM, "cannot hold a trainer");

    rc = ch_comm_agree(comm, rc, e);
    if (!rc) {
        ch_stop_watch();
        rc = ch_replica_open(&t->r, comm, o, e);
        if (!rc) {
            set_clocks(t, begun_s);
            rc = ch_judge_open(&t->judge, &t->r, e);
            if (!rc) rc = ch_show_open(&t->show, &t->r, e);
            if (!rc) rc = run(t, e);
            if (!rc)
                fill_result(t, begun_s, result);
            ch_trace_close(t->trace);
            ch_trainlog_close(t->log);
            ch_show_close(t->show);
            ch_judge_close(t->judge);
            ch_replica_close(&t->r);
        }
        ch_stop_forget();
    }
    free(t);
    return rc;
}
