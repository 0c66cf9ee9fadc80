/* validate.c - the loss on captions that are not learnt from */
#include "train/validate.h"

#include <math.h>

/* One lane, all its steps; the report holds the sum. */
static int add_lane(struct ch_replica *r, size_t lane,
                    struct ch_replica_report *report, struct ch_err *e)
{
    size_t steps = ch_lanes_steps(&r->val_lanes);
    struct ch_batch batch;
    int rc = 0;

    *report = (struct ch_replica_report) { 0 };
    for (size_t s = 0; s < steps && !rc; s++) {
        struct ch_replica_part part;

        part.count = ch_lanes_at(&r->val_lanes, lane, s, &part.first);
        rc = ch_replica_load(r, r->val, &r->val_lanes, lane, part, &batch, e);
        if (rc)
            break;
        report->loss += ch_decoder_loss(&r->model.decoder, r->model.params,
                                        &batch, NULL, NULL, &r->arena);
        report->words += batch.N;
    }
    report->rc = rc;
    return rc;
}

int ch_validate_loss(struct ch_replica *r, double *loss, struct ch_err *e)
{
    struct ch_replica_report report[CH_LANES_MAX], total;
    int rc = 0;

    for (size_t l = r->reduce.first_lane; l < r->reduce.end_lane; l++) {
        report[l] = (struct ch_replica_report) { .rc = rc };
        if (!rc)
            rc = add_lane(r, l, &report[l], e);
    }
    rc = ch_replica_gather(r, report, &total, e);
    if (rc)
        return rc;
    *loss = total.loss / (double)total.words;
    r->is_nan = !isfinite(*loss);
    if (!r->is_nan)
        return 0;
    return ch_fail(e, CH_EFORMAT, "the validation loss after epoch %llu is "
                   "not finite; begin another run with a lower --rate",
                   (unsigned long long)r->schedule.epoch + 1);
}
