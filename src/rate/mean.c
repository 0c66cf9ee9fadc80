/* mean.c - means and shares, and how sure they are */
#include "rate/mean.h"

#include <math.h>

/* The continued fraction of the incomplete beta function (Abramowitz and
 * Stegun 26.5.8), by Lentz's method. */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1), f;

    d = 1 / (fabs(d) < tiny ? tiny : d);
    f = d;
    for (int m = 1; m < 10000; m++) {
        double twice = a + 2 * m;
        double even = m * (b - m) * x / ((twice - 1) * twice);
        double odd = -(a + m) * (a + b + m) * x / (twice * (twice + 1));
        double change = 1;

        for (int half = 0; half < 2; half++) {
            double term = half ? odd : even;

            d = 1 + term * d;
            c = 1 + term / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            change = c * d;
            f *= change;
        }
        if (fabs(change - 1) < 1e-16)
            break;
    }
    return f;
}

/* The regularised incomplete beta function I_x(a, b). */
static double beta_share(double a, double b, double x)
{
    double front;

    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) +
                b * log1p(-x));
    /* The fraction converges fast on one side of the mean. */
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double ch_mean_student(double level, double freedom)
{
    double low = 0, high = 1;

    if (!(level > 0 && level < 1 && freedom > 0))
        return NAN;
    /* P(|T| > t) = I_{freedom / (freedom + t t)}(freedom / 2, 1 / 2) */
    while (beta_share(freedom / 2, 0.5, freedom / (freedom + high * high)) >
           1 - level && high < 1e12)
        high *= 2;
    for (int i = 0; i < 200 && high - low > 1e-13 * high; i++) {
        double t = (low + high) / 2;

        if (beta_share(freedom / 2, 0.5, freedom / (freedom + t * t)) >
            1 - level)
            low = t;
        else
            high = t;
    }
    return (low + high) / 2;
}

struct ch_interval ch_mean_interval(double mean, double sd, size_t n,
                                    double level)
{
    double half = NAN;

    if (n > 1)
        half = ch_mean_student(level, (double)n - 1) * sd / sqrt((double)n);
    return (struct ch_interval) { mean - half, mean + half };
}

struct ch_mean ch_mean_of(const double *x, size_t n, double level)
{
    struct ch_mean m = { .n = n, .mean = NAN, .sd = NAN };
    double sum = 0, squares = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    if (n)
        m.mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - m.mean) * (x[i] - m.mean);
    if (n > 1)
        m.sd = sqrt(squares / ((double)n - 1));
    m.interval = ch_mean_interval(m.mean, m.sd, n, level);
    return m;
}

struct ch_interval ch_mean_share(double hits, double n, double level)
{
    /* With this many degrees of freedom Student's t is the normal's z to
     * nine digits. */
    double z = ch_mean_student(level, 1e9);
    double share = hits / n, weight = z * z / n;
    double middle = (share + weight / 2) / (1 + weight);
    double half = z / (1 + weight) *
                  sqrt(share * (1 - share) / n + weight / (4 * n));

    if (!(n > 0))
        return (struct ch_interval) { NAN, NAN };
    return (struct ch_interval) { fmax(middle - half, 0),
                                  fmin(middle + half, 1) };
}
