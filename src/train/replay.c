/* replay.c - one lane's part of a step, computed again, alone */
#include "chorus/train.h"

#include <stdlib.h>
#include <string.h>

#include "train/debug.h"
#include "train/settings.h"
#include "train/train_epoch.h"

static int check(struct ch_comm *comm, const struct ch_train_options *o,
                 uint64_t step, struct ch_err *e)
{
    if (ch_comm_size(comm) > 1)
        return ch_fail(e, CH_EUSAGE, "a lane is computed again by one process "
                       "alone, found %d ranks; start it without mpirun",
                       ch_comm_size(comm));
    if (!step)
        return ch_fail(e, CH_EUSAGE, "steps are counted from 1, found 0");
    return ch_settings_check(o, e);
}

/* From the checkpoint to where the step begins; nothing when that is there.
 * The sums of several ranks cannot be had again where MPI adds them.  o says
 * where the run ends; --max-steps is where it may go on. */
static int go_there(struct ch_trainer *t, const struct ch_train_options *o,
                    uint64_t step, struct ch_err *e)
{
    struct ch_replica *r = &t->r;
    const struct ch_schedule *s = &r->schedule;
    struct ch_train_options whole = *o;
    int rc = 0;

    whole.max_steps = 0;
    if (s->step + 1 < step && r->o.reduce == CH_REDUCE_ALLREDUCE)
        return ch_fail_at(e, CH_EUSAGE, r->o.run, CH_NO_OFFSET, "has no "
                          "checkpoint of step %llu, and how allreduce added "
                          "the steps since %llu is not known; train with "
                          "--save-every 1 and a larger --keep",
                          (unsigned long long)step - 1,
                          (unsigned long long)s->step);
    while (!rc && s->step + 1 < step && !ch_schedule_is_over(s, &r->o))
        rc = ch_train_epoch(t, e);
    if (!rc && (s->step + 1 < step || ch_schedule_is_over(s, &whole)))
        rc = ch_fail_at(e, CH_EUSAGE, r->o.run, CH_NO_OFFSET, "ends with step "
                        "%llu, before step %llu",
                        (unsigned long long)s->step,
                        (unsigned long long)step);
    return rc;
}

static int compute(struct ch_replica *r, size_t lane,
                   struct ch_train_replay *out, struct ch_err *e)
{
    struct ch_learn_task task = { .lane = lane };
    struct ch_replica_report report = { 0 };
    const struct ch_decoder *d = &r->model.decoder;
    const float *grad;
    int rc;

    if (lane >= r->o.lanes)
        return ch_fail(e, CH_EUSAGE, "lane %zu is not there: the run has lanes "
                       "0 to %llu", lane, (unsigned long long)r->o.lanes - 1);
    ch_lanes_shuffle(&r->train_lanes, lane, r->o.seed,
                     (uint32_t)r->schedule.epoch);
    rc = ch_learn_lane(r, &task, &report, e);
    if (rc)
        return rc;
    ch_debug_lane(r, lane, &report);
    grad = r->reduce.grad[lane];
    out->epoch = r->schedule.epoch + 1;
    out->words = report.words;
    out->loss = report.loss;
    out->gradient = ch_debug_hash(d, grad);
    for (size_t i = 0; i < d->param_count; i++)
        ch_log(CH_LOG_DEBUG, "gradient of %s: norm %.6g", d->param[i].name,
               ch_debug_norm(&d->param[i], grad));
    return 0;
}

int ch_train_replay(struct ch_comm *comm, const struct ch_train_options *o,
                    uint64_t step, uint64_t lane, struct ch_train_replay *out,
                    struct ch_err *e)
{
    struct ch_trainer *t = calloc(1, sizeof *t);
    struct ch_train_options again = *o;
    int rc = t ? check(comm, o, step, e)
               : ch_fail(e, CH_ENOMEM, "cannot hold a trainer");

    again.replay_step = step;
    again.resume = false;      /* by itself */
    again.max_steps = step - 1;
    again.debug = true;
    if (!rc) rc = ch_replica_open(&t->r, comm, &again, e);
    if (!rc) {
        out->from_step = t->r.schedule.step;
        rc = ch_judge_open(&t->judge, &t->r, e);
        if (!rc) rc = go_there(t, o, step, e);
        if (!rc) rc = compute(&t->r, (size_t)lane, out, e);
        ch_judge_close(t->judge);
        ch_replica_close(&t->r);
    }
    free(t);
    return rc;
}
