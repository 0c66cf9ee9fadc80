/* near.h - how near photos are, by their features
 *
 * The distance of two photos is 1 - the cosine of their features.
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

/* The features of a photo: length 1.  out [F]. */
int ch_near_feature(struct ch_index *x, int64_t id, float *out,
                    struct ch_err *e);

/* The features of at most so many photos, as they lie in the file: f16, [F].
 * CH_EFORMAT for those of another size. */
typedef void (*ch_near_fn)(void *context, size_t i, int64_t id,
                           const void *half);
int ch_near_each(struct ch_index *x, size_t most, ch_near_fn take,
                 void *context, size_t *count, struct ch_err *e);

/* What twin.c asks, too: 1 / length of what was rounded to f16, which is not
 * quite 1, or 0 of nothing; 1 - cosine, never below 0; how many photos there
 * are. */
float ch_near_inverse(size_t F, const float *x);
float ch_near_distance(float cosine);
int ch_near_count(struct ch_index *x, size_t *count, struct ch_err *e);

#endif
