/* measure.c - mean and standard deviation of every feature */
#include "train/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/reduce.h"

/* Below it a feature counts as one that never varies. */
#define STD_FLOOR 1e-6

struct measure {
    struct ch_comm *comm;
    struct ch_set *set;
    const struct ch_lanes *lanes;
    struct ch_pulse *pulse;
    size_t F, L;               /* L: places of a grid; 0: pooled features */
    float *value;              /* [F] of one image, or [L][F] */
    double *sum;               /* [L][F] */
    double *mean;              /* [F] */
};

static size_t rows_of(const struct measure *m)
{
    return m->L ? m->L : 1;
}

static void add_row(const struct measure *m, const float *value, int power,
                    double *sum)
{
    for (size_t f = 0; f < m->F; f++) {
        double x = (double)value[f] - m->mean[f];

        sum[f] += power == 1 ? x : x * x;
    }
}

/* Sum of (value - mean)^power over a lane's images, power 1 or 2. */
static int add_lane(struct measure *m, size_t lane, int power,
                    struct ch_err *e)
{
    const struct ch_lane *at = &m->lanes->lane[lane];
    double *sum = m->sum + lane * m->F;
    int rc = 0;

    memset(sum, 0, m->F * sizeof *sum);
    for (size_t i = 0; i < at->record_count && !rc; i++) {
        if (ch_lanes_is_bad(m->lanes, lane, at->first_record + i))
            continue;
        rc = (m->L ? ch_set_grid : ch_set_feature)(
            m->set, at->first_record + i, m->value, e);
        for (size_t l = 0; l < rows_of(m) && !rc; l++)
            add_row(m, m->value + l * m->F, power, sum);
        if (m->pulse)
            ch_pulse_count(m->pulse);
    }
    return rc;
}

/* total[f] = the sum over all lanes, divided by the number of rows. */
static int average(struct measure *m, int power, double *total,
                   struct ch_err *e)
{
    size_t L = m->lanes->count;
    size_t n = (ch_set_count(m->set) - ch_lanes_bad(m->lanes)) * rows_of(m);
    int rank = ch_comm_rank(m->comm), size = ch_comm_size(m->comm), rc = 0;
    size_t end = ch_lanes_first(L, rank + 1, size);

    for (size_t l = ch_lanes_first(L, rank, size); l < end && !rc; l++)
        rc = add_lane(m, l, power, e);
    rc = ch_comm_agree(m->comm, rc, e);
    if (!rc) rc = ch_reduce_lanes(m->comm, L, m->F * sizeof *m->sum, m->sum,
                                  e);
    memset(total, 0, m->F * sizeof *total);
    for (size_t l = 0; l < L && !rc; l++)
        for (size_t f = 0; f < m->F; f++)
            total[f] += m->sum[l * m->F + f];
    for (size_t f = 0; f < m->F && !rc; f++)
        total[f] /= (double)n;
    return rc;
}

/* A feature that is not a number would spoil every weight it meets. */
static int check_finite(const struct measure *m, const double *variance,
                        struct ch_err *e)
{
    for (size_t f = 0; f < m->F; f++)
        if (!isfinite(variance[f]))
            return ch_fail(e, CH_EFORMAT, "feature %zu is not finite in some "
                           "image; encode the shards again", f);
    return 0;
}

int ch_measure_features(struct ch_comm *comm,
                        const struct ch_measure_what *what, float *mean,
                        float *std, struct ch_err *e)
{
    const struct ch_lanes *lanes = what->lanes;
    size_t F = (what->is_grid ? ch_set_grid_columns : ch_set_feature_count)(
        what->set);
    struct measure m = {
        .comm = comm, .set = what->set, .lanes = lanes, .F = F,
        .pulse = what->pulse,
        .L = what->is_grid ? ch_set_grid_rows(what->set) : 0
    };
    double *variance = calloc(F, sizeof *variance), *first;
    int rc = 0;

    m.value = calloc(rows_of(&m) * F, sizeof *m.value);
    m.sum = calloc(lanes->count * F, sizeof *m.sum);
    m.mean = calloc(F, sizeof *m.mean);
    first = calloc(F, sizeof *first);
    if (!variance || !m.value || !m.sum || !m.mean || !first)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the sums of %zu features", F);
    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = average(&m, 1, first, e);
    if (!rc) memcpy(m.mean, first, F * sizeof *first);
    if (!rc) rc = average(&m, 2, variance, e);
    if (!rc) rc = check_finite(&m, variance, e);
    for (size_t f = 0; f < F && !rc; f++) {
        double s = sqrt(variance[f]);

        mean[f] = (float)m.mean[f];
        std[f] = s < STD_FLOOR ? 1.0f : (float)s;
    }
    free(variance);
    free(m.value);
    free(m.sum);
    free(m.mean);
    free(first);
    return rc;
}
