/* order.h - what a rater sees, and in which order
 *
 * A study has photos, and arms: the systems, or the pairs of systems.  A cell
 * is one arm of one photo.  Raters take runs of equal length from a ring of all
 * cells, so every cell is rated equally often, but for one.  A rater's cells
 * come in blocks that hold every arm once, in random order: at any moment a
 * rater has seen all arms equally often, but for one, and cannot tell what
 * comes next.  A photo comes back only after others.
 *
 * The order is a function of (seed, rater) and the sizes.
 */
#ifndef CH_RATE_ORDER_H
#define CH_RATE_ORDER_H

#include "chorus/err.h"

#include <stdbool.h>

enum ch_order_kind {
    CH_ORDER_USUAL,
    CH_ORDER_CHECK,            /* attention: a caption of another photo */
    CH_ORDER_REPEAT            /* shown a second time, sides changed */
};

struct ch_order_task {
    enum ch_order_kind kind;
    uint32_t photo, arm;       /* arm: of a check, none (0) */
    bool is_swapped;           /* of a pair: the second system comes first */
};

struct ch_order_setup {
    uint32_t photos, arms;     /* 1 or more */
    const bool *left_out;      /* [photos][arms] cells nobody sees; or NULL */
    uint32_t rater;            /* 0, 1, ... */
    uint32_t tasks;            /* usual ones for a rater; 0: all cells */
    double checks, repeats;    /* shares of the usual tasks, 0..1; checks are
                                  rounded up, repeats down */
    uint64_t seed;
};

/* *out is freed with free().  CH_EUSAGE when all cells are left out. */
int ch_order_make(const struct ch_order_setup *s, struct ch_order_task **out,
                  size_t *count, struct ch_err *e);

#endif
