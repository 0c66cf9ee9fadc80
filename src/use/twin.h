/* twin.h - groups of photos that look almost the same
 *
 * Every photo is compared with every other one, by the distance of near.h.  A
 * sketch of a quarter of the features (sketch.h) is compared for all pairs; it
 * tells a bound that few pairs pass, and those alone are compared in full.  The
 * bound is never wrong: no pair is missed.
 */
#ifndef CH_USE_TWIN_H
#define CH_USE_TWIN_H

#include "use/index.h"

/* A photo of a group, and its distance to the nearest other one. */
struct ch_twin {
    int64_t id;
    size_t group;             /* from 0, by the smallest id in it */
    float distance;
};

/* Photos that have another within `distance`; who is near one of a group
 * belongs to it.  Sorted by group, then id.  threads: 0: one for each core; the
 * result does not depend on them.  *out is freed with free(). */
int ch_twin_find(struct ch_index *x, double distance, size_t threads,
                 struct ch_twin **out, size_t *count, struct ch_err *e);

#endif
