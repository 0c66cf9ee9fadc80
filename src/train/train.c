/* train.c - the loop: load, compute lanes, reduce, update */
#include "chorus/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "chorus/log.h"
#include "train/guard.h"
#include "train/judge.h"
#include "train/keep.h"
#include "train/learn.h"
#include "train/phase.h"
#include "train/replica_check.h"
#include "train/resume.h"
#include "train/save.h"
#include "train/settings.h"
#include "train/stop.h"
#include "train/straggler.h"
#include "train/trace.h"
#include "train/trainlog.h"
#include "train/validate.h"

/* Wishes of a rank, told to all with its lanes' reports. */
enum { WISH_SAVE = 1, WISH_END = 2, WISH_SIGNAL = 4 };

struct trainer {
    struct ch_replica r;
    struct ch_replica_report report[CH_LANES_MAX];   /* of this step */
    struct ch_learn_task task[CH_LANES_MAX];
    struct ch_judge *judge;          /* NULL: the loss alone */
    struct ch_trainlog *log;         /* rank 0 */
    struct ch_trace *trace;          /* NULL: nobody asked */
    struct ch_trainlog_step line;    /* of this step */
    struct ch_phases phases;         /* of this rank in this step ... */
    struct ch_phases epoch_phases;   /* ... and in this epoch */
    struct ch_progress progress;
    uint64_t wish;                   /* of all ranks, at the last step */
    double saved_s, end_s;           /* clock of the last checkpoint, and of
                                        the end; 0: none */
    int own_rc;                      /* of the log, and of a checkpoint that
                                        was being written: told to all ranks
                                        at the next step */
    double train_s;                  /* in steps */
    uint64_t words;                  /* learnt from by this process */
};

/* ------------------------------------------------------------------ a step */

/* What this rank's clocks and signals ask for.  One clock decides. */
static uint64_t wish_of(const struct trainer *t)
{
    const struct ch_train_options *o = &t->r.o;
    uint64_t wish = ch_stop_wish() * WISH_SIGNAL;
    double now_s = ch_clock_s();

    if (ch_comm_rank(t->r.comm) > 0)
        return wish;
    if (t->end_s > 0 && now_s >= t->end_s)
        wish |= WISH_END;
    if (o->save_s > 0 && now_s >= t->saved_s + o->save_s)
        wish |= WISH_SAVE;
    return wish;
}

/* Of a step, of so many lanes: those of trace_lane() and run_step(). */
#define SPANS(lanes) (4 * (lanes) + 4)

/* The phases of a lane follow one another. */
static void trace_lane(struct trainer *t, const struct ch_learn_task *task)
{
    double at_s = task->begun_s;

    for (int i = CH_PHASE_LOAD; i <= CH_PHASE_BACKWARD; i++) {
        double s = task->phases.s[i];

        ch_trace_span(t->trace, (enum ch_phase)i, task->desk, at_s, at_s + s);
        at_s += s;
    }
}

/* Own lanes: load, then loss and gradient.  Times are a thread's part; a
 * thread that has no lane left waits. */
static void compute_lanes(struct trainer *t, struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    double desks = (double)r->desks, begun_s = ch_clock_s();
    uint64_t wish = wish_of(t);

    if (!t->own_rc)
        t->own_rc = ch_save_poll(r->save, e);
    for (size_t l = r->reduce.first_lane; l < r->reduce.end_lane; l++)
        t->report[l] = (struct ch_replica_report) { .wish = wish,
                                                    .rc = t->own_rc };
    if (t->own_rc)
        return;
    ch_learn_lanes(r, t->task, t->report, e);
    for (size_t l = r->reduce.first_lane; l < r->reduce.end_lane; l++) {
        ch_phases_add(&t->phases, &t->task[l].phases);
        trace_lane(t, &t->task[l]);
    }
    for (size_t i = 0; i < CH_PHASES; i++)
        t->phases.s[i] /= desks;
    t->phases.s[CH_PHASE_WAIT] = ch_clock_s() - begun_s -
                                 ch_phases_total(&t->phases);
}

/* The sum over lanes becomes the mean over words, clipped, then a step. */
static void update(struct trainer *t, uint64_t words)
{
    struct ch_replica *r = &t->r;
    const struct ch_schedule *s = &r->schedule;
    struct ch_update_at at = { .step = s->step + 1,
                               .rate = ch_schedule_rate(s, &r->o) };

    at.scale = ch_update_scale(r->reduce.square_sum, words,
                               r->o.clip_by == CH_CLIP_NORM ? r->o.clip : 0,
                               &r->update.norm);
    ch_update_step(&r->update, &at, r->reduce.sum,
                   r->reduce.params + r->reduce.first);
    t->line.rate = at.rate;
    t->line.norm = r->update.norm;
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
    line->load_s = t->phases.s[CH_PHASE_LOAD];
    line->compute_s = ch_phases_compute(&t->phases);
    line->wait_s = t->phases.s[CH_PHASE_WAIT];
    line->update_s = t->phases.s[CH_PHASE_SUM] +
                     t->phases.s[CH_PHASE_UPDATE];
    t->own_rc = ch_trainlog_step(t->log, line, e);
    snprintf(t->progress.note, sizeof t->progress.note, "loss %.3f",
             s->epoch_loss / (double)s->epoch_words);
    ch_progress_update(&t->progress, s->epoch_words);
}

