/* mean.h - means and shares, and how sure they are
 *
 * Sources: Student, "The probable error of a mean", Biometrika 1908; Wilson,
 * "Probable inference, the law of succession, and statistical inference", JASA
 * 1927.
 */
#ifndef CH_RATE_MEAN_H
#define CH_RATE_MEAN_H

#include "chorus/significance.h"

/* Of n independent values; NaN where it cannot be known (no values; a
 * deviation or an interval of one). */
struct ch_mean {
    size_t n;
    double mean, sd;               /* sd by n - 1 */
    struct ch_interval interval;   /* of the mean */
};

/* level: of the interval, 0.95. */
struct ch_mean ch_mean_of(const double *x, size_t n, double level);

/* The interval of a mean of n values with this deviation, by Student's t. */
struct ch_interval ch_mean_interval(double mean, double sd, size_t n,
                                    double level);

/* Wilson's score interval of a share of `hits` in n; NaN when n is 0. */
struct ch_interval ch_mean_share(double hits, double n, double level);

/* The t with P(-t <= T <= t) = level, of Student's distribution. */
double ch_mean_student(double level, double freedom);

#endif
