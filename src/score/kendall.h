/* kendall.h - Kendall's rank correlation in O(n log n) */
#ifndef CH_SCORE_KENDALL_H
#define CH_SCORE_KENDALL_H

#include "chorus/err.h"

/* b corrects for ties (Kendall 1945); c for tables that are not square, as
 * ratings of few steps are (Stuart 1953).  NaN where all of x or of y are
 * equal, or n < 2. */
struct ch_kendall {
    double b, c;
};
int ch_kendall_tau(const double *x, const double *y, size_t n,
                   struct ch_kendall *out, struct ch_err *e);

#endif
