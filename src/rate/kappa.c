/* kappa.c - weighted kappa */
#include "rate/kappa.h"

#include <math.h>

/* How much it matters that one said a and the other b. */
static double weigh(size_t a, size_t b, enum ch_kappa_weight weight)
{
    double d = a > b ? (double)(a - b) : (double)(b - a);

    if (weight == CH_KAPPA_PLAIN)
        return d > 0;
    return weight == CH_KAPPA_LINEAR ? d : d * d;
}

double ch_kappa_of(const uint32_t *table, size_t values,
                   enum ch_kappa_weight weight)
{
    double observed = 0, expected = 0, all = 0;

    for (size_t a = 0; a < values; a++)
        for (size_t b = 0; b < values; b++) {
            double row = 0, column = 0, w = weigh(a, b, weight);

            for (size_t k = 0; k < values; k++) {
                row += table[a * values + k];
                column += table[k * values + b];
            }
            all += table[a * values + b];
            observed += w * table[a * values + b];
            expected += w * row * column;
        }
    return expected > 0 ? 1 - all * observed / expected : NAN;
}
