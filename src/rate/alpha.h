/* alpha.h - Krippendorff's alpha: do many raters agree?
 *
 * Any number of raters, each of whom may leave units out.  Source:
 * Krippendorff, "Computing Krippendorff's alpha-reliability", 2011; the
 * difference of ordinal values is the one given there.
 */
#ifndef CH_RATE_ALPHA_H
#define CH_RATE_ALPHA_H

#include <stddef.h>
#include <stdint.h>

/* Values are 1 to this. */
#define CH_ALPHA_VALUES 16

enum ch_alpha_level { CH_ALPHA_NOMINAL, CH_ALPHA_ORDINAL, CH_ALPHA_INTERVAL };

/* One value of one unit; who gave it does not matter. */
struct ch_alpha_value {
    uint32_t unit;
    uint32_t value;        /* 1..CH_ALPHA_VALUES */
};

/* The values of a unit stand in a row.  1 for perfect agreement, 0 for chance;
 * NaN when no unit has two values, or all values are the same. */
double ch_alpha_of(const struct ch_alpha_value *v, size_t n,
                   enum ch_alpha_level level);

#endif
