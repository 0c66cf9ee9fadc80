/* plan.c - what a run would need, measured on a few steps of it */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/file.h"
#include "train/learn.h"
#include "train/settings.h"

/* Steps that are timed, after one that warms up; fewer when they are slow. */
#define STEPS 20
#define SECONDS 5

/* What steps took. */
struct pace {
    uint64_t steps, words;
    double seconds;            /* of all of it */
    double compute_s;          /* in this rank's lanes; then of the slowest */
};

static int step(struct ch_replica *r, struct pace *pace, struct ch_err *e)
{
    struct ch_learn_task task[CH_LANES_MAX];
    struct ch_replica_report report[CH_LANES_MAX] = { 0 }, total;
    struct ch_update_at at = { .step = r->schedule.step + 1,
                               .rate = ch_schedule_rate(&r->schedule, &r->o) };
    double begun_s = ch_clock_s();
    int rc;

    ch_learn_lanes(r, task, report, e);
    pace->compute_s += ch_clock_s() - begun_s;
    rc = ch_replica_gather(r, report, &total, e);
    if (!rc) rc = ch_reduce_sum(&r->reduce, e);
    if (rc)
        return rc;
    at.scale = ch_update_scale(r->reduce.square_sum, total.words,
                               r->o.clip_by == CH_CLIP_NORM ? r->o.clip : 0,
                               &r->update.norm);
    ch_update_step(&r->update, &at, r->reduce.sum,
                   r->reduce.params + r->reduce.first);
    ch_schedule_step(&r->schedule, total.loss, total.words);
    pace->words += total.words;
    pace->steps++;
    return ch_reduce_publish(&r->reduce, e);
}

/* Rank 0's clock decides when it is enough. */
static int measure(struct ch_replica *r, struct pace *pace, struct ch_err *e)
{
    uint64_t steps = r->schedule.epoch_steps;
    double begun_s;
    int rc, is_enough = 0;

    *pace = (struct pace) { 0 };
    for (size_t l = r->reduce.first_lane; l < r->reduce.end_lane; l++)
        ch_lanes_shuffle(&r->train_lanes, l, r->o.seed, 0);
    begun_s = ch_clock_s();
    rc = step(r, pace, e);
    if (steps > 1) {         /* otherwise the warm-up is all there is */
        *pace = (struct pace) { 0 };
        begun_s = ch_clock_s();
    }
    while (!rc && !is_enough && r->schedule.step < steps) {
        rc = step(r, pace, e);
        is_enough = r->schedule.step > STEPS ||
                    ch_clock_s() - begun_s > SECONDS;
        if (!rc) rc = ch_comm_broadcast(r->comm, &is_enough, sizeof is_enough,
                                        e);
    }
    pace->seconds = ch_clock_s() - begun_s;
    return rc;
}

/* Memory of the rank that took most, and time of the slowest. */
static int find_most(struct ch_comm *comm, uint64_t *bytes, double *compute_s,
                     struct ch_err *e)
{
    struct { uint64_t bytes; double compute_s; } all[CH_LANES_MAX], *mine;
    struct rusage used = { 0 };
    int rc;

    getrusage(RUSAGE_SELF, &used);
    mine = &all[ch_comm_rank(comm)];
    mine->bytes = (uint64_t)used.ru_maxrss * 1024;
    mine->compute_s = *compute_s;
    rc = ch_comm_gather_each(comm, mine, all, sizeof *mine, e);
    *bytes = 0;
    *compute_s = 0;
    for (int q = 0; q < ch_comm_size(comm) && !rc; q++) {
        if (all[q].bytes > *bytes)
            *bytes = all[q].bytes;
        if (all[q].compute_s > *compute_s)
            *compute_s = all[q].compute_s;
    }
    return rc;
}

static void fill(const struct ch_replica *r, const struct pace *pace,
                 struct ch_train_plan *p)
{
    const struct ch_decoder *d = &r->model.decoder;
    double words_each = (double)r->epoch_words / (double)r->data.captions;

    for (size_t i = 0; i < d->param_count; i++)
        p->parameters += d->param[i].count;
    p->images = r->data.images;
    p->captions = r->data.captions;
    p->epoch_words = r->epoch_words;
    p->epoch_steps = r->schedule.epoch_steps;
    p->checkpoint = p->parameters * sizeof(float) *
                    (1 + r->update.block_count);
    p->words_per_s = (double)pace->words / pace->seconds;
    p->step_s = pace->seconds / (double)pace->steps;
    p->compute_s = pace->compute_s / (double)pace->steps;
    /* Forward alone is a third of forward and backward. */
    p->epoch_s = ((double)r->epoch_words + (double)r->data.val_captions *
                  words_each / 3) / p->words_per_s;
    p->total_s = p->epoch_s * (double)r->o.epochs;
}

int ch_train_plan(struct ch_comm *comm, const struct ch_train_options *o,
                  struct ch_train_plan *p, struct ch_err *e)
{
    struct ch_replica *r = calloc(1, sizeof *r);
    struct ch_train_options dry = *o;
    struct pace pace;
    int rc = r ? ch_settings_check(o, e)
               : ch_fail(e, CH_ENOMEM, "cannot hold a replica");

    rc = ch_comm_agree(comm, rc, e);
    memset(p, 0, sizeof *p);
    dry.is_dry = true;
    dry.resume = false;
    if (!rc) rc = ch_replica_open(r, comm, &dry, e);
    if (!rc) {
        rc = measure(r, &pace, e);
        if (!rc) rc = find_most(comm, &p->memory, &pace.compute_s, e);
        if (!rc)
            fill(r, &pace, p);
        ch_replica_close(r);
    }
    free(r);
    return rc;
}
