/* near.h - photos whose features are near one another
 *
 * The distance of two photos is 1 - the cosine of their features, by brute
 * force: `like` looks at each photo once, `pairs` at each pair.
 */
#ifndef CH_USE_NEAR_H
#define CH_USE_NEAR_H

#include "use/index.h"

struct ch_near {
    int64_t id;
    float distance;
};

/* All photos, the nearest first; photos of one distance by id.  feature [F]:
 * of any length.  *out is freed with free(). */
int ch_near_like(struct ch_index *x, const float *feature,
                 struct ch_near **out, size_t *count, struct ch_err *e);

/* A photo of a group, and its distance to the nearest other one. */
struct ch_near_member {
    int64_t id;
    size_t group;             /* from 0, by the smallest id in it */
    float distance;
};

/* Photos that have another within `distance`; who is near one of a group
 * belongs to it.  Sorted by group, then id.  The result does not depend on the
 * threads.  *out is freed with free(). */
int ch_near_groups(struct ch_index *x, double distance, size_t threads,
                   struct ch_near_member **out, size_t *count,
                   struct ch_err *e);

/* The features of a photo: length 1.  out [F]. */
int ch_near_feature(struct ch_index *x, int64_t id, float *out,
                    struct ch_err *e);

#endif
