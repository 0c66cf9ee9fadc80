/* train_epoch.c - an epoch: its steps, validation, checkpoints */
#include "train/train_epoch.h"

#include <stdio.h>

#include "train/guard.h"
#include "train/resume.h"
#include "train/straggler.h"
#include "train/train_step.h"
#include "train/validate.h"

static void begin_epoch(struct ch_trainer *t, char *name, size_t size)
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

static int save(struct ch_trainer *t, bool is_best, struct ch_err *e)
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
static bool is_due(const struct ch_trainer *t)
{
    uint64_t every = t->r.o.save_steps;

    return t->wish & CH_WISH_SAVE || (every && t->r.schedule.step % every == 0);
}

/* Validate, keep the best model, write the checkpoint, tell. */
static int end_epoch(struct ch_trainer *t, double begun_s, double words_per_s,
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
    if (!t->own_rc)
        t->own_rc = ch_show_say(t->show, t->judge, e);
    /* Rank 0 captions with weights that ranks of its host may share. */
    rc = ch_comm_barrier(r->comm, e);
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
    if (!t->own_rc)
        t->own_rc = ch_show_tell(t->show, t->log, s->epoch, s->step, e);
    if (!t->own_rc)
        t->own_rc = ch_trainlog_epoch(t->log, &line, e);
    return 0;
}

int ch_train_epoch(struct ch_trainer *t, struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    size_t steps = ch_lanes_steps(&r->train_lanes);
    uint64_t words = t->words;
    double begun_s = ch_clock_s(), train_s = t->train_s;
    char name[64];
    int rc = 0;

    begin_epoch(t, name, sizeof name);
    while (!rc && r->schedule.epoch_step < steps &&
           !ch_trainer_is_stopping(t) &&
           !ch_schedule_is_at_max_steps(&r->schedule, &r->o)) {
        rc = ch_train_step(t, e);
        if (!rc && r->schedule.epoch_step < steps &&
            !ch_trainer_is_stopping(t) && is_due(t))
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
