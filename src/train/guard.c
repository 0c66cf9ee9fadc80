/* guard.c - nothing that is not finite gets into a checkpoint */
#include "train/guard.h"

#include <math.h>
#include <string.h>

#include "kernel/kernel.h"
#include "train/learn.h"

/* Images that a message names. */
#define NAMES_MOST 3

static bool is_finite(const float *x, size_t n)
{
    /* A sum of squares of floats cannot be too large for a double. */
    return isfinite(ch_kernel_get()->sum_squares(n, x));
}

/* The first parameter, in forward order, that has a value that is not finite,
 * or NULL. */
static const char *bad_tensor(const struct ch_replica *r, const float *x)
{
    const struct ch_decoder *d = &r->model.decoder;

    for (size_t i = 0; i < d->param_count; i++)
        if (!is_finite(x + d->param[i].offset, d->param[i].count))
            return d->param[i].name;
    return NULL;
}

/* ", images A, B and more, whose features are not finite": those of the lane
 * whose loss, alone, is not. */
struct blame {
    char text[256];
    size_t found;
    bool is_feature;           /* a feature of one of them is not finite */
};

static int add_image(struct ch_replica *r, const struct ch_example *x,
                     struct blame *b, struct ch_err *e)
{
    const struct ch_batch_rows *rows = &r->desk[0].rows;
    struct ch_caption_record *record = rows->record;
    size_t at = strlen(b->text);
    int rc = ch_set_captions(r->train, x->record, record, e);

    if (!is_finite(rows->feature, (rows->L ? rows->L : 1) * rows->F))
        b->is_feature = true;
    if (rc || ++b->found > NAMES_MOST)
        return rc;
    snprintf(b->text + at, sizeof b->text - at, "%s%.*s",
             b->found == 1 ? "" : ", ",
             (int)(record->key_bytes < 60 ? record->key_bytes : 60),
             record->key);
    return 0;
}

static int blame_images(struct ch_replica *r, size_t lane, struct blame *b,
                        struct ch_err *e)
{
    const struct ch_lane *l = &r->train_lanes.lane[lane];
    size_t first, count = ch_lanes_at(&r->train_lanes, lane,
                                      (size_t)r->schedule.epoch_step, &first);
    int rc = 0;

    memset(b, 0, sizeof *b);
    for (size_t i = first; i < first + count && !rc; i++) {
        double loss;

        rc = ch_learn_part(r, lane, i, 1, &loss, e);
        if (!rc && !isfinite(loss))
            rc = add_image(r, &l->example[l->order[i]], b, e);
    }
    return rc;
}

/* The sentence of a lane, told by the rank that has it. */
static int tell_lane(struct ch_replica *r, size_t lane, const char *what,
                     struct ch_err *e)
{
    const struct ch_schedule *s = &r->schedule;
    const char *weights = bad_tensor(r, r->model.params);
    const char *first = bad_tensor(r, r->reduce.grad[lane]);
    struct blame b;
    int rc = blame_images(r, lane, &b, e);

    if (rc)
        return rc;
    return ch_fail(e, CH_EFORMAT, "the %s of lane %zu is not finite in epoch "
                   "%llu, step %llu%s%s%s%s%s%s; nothing was saved since, %s",
                   what, lane, (unsigned long long)s->epoch + 1,
                   (unsigned long long)s->step + 1,
                   weights ? "; weights that are not: "
                           : first ? "; it shows first in the gradient of "
                                   : "",
                   weights ? weights : first ? first : "",
                   b.found ? "; images " : "", b.text,
                   b.found > NAMES_MOST ? " and more" : "",
                   b.is_feature ? ", with features that are not finite" : "",
                   b.is_feature ? "encode the shards again"
                                : "begin another run with a lower --rate");
}

/* Its gradient, added to nothing. */
static int learn_alone(struct ch_replica *r, size_t lane, struct ch_err *e)
{
    struct ch_learn_task task = { .lane = lane, .is_alone = true };
    struct ch_replica_report report;

    return ch_learn_lane(r, &task, &report, e);
}

int ch_guard_losses(struct ch_replica *r,
                    const struct ch_replica_report *report, struct ch_err *e)
{
    size_t lane = 0;
    int rc = 0;

    while (lane < r->o.lanes && isfinite(report[lane].loss))
        lane++;
    if (lane == r->o.lanes)
        return 0;
    if (lane >= r->reduce.first_lane && lane < r->reduce.end_lane) {
        rc = learn_alone(r, lane, e);
        if (!rc) rc = tell_lane(r, lane, "loss", e);
    }
    rc = ch_comm_agree(r->comm, rc, e);
    r->is_nan = rc == CH_EFORMAT;
    return rc;
}

/* Lanes have been added up: own ones are computed again, and looked at. */
static int find_lane(struct ch_replica *r, struct ch_err *e)
{
    for (size_t l = r->reduce.first_lane; l < r->reduce.end_lane; l++) {
        int rc = learn_alone(r, l, e);

        if (rc)
            return rc;
        if (bad_tensor(r, r->reduce.grad[l]))
            return tell_lane(r, l, "gradient", e);
    }
    return 0;
}

int ch_guard_gradient(struct ch_replica *r, struct ch_err *e)
{
    const struct ch_schedule *s = &r->schedule;
    int rc;

    if (isfinite(r->reduce.square_sum))
        return 0;
    /* Nobody may still be adding the lanes that are computed again. */
    rc = ch_comm_barrier(r->comm, e);
    if (!rc) rc = ch_comm_agree(r->comm, find_lane(r, e), e);
    if (!rc)
        rc = ch_fail(e, CH_EFORMAT, "the gradient is not finite in epoch "
                     "%llu, step %llu, though every lane's is; nothing was "
                     "saved since, begin another run with a lower --rate",
                     (unsigned long long)s->epoch + 1,
                     (unsigned long long)s->step + 1);
    r->is_nan = rc == CH_EFORMAT;
    return rc;
}

int ch_guard_weights(struct ch_replica *r, struct ch_err *e)
{
    const struct ch_reduce *d = &r->reduce;
    const char *name[CH_UPDATE_BLOCKS], *bad = NULL;
    size_t n = d->end - d->first;
    int rc = 0;

    ch_update_blocks(&r->o, name);
    for (size_t i = 0; i < r->update.block_count; i++)
        if (!is_finite(r->update.block[i], n))
            bad = name[i];
    if (!is_finite(d->params + d->first, n)) {
        bad = bad_tensor(r, d->params);
        bad = bad ? bad : "the weights";
    }
    if (bad)
        rc = ch_fail(e, CH_EFORMAT, "%s: values are not finite after step "
                     "%llu; nothing was saved since, begin another run with a "
                     "lower --rate", bad,
                     (unsigned long long)r->schedule.step);
    rc = ch_comm_agree(r->comm, rc, e);
    r->is_nan = rc == CH_EFORMAT;
    return rc;
}