static int run_step(struct trainer *t, struct ch_err *e)
{
    struct ch_reduce *reduce = &t->r.reduce;
    struct ch_replica_report total;
    double begun_s = ch_clock_s(), *s = t->phases.s;
    double computed_s, gathered_s, summed_s, updated_s, end_s, waited_s;
    int rc;

    t->line = (struct ch_trainlog_step) { 0 };
    t->phases = (struct ch_phases) { 0 };
    ch_pulse_put(t->r.pulse, CH_PULSE_STEP, t->r.schedule.step + 1);
    ch_pulse_phase(t->r.pulse, CH_PULSE_LEARN);
    compute_lanes(t, e);
    computed_s = ch_clock_s();
    waited_s = reduce->wait_s;
    ch_pulse_phase(t->r.pulse, CH_PULSE_SUM);
    rc = ch_replica_gather(&t->r, t->report, &total, e);
    gathered_s = ch_clock_s();
    if (!rc) rc = ch_guard_losses(&t->r, t->report, e);
    if (!rc) rc = ch_reduce_sum(reduce, e);
    summed_s = ch_clock_s();
    s[CH_PHASE_SUM] = summed_s - gathered_s - (reduce->wait_s - waited_s);
    if (!rc) rc = ch_guard_gradient(&t->r, e);
    if (!rc) rc = ch_replica_check_step(&t->r, e);
    ch_pulse_phase(t->r.pulse, CH_PULSE_UPDATE);
    if (!rc) update(t, total.words);
    updated_s = ch_clock_s();
    if (!rc) rc = ch_reduce_publish(reduce, e);
    end_s = ch_clock_s();
    s[CH_PHASE_WAIT] += gathered_s - computed_s + reduce->wait_s - waited_s;
    s[CH_PHASE_UPDATE] = end_s - begun_s - ch_phases_total(&t->phases);
    ch_phases_add(&t->epoch_phases, &t->phases);
    ch_trace_span(t->trace, CH_PHASE_WAIT, 0, computed_s, gathered_s);
    ch_trace_span(t->trace, CH_PHASE_SUM, 0, gathered_s, summed_s);
    ch_trace_span(t->trace, CH_PHASE_UPDATE, 0, summed_s, updated_s);
    ch_trace_span(t->trace, CH_PHASE_WAIT, 0, updated_s, end_s);
    if (!rc) {
        note_step(t, &total, end_s - begun_s, e);
        t->wish = total.wish;
        ch_replica_check_seal(&t->r);
    }
    return !rc && ch_trace_end_step(t->trace) ? ch_trace_write(t->trace, e)
                                              : rc;
}

/* --------------------------------------------------------------- an epoch */

static void begin_epoch(struct trainer *t, char *name, size_t size)
{
    struct ch_replica *r = &t->r;
    const struct ch_schedule *s = &r->schedule;

    t->epoch_phases = (struct ch_phases) { 0 };
    for (size_t l = r->reduce.first_lane; l < r->reduce.end_lane; l++)
        ch_lanes_shuffle(&r->train_lanes, l, r->o.seed, (uint32_t)s->epoch);
    snprintf(name, size, "epoch %llu/%llu", (unsigned long long)s->epoch + 1,
             (unsigned long long)r->o.epochs);
    if (t->log)
        ch_progress_start(&t->progress, name, "words", s->epoch_words,
                          r->epoch_words);
}

/* What was learnt from other files than those the run began with is not
 * saved. */
static int check_files(struct ch_replica *r, struct ch_err *e)
{
    int rc = ch_set_check_files(r->train, e);

    if (!rc) rc = ch_set_check_files(r->val, e);
    if (rc) {
        char what[sizeof e->msg];

        snprintf(what, sizeof what, "%s", e->msg);
        ch_fail(e, rc, "%.400s; nothing was saved since the last checkpoint, "
                "put the file back and give --resume", what);
    }
    return ch_comm_agree(r->comm, rc, e);
}

static int save(struct trainer *t, bool is_best, struct ch_err *e)
{
    double begun_s = ch_clock_s();
    int rc = check_files(&t->r, e);

    if (!rc) rc = ch_resume_save(&t->r, is_best, e);

    t->saved_s = ch_clock_s();
    if (!rc)
        ch_log(CH_LOG_DEBUG, "training stood still for %.3f s for the "
               "checkpoint of step %llu", t->saved_s - begun_s,
               (unsigned long long)t->r.schedule.step);
    return rc;
}

/* Is a checkpoint due between two steps of an epoch? */
static bool is_due(const struct trainer *t)
{
    uint64_t every = t->r.o.save_steps;

    return t->wish & WISH_SAVE || (every && t->r.schedule.step % every == 0);
}

