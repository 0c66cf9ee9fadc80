/* kappa.h - weighted kappa: do two raters agree, beyond chance?
 *
 * Sources: Cohen, "Weighted kappa", Psychological Bulletin 1968; weights that
 * grow with the distance of two values: linear (Cicchetti and Allison 1971) or
 * quadratic (Fleiss and Cohen 1973).
 */
#ifndef CH_RATE_KAPPA_H
#define CH_RATE_KAPPA_H

#include <stddef.h>
#include <stdint.h>

enum ch_kappa_weight { CH_KAPPA_PLAIN, CH_KAPPA_LINEAR, CH_KAPPA_QUADRATIC };

/* table[a * values + b]: how often the first rater said a and the second b.
 * NaN when chance alone would make them agree always. */
double ch_kappa_of(const uint32_t *table, size_t values,
                   enum ch_kappa_weight weight);

#endif
