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

static int step(struct ch_replica *r, uint64_t *words, struct ch_err *e)
{
    struct ch_learn_task task[CH_LANES_MAX];
    struct ch_replica_report report[CH_LANES_MAX] = { 0 }, total;
    struct ch_update_at at = { .step = r->schedule.step + 1,
                               .rate = ch_schedule_rate(&r->schedule, &r->o) };
    int rc;

    ch_learn_lanes(r, task, report, e);
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
    *words += total.words;
    return ch_reduce_publish(&r->reduce, e);
}

/* Rank 0's clock decides when it is enough. */
static int measure(struct ch_replica *r, double *words_per_s, struct ch_err *e)
{
    uint64_t words = 0, steps = r->schedule.epoch_steps;
    double begun_s;
    int rc, is_enough = 0;

    for (size_t l = r->reduce.first_lane; l < r->reduce.end_lane; l++)
        ch_lanes_shuffle(&r->train_lanes, l, r->o.seed, 0);
    begun_s = ch_clock_s();
    rc = step(r, &words, e);
    if (steps > 1) {         /* otherwise the warm-up is all there is */
        words = 0;
        begun_s = ch_clock_s();
    }
    while (!rc && !is_enough && r->schedule.step < steps) {
        rc = step(r, &words, e);
        is_enough = r->schedule.step > STEPS ||
                    ch_clock_s() - begun_s > SECONDS;
        if (!rc) rc = ch_comm_broadcast(r->comm, &is_enough, sizeof is_enough,
                                        e);
    }
    *words_per_s = (double)words / (ch_clock_s() - begun_s);
    return rc;
}

/* Of the rank that took most. */
static int most_memory(struct ch_comm *comm, uint64_t *bytes,
                       struct ch_err *e)
{
    uint64_t all[CH_LANES_MAX];
    size_t size[CH_LANES_MAX];
    struct rusage used = { 0 };
    int rc;

    getrusage(RUSAGE_SELF, &used);
    *bytes = (uint64_t)used.ru_maxrss * 1024;
    for (int q = 0; q < ch_comm_size(comm); q++)
        size[q] = sizeof *bytes;
    rc = ch_comm_gather(comm, bytes, all, size, e);
    for (int q = 0; q < ch_comm_size(comm) && !rc; q++)
        if (all[q] > *bytes)
            *bytes = all[q];
    return rc;
}

static void fill(const struct ch_replica *r, double words_per_s,
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
    p->words_per_s = words_per_s;
    /* Forward alone is a third of forward and backward. */
    p->epoch_s = ((double)r->epoch_words + (double)r->data.val_captions *
                  words_each / 3) / words_per_s;
    p->total_s = p->epoch_s * (double)r->o.epochs;
}

int ch_train_plan(struct ch_comm *comm, const struct ch_train_options *o,
                  struct ch_train_plan *p, struct ch_err *e)
{
    struct ch_replica *r = calloc(1, sizeof *r);
    struct ch_train_options dry = *o;
    double words_per_s = 0;
    int rc = r ? ch_settings_check(o, e)
               : ch_fail(e, CH_ENOMEM, "cannot hold a replica");

    rc = ch_comm_agree(comm, rc, e);
    memset(p, 0, sizeof *p);
    dry.is_dry = true;
    dry.resume = false;
    if (!rc) rc = ch_replica_open(r, comm, &dry, e);
    if (!rc) {
        rc = measure(r, &words_per_s, e);
        if (!rc) rc = most_memory(comm, &p->memory, e);
        if (!rc)
            fill(r, words_per_s, p);
        ch_replica_close(r);
    }
    free(r);
    return rc;
}