/* Validate, keep the best model, write the checkpoint, tell. */
static int end_epoch(struct trainer *t, double begun_s, double words_per_s,
                     struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    struct ch_schedule *s = &r->schedule;
    struct ch_trainlog_epoch line = { .words_per_s = words_per_s };
    const struct ch_schedule_epoch *h;
    struct ch_judge_score captions = { 0, 0 };
    char said[64] = "";
    double score;
    int rc = ch_guard_weights(r, e);

    if (!rc) rc = ch_replica_swap_ema(r, e);
    if (!rc) rc = ch_validate_loss(r, &line.val_loss, e);
    if (!rc && t->judge) rc = ch_judge_score(t->judge, &captions, e);
    if (rc)
        return rc;
    score = r->o.select == CH_SELECT_LOSS ? line.val_loss
            : r->o.select == CH_SELECT_CIDER ? captions.cider_d
                                             : captions.bleu_4;
    line.captions = t->judge ? &captions : NULL;
    line.is_best = ch_schedule_end_epoch(s, &r->o, line.val_loss, score);
    rc = ch_replica_swap_ema(r, e);
    if (!rc) rc = save(t, line.is_best, e);
    if (rc || !t->log)
        return rc;
    h = &s->history[s->epoch - 1];
    line.epoch = s->epoch;
    line.step = s->step;
    line.train_loss = h->train_loss;
    line.rate = h->rate;
    line.seconds = ch_clock_s() - begun_s;
    if (t->judge)
        snprintf(said, sizeof said, ", CIDEr-D %.4f, BLEU-4 %.4f",
                 captions.cider_d, captions.bleu_4);
    ch_log(CH_LOG_INFO, "epoch %llu: train %.4f, validation %.4f nats per "
           "word%s, %.0f words/s%s", (unsigned long long)s->epoch,
           h->train_loss, h->val_loss, said, words_per_s,
           line.is_best ? ", best so far" : "");
    t->own_rc = ch_trainlog_epoch(t->log, &line, e);
    return 0;
}

static bool is_stopping(const struct trainer *t)
{
    return t->wish & ~WISH_SAVE;
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
    while (!rc && r->schedule.epoch_step < steps && !is_stopping(t) &&
           !ch_schedule_is_at_max_steps(&r->schedule, &r->o)) {
        rc = run_step(t, e);
        if (!rc && r->schedule.epoch_step < steps && !is_stopping(t) &&
            is_due(t))
            rc = save(t, false, e);
    }
    if (t->log)
        ch_progress_finish(&t->progress);
    if (!rc) rc = ch_straggler_tell(r->comm, &t->epoch_phases, t->log,
                                    &r->schedule, e);
    if (!rc && r->o.profile)
        rc = ch_phases_tell(r->comm, &t->epoch_phases, name, e);
    if (rc)
        return rc;
    if (r->schedule.epoch_step < steps)
        return save(t, false, e);
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
        .words = r->epoch_words,
        .left_out = ch_lanes_bad(&r->train_lanes) + ch_lanes_bad(&r->val_lanes)
    };
    int rc;

    if (ch_comm_rank(r->comm) > 0)
        return 0;
    rc = ch_trainlog_open(&t->log, r->log_path, r->schedule.step, e);
    if (!rc)      /* the log is locked: nobody else writes here */
        ch_keep_sweep(r->o.run);
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

static void fill_result(const struct trainer *t, double begun_s,
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
static int go_back(struct trainer *t, int rc, struct ch_err *e)
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

static int run(struct trainer *t, struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    const struct ch_schedule *s = &r->schedule;
    int rc = ch_comm_agree(r->comm, begin_log(t, e), e);

    if (!rc && r->o.trace)
        rc = ch_trace_open(&t->trace, r->comm, SPANS(r->reduce.end_lane -
                                                     r->reduce.first_lane),
                           r->o.trace, e);
    while (!rc && !is_stopping(t) && !ch_schedule_is_over(s, &r->o)) {
        rc = run_epoch(t, e);
        if (rc && r->is_nan)
            rc = go_back(t, rc, e);
    }
    if (!rc) rc = ch_trace_write(t->trace, e);
    if (!rc)      /* the last line of the log may have failed, too */
        rc = ch_comm_agree(r->comm, t->own_rc, e);
    if (!rc) rc = ch_resume_wait(r, e);
    if (rc || !is_stopping(t) || ch_schedule_is_over(s, &r->o))
        return rc;
    return ch_fail(e, CH_ESTOPPED, "stopped by %s after epoch %llu, step %llu; "
                   "the checkpoint is whole, give --resume to go on",
                   t->wish & WISH_END ? "the time limit"
                                      : ch_stop_name(t->wish / WISH_SIGNAL),
                   (unsigned long long)s->epoch, (unsigned long long)s->step);
}

static void set_clocks(struct trainer *t, double begun_s)
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
    struct trainer *t = calloc(1, sizeof *t);
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
            if (!rc) rc = run(t, e);
            if (!rc)
                fill_result(t, begun_s, result);
            ch_trace_close(t->trace);
            ch_trainlog_close(t->log);
            ch_judge_close(t->judge);
            ch_replica_close(&t->r);
        }
        ch_stop_forget();
    }
    free(t);
    return rc;
}
