/* sketch.h - a part of photos' features as small whole numbers
 *
 * Of the features, which have length 1, those that differ most among the photos
 * are taken, and rounded to 0 to 63 of one step.  A squared distance is a sum
 * over features, so over some of them it is never larger than over all; and
 * what rounding moved a photo by is known.  So who is within a distance by all
 * features reaches the other one by the sketch, too.
 */
#ifndef CH_USE_SKETCH_H
#define CH_USE_SKETCH_H

#include "chorus/err.h"
#include "kernel/coarse.h"

/* Rows of F features of length 1. */
struct ch_sketch_rows {
    size_t F, count;
    void (*read)(const void *context, size_t i, float *row);
    const void *context;
};

struct ch_sketch {
    size_t K;                 /* numbers of a row, those that fill it up too */
    unsigned char *at;        /* panels, filled up by rows that are near none */
    float *square, *reach;
};

/* distance: 1 - cosine, at most.  Release whatever comes. */
int ch_sketch_make(struct ch_sketch *s, const struct ch_sketch_rows *r,
                   double distance, struct ch_err *e);
void ch_sketch_release(struct ch_sketch *s);   /* zeroed is fine */

/* The panels from a row on, a multiple of CH_COARSE. */
struct ch_coarse ch_sketch_from(const struct ch_sketch *s, size_t row);

#endif
