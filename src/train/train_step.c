/* train_step.c - a step: load, compute lanes, reduce, update */
#include "train/train_step.h"

#include <stdio.h>

#include "train/debug.h"
#include "train/guard.h"
#include "train/replica_check.h"
#include "train/save.h"
#include "train/stop.h"

/* What this rank's clocks and signals ask for.  One clock decides. */
static uint64_t wish_of(const struct ch_trainer *t)
{
    const struct ch_train_options *o = &t->r.o;
    uint64_t wish = ch_stop_wish() * CH_WISH_SIGNAL;
    double now_s = ch_clock_s();

    if (ch_comm_rank(t->r.comm) > 0)
        return wish;
    if (t->end_s > 0 && now_s >= t->end_s)
        wish |= CH_WISH_END;
    if (o->save_s > 0 && now_s >= t->saved_s + o->save_s)
        wish |= CH_WISH_SAVE;
    return wish;
}

/* The phases of a lane follow one another. */
static void trace_lane(struct ch_trainer *t, const struct ch_learn_task *task)
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
static void compute_lanes(struct ch_trainer *t, struct ch_err *e)
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
    if (r->o.debug)
        ch_debug_lanes(r, t->report);
    /* No rank updates before this one has told that it is here. */
    ch_save_hold(r->save);
    for (size_t i = 0; i < CH_PHASES; i++)
        t->phases.s[i] /= desks;
    t->phases.s[CH_PHASE_WAIT] = ch_clock_s() - begun_s -
                                 ch_phases_total(&t->phases);
}

/* The sum over lanes becomes the mean over words, clipped, then a step. */
static void update(struct ch_trainer *t, uint64_t words)
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
static void note_step(struct ch_trainer *t,
                      const struct ch_replica_report *total, double seconds,
                      struct ch_err *e)
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

int ch_train_step(struct ch_trainer *t, struct ch_err *e)
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
    if (!rc && t->r.o.debug)
        rc = ch_debug_gradient(&t->r, total.words, e);
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
        if (t->r.o.debug)
            ch_debug_weights(&t->r);
    }
    return !rc && ch_trace_end_step(t->trace) ? ch_trace_write(t->trace, e)
                                              : rc;
}
