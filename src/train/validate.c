/* validate.c - the loss on captions that are not learnt from */
#include "train/validate.h"

#include <math.h>

struct validation {
    struct ch_replica *r;
    struct ch_replica_report report[CH_LANES_MAX];
};

/* One lane, all its steps; the report holds the sum. */
static int add_lane(void *context, size_t lane, size_t member,
                    struct ch_err *e)
{
    struct validation *v = context;
    struct ch_replica *r = v->r;
    struct ch_replica_report *report = &v->report[lane];
    size_t steps = ch_lanes_steps(&r->val_lanes);
    struct ch_batch batch;
    int rc = 0;

    for (size_t s = 0; s < steps && !rc; s++) {
        struct ch_replica_part part = { .desk = member };

        part.count = ch_lanes_at(&r->val_lanes, lane, s, &part.first);
        rc = ch_replica_load(r, r->val, &r->val_lanes, lane, part, &batch, e);
        if (rc)
            break;
        report->loss += ch_decoder_loss(&r->model.decoder, r->model.params,
                                        &batch, NULL, NULL,
                                        &r->desk[member].arena);
        report->words += batch.N;
    }
    ch_pulse_rest(r->pulse, member);
    report->rc = rc;
    return rc;
}

int ch_validate_loss(struct ch_replica *r, double *loss, struct ch_err *e)
{
    struct validation v = { .r = r };
    struct ch_replica_report total;
    int rc;

    ch_pulse_phase(r->pulse, CH_PULSE_VALIDATE);
    (void)ch_crew_run(r->crew, add_lane, &v, e);   /* its reports say it */
    rc = ch_replica_gather(r, v.report, &total, e);
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
