/* straggler.c - which rank the others wait for */
#include "train/straggler.h"

#include <stdio.h>
#include <stdlib.h>

#include "chorus/log.h"
#include "train/trainlog.h"

/* What a rank tells. */
struct share {
    double load_s, compute_s, wait_s;
    double busy_s;             /* all but waiting */
    char host[64];
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* s [n] is sorted. */
static struct ch_straggler_range range_of(double *s, size_t n)
{
    qsort(s, n, sizeof *s, ascending);
    return (struct ch_straggler_range) {
        s[0], (s[(n - 1) / 2] + s[n / 2]) / 2, s[n - 1]
    };
}

static void find(const struct share *all, size_t n, double *s,
                 struct ch_straggler *out)
{
    size_t slowest = 0;

    for (size_t q = 0; q < n; q++)
        s[q] = all[q].load_s;
    out->load = range_of(s, n);
    for (size_t q = 0; q < n; q++)
        s[q] = all[q].compute_s;
    out->compute = range_of(s, n);
    for (size_t q = 0; q < n; q++)
        s[q] = all[q].wait_s;
    out->wait = range_of(s, n);
    for (size_t q = 1; q < n; q++)
        if (all[q].busy_s > all[slowest].busy_s)
            slowest = q;
    out->rank = (int)slowest;
    snprintf(out->host, sizeof out->host, "%s", all[slowest].host);
}

int ch_straggler_find(struct ch_comm *comm, const struct ch_phases *mine,
                      struct ch_straggler *out, struct ch_err *e)
{
    size_t n = (size_t)ch_comm_size(comm);
    struct share own = { .load_s = mine->s[CH_PHASE_LOAD],
                         .compute_s = ch_phases_compute(mine),
                         .wait_s = mine->s[CH_PHASE_WAIT] };
    struct share *all = calloc(n, sizeof *all);
    double *s = calloc(n, sizeof *s);
    int rc = all && s ? 0
             : ch_fail(e, CH_ENOMEM, "cannot hold the times of %zu ranks", n);

    own.busy_s = ch_phases_total(mine) - own.wait_s;
    snprintf(own.host, sizeof own.host, "%s", ch_comm_host(comm));
    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = ch_comm_gather_each(comm, &own, all, sizeof own, e);
    if (!rc)
        find(all, n, s, out);
    free(all);
    free(s);
    return rc;
}

static void put_range(char *out, size_t size, const char *what,
                      const struct ch_straggler_range *r)
{
    snprintf(out, size, "%s %.1f, %.1f, %.1f s", what, r->min, r->median,
             r->max);
}

int ch_straggler_tell(struct ch_comm *comm, const struct ch_phases *mine,
                      struct ch_trainlog *log, const struct ch_schedule *s,
                      struct ch_err *e)
{
    char load[64], compute[64], wait[64];
    struct ch_straggler found;
    int rc = ch_straggler_find(comm, mine, &found, e);

    if (rc)
        return rc;
    put_range(load, sizeof load, "load", &found.load);
    put_range(compute, sizeof compute, "compute", &found.compute);
    put_range(wait, sizeof wait, "wait", &found.wait);
    if (log && ch_comm_size(comm) > 1)
        ch_log(CH_LOG_INFO, "least, median and most of the ranks: %s; %s; %s; "
               "slowest: rank %d on host %s", load, compute, wait, found.rank,
               found.host);
    if (log)
        rc = ch_trainlog_ranks(log, s->epoch + 1, s->step, &found, e);
    return ch_comm_agree(comm, rc, e);
}
