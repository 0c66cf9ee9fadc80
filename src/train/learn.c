/* learn.c - what a lane learns at the run's place */
#include "train/learn.h"

#include "net/mixed.h"

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
static void mix_words(struct ch_replica *r, const struct ch_batch *batch)
{
    struct ch_mixed m = {
        .sampling = (float)sampling_of(r),
        .unk_rate = (float)r->o.word_dropout,
        .unk = ch_vocab_unk(r->model.vocab), .seed = r->o.seed,
        .epoch = (uint32_t)r->schedule.epoch
    };

    if (m.sampling > 0 || m.unk_rate > 0)
        ch_mixed_words(&r->model.decoder, r->model.params, batch, &m,
                       r->rows.input, &r->arena);
}

/* Loss, and the gradient unless NULL, of what ch_replica_load() gave. */
static double learn(struct ch_replica *r, const struct ch_batch *batch,
                    float *grad)
{
    float rate = (float)r->o.dropout;
    struct ch_dropout drop = {
        .input = rate, .output = rate, .image = rate, .layer = rate,
        .seed = r->o.seed, .epoch = (uint32_t)r->schedule.epoch,
        .is_same = r->o.variational, .alpha = (float)r->o.penalty,
        .smoothing = (float)r->o.smoothing
    };

    mix_words(r, batch);
    return ch_decoder_loss(&r->model.decoder, r->model.params, batch, &drop,
                           grad, &r->arena);
}

int ch_learn_lane(struct ch_replica *r, size_t lane,
                  struct ch_replica_report *report, double *loaded_s,
                  struct ch_err *e)
{
    struct ch_batch batch;
    size_t first, count = ch_lanes_at(&r->train_lanes, lane,
                                      (size_t)r->schedule.epoch_step, &first);
    int rc = ch_replica_load(r, r->train, &r->train_lanes, lane,
                             (struct ch_replica_part) { first, count },
                             &batch, e);

    *loaded_s = ch_clock_s();
    if (rc)
        return rc;
    report->words = batch.N;
    report->loss = learn(r, &batch, r->reduce.grad[lane]);
    return 0;
}

int ch_learn_part(struct ch_replica *r, size_t lane, size_t first,
                  size_t count, double *loss, struct ch_err *e)
{
    struct ch_batch batch;
    int rc = ch_replica_load(r, r->train, &r->train_lanes, lane,
                             (struct ch_replica_part) { first, count },
                             &batch, e);

    if (!rc)
        *loss = learn(r, &batch, NULL);
    return rc;
}
