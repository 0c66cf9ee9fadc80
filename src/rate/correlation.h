/* correlation.h - do two lists of numbers rise together? */
#ifndef CH_RATE_CORRELATION_H
#define CH_RATE_CORRELATION_H

#include "chorus/err.h"

/* Each NaN where x or y do not vary, or n < 2. */
struct ch_correlation {
    size_t n;
    double pearson;        /* of the values */
    double spearman;       /* of their ranks; ties share the mean rank */
    double kendall;        /* tau-b */
};
int ch_correlation_of(const double *x, const double *y, size_t n,
                      struct ch_correlation *out, struct ch_err *e);

#endif
