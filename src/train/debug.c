/* debug.c - what a debug run tells of its steps */
#include "train/debug.h"

#include <math.h>

#include "base/hash.h"
#include "chorus/log.h"
#include "kernel/kernel.h"

uint64_t ch_debug_hash(const struct ch_decoder *d, const float *x)
{
    uint64_t hash[CH_PARAMS_MOST];

    for (size_t i = 0; i < d->param_count; i++)
        hash[i] = ch_hash(x + d->param[i].offset,
                          d->param[i].count * sizeof *x);
    return ch_hash(hash, d->param_count * sizeof *hash);
}

double ch_debug_norm(const struct ch_param_info *tensor, const float *x)
{
    return sqrt(ch_kernel_get()->sum_squares(tensor->count,
                                             x + tensor->offset));
}

void ch_debug_lane(const struct ch_replica *r, size_t lane,
                   const struct ch_replica_report *report)
{
    ch_log(CH_LOG_DEBUG, "step %llu, lane %zu: loss %.9g of %llu words, "
           "gradient %016llx", (unsigned long long)r->schedule.step + 1, lane,
           report->loss, (unsigned long long)report->words,
           (unsigned long long)ch_debug_hash(&r->model.decoder,
                                             r->reduce.grad[lane]));
}

void ch_debug_lanes(const struct ch_replica *r,
                    const struct ch_replica_report *report)
{
    for (size_t l = r->reduce.first_lane; l < r->reduce.end_lane; l++)
        if (!report[l].rc)
            ch_debug_lane(r, l, &report[l]);
}

int ch_debug_gradient(struct ch_replica *r, uint64_t words, struct ch_err *e)
{
    const struct ch_decoder *d = &r->model.decoder;
    const float *sum = r->debug_sum;
    int rc = 0;

    if (ch_comm_size(r->comm) == 1)
        sum = r->reduce.sum;
    else
        rc = ch_reduce_collect(&r->reduce, r->reduce.sum, r->debug_sum, e);
    for (size_t i = 0; i < d->param_count && !rc; i++)
        if (ch_comm_rank(r->comm) == 0)
            ch_log(CH_LOG_DEBUG, "step %llu, gradient of %s: norm %.6g",
                   (unsigned long long)r->schedule.step + 1, d->param[i].name,
                   ch_debug_norm(&d->param[i], sum) / (double)words);
    return rc;
}

void ch_debug_weights(const struct ch_replica *r)
{
    ch_log(CH_LOG_DEBUG, "step %llu is done: weights %016llx",
           (unsigned long long)r->schedule.step,
           (unsigned long long)ch_debug_hash(&r->model.decoder,
                                             r->reduce.params));
}
