/* learn.c - what a lane learns at the run's place */
#include "train/learn.h"

#include "net/mixed.h"
#include "net/nonfinite.h"

/* How many of the words fed the model says itself in this epoch. */
static double sampling_of(const struct ch_replica *r)
{
    const struct ch_train_options *o = &r->o;
    double grown;

    if (!o->sampling_every)
        return o->sampling;
    grown = o->sampling_step * (double)(r->schedule.epoch / o->sampling_every);
    return grown < o->sampling ? grown : o->sampling;
}

/* Feed other words than the caption's own, in place. */
static void mix_words(struct ch_replica *r, struct ch_replica_desk *desk,
                      const struct ch_batch *batch)
{
    struct ch_mixed m = {
        .sampling = (float)sampling_of(r),
        .unk_rate = (float)r->o.word_dropout,
        .unk = ch_vocab_unk(r->model.vocab), .seed = r->o.seed,
        .epoch = (uint32_t)r->schedule.epoch
    };

    if (m.sampling > 0 || m.unk_rate > 0)
        ch_mixed_words(&r->model.decoder, r->model.params, batch, &m,
                       desk->rows.input, &desk->arena);
}

/* Where the words fed have gradients. */
static int use_words(struct ch_replica *r, size_t lane,
                     const struct ch_batch *batch, struct ch_err *e)
{
    const struct ch_decoder *d = &r->model.decoder;
    const struct ch_param_info *w = &d->param[d->at.embed];
    int rc = 0;

    if (!batch->is_added && batch->is_blank)
        ch_reduce_blank(&r->reduce, lane);
    for (size_t n = 0; n < batch->N && batch->is_blank && !rc; n++) {
        size_t at = w->offset + (size_t)batch->input[n] * w->columns;

        rc = ch_reduce_use(&r->reduce, lane, at, at + w->columns, e);
    }
    return rc;
}

/* Loss, and the gradient unless NULL, of what ch_replica_load() gave. */
static double learn(struct ch_replica *r, size_t at,
                    const struct ch_batch *batch, float *grad)
{
    struct ch_replica_desk *desk = &r->desk[at];
    float rate = (float)r->o.dropout;
    struct ch_dropout drop = {
        .input = rate, .output = rate, .image = rate, .layer = rate,
        .seed = r->o.seed, .epoch = (uint32_t)r->schedule.epoch,
        .is_same = r->o.variational, .alpha = (float)r->o.penalty,
        .smoothing = (float)r->o.smoothing
    };

    return ch_decoder_loss(&r->model.decoder, r->model.params, batch, &drop,
                           grad, &desk->arena);
}

/* Of a debug run: what is not finite is told where it shows first. */
static int tell_nonfinite(struct ch_replica *r,
                          const struct ch_learn_task *task,
                          const struct ch_nonfinite *f,
                          const struct ch_batch *batch, struct ch_err *e)
{
    const struct ch_lane *lane = &r->train_lanes.lane[task->lane];
    struct ch_caption_record *record = r->desk[task->desk].rows.record;
    size_t example = batch->example[f->caption] - lane->first_example;
    int rc;

    if (!f->layer[0])
        return 0;
    ch_crew_enter(r->crew);
    rc = ch_set_captions(r->train, lane->example[example].record, record, e);
    ch_crew_leave(r->crew);
    if (rc)
        return rc;
    return ch_fail(e, CH_EFORMAT, "lane %zu, step %llu: the first value that "
                   "is not finite is in %s, at word %zu of caption %zu of "
                   "image %.*s", task->lane,
                   (unsigned long long)r->schedule.step + 1, f->layer, f->word,
                   (size_t)lane->example[example].caption + 1,
                   (int)(record->key_bytes < 60 ? record->key_bytes : 60),
                   record->key);
}

int ch_learn_lane(struct ch_replica *r, struct ch_learn_task *task,
                  struct ch_replica_report *report, struct ch_err *e)
{
    double begun_s = ch_clock_s(), loaded_s;
    double *s = task->phases.s;
    struct ch_decoder_times times;
    struct ch_nonfinite found = { .layer = "" };
    size_t lane = task->lane;
    struct ch_replica_part part = { .desk = task->desk };
    struct ch_batch batch;
    int rc;

    part.count = ch_lanes_at(&r->train_lanes, lane,
                             (size_t)r->schedule.epoch_step, &part.first);
    rc = ch_replica_load(r, r->train, &r->train_lanes, lane, part, &batch, e);
    loaded_s = ch_clock_s();
    task->begun_s = begun_s;
    s[CH_PHASE_LOAD] = loaded_s - begun_s;
    if (rc)
        return rc;
    batch.times = &times;
    batch.is_added = r->reduce.lane[lane].is_added && !task->is_alone;
    batch.is_blank = r->reduce.blank_first < r->reduce.blank_end;
    if (r->o.debug)
        batch.nonfinite = &found;
    report->words = batch.N;
    mix_words(r, &r->desk[task->desk], &batch);
    rc = use_words(r, lane, &batch, e);
    if (rc)
        return rc;
    report->loss = learn(r, task->desk, &batch, r->reduce.grad[lane]);
    s[CH_PHASE_FORWARD] = times.forward_s - loaded_s;
    s[CH_PHASE_OUTPUT] = times.output_s - times.forward_s;
    s[CH_PHASE_BACKWARD] = ch_clock_s() - times.output_s;
    return tell_nonfinite(r, task, &found, &batch, e);
}

struct all_lanes {
    struct ch_replica *r;
    struct ch_learn_task *task;
    struct ch_replica_report *report;
};

/* The lanes of a part one after the other, by who got the first. */
static int learn_part(void *context, size_t first, size_t member,
                      struct ch_err *e)
{
    const struct all_lanes *all = context;
    struct ch_reduce *reduce = &all->r->reduce;
    const struct ch_tree_part *part = ch_reduce_part(reduce, first);
    int rc = 0;

    for (size_t l = first; part && l < part->end && !rc; l++) {
        all->task[l] = (struct ch_learn_task) { .lane = l, .desk = member };
        rc = ch_learn_lane(all->r, &all->task[l], &all->report[l], e);
        if (!rc)
            rc = ch_reduce_fold(reduce, l, e);
        all->report[l].rc = rc;
    }
    ch_pulse_rest(all->r->pulse, member);
    return rc;
}

void ch_learn_lanes(struct ch_replica *r, struct ch_learn_task *task,
                    struct ch_replica_report *report, struct ch_err *e)
{
    struct all_lanes all = { r, task, report };

    (void)ch_crew_run(r->crew, learn_part, &all, e);   /* in the reports */
}

int ch_learn_part(struct ch_replica *r, size_t lane, size_t first,
                  size_t count, double *loss, struct ch_err *e)
{
    struct ch_batch batch;
    int rc = ch_replica_load(r, r->train, &r->train_lanes, lane,
                             (struct ch_replica_part) { first, count, 0 },
                             &batch, e);

    if (rc)
        return rc;
    mix_words(r, &r->desk[0], &batch);
    *loss = learn(r, 0, &batch, NULL);
    return 0;
}
