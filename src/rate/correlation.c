/* correlation.c - do two lists of numbers rise together? */
#include "rate/correlation.h"

#include <math.h>
#include <stdlib.h>

#include "score/kendall.h"

struct ranked {
    double value;
    size_t place;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *p = a, *q = b;

    return (p->value > q->value) - (p->value < q->value);
}

/* out[i] = the rank of x[i], from 1; equal values share the mean. */
static void rank(const double *x, size_t n, struct ranked *room, double *out)
{
    for (size_t i = 0; i < n; i++)
        room[i] = (struct ranked) { x[i], i };
    qsort(room, n, sizeof *room, by_value);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && room[end].value == room[i].value; end++)
            ;
        for (size_t k = i; k < end; k++)
            out[room[k].place] = (double)(i + 1 + end) / 2;
    }
}

static double pearson(const double *x, const double *y, size_t n)
{
    double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;

    for (size_t i = 0; i < n; i++) {
        mean_x += x[i] / (double)n;
        mean_y += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        yy += (y[i] - mean_y) * (y[i] - mean_y);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx) / sqrt(yy) : NAN;
}

int ch_correlation_of(const double *x, const double *y, size_t n,
                      struct ch_correlation *out, struct ch_err *e)
{
    struct ranked *room = calloc(n + 1, sizeof *room);
    double *ranks = calloc(2 * n + 1, sizeof *ranks);
    struct ch_kendall tau = { NAN, NAN };
    int rc = room && ranks ? 0 : ch_fail(e, CH_ENOMEM, "no memory to rank %zu "
                                         "values", n);

    if (!rc) rc = ch_kendall_tau(x, y, n, &tau, e);
    if (!rc) {
        rank(x, n, room, ranks);
        rank(y, n, room, ranks + n);
        *out = (struct ch_correlation) {
            .n = n, .pearson = pearson(x, y, n),
            .spearman = pearson(ranks, ranks + n, n), .kendall = tau.b,
        };
    }
    free(room);
    free(ranks);
    return rc;
}
