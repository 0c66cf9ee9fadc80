/* utter.h - what the weights, as they are now, say of validation images
 *
 * Greedily.  An image's caption does not depend on those beside it, nor on the
 * rank that asks.
 */
#ifndef CH_TRAIN_UTTER_H
#define CH_TRAIN_UTTER_H

#include "train/replica.h"

/* Words of a caption, at most. */
size_t ch_utter_most(const struct ch_replica *r);
/* Features of an image. */
size_t ch_utter_floats(const struct ch_replica *r);

/* The features of one, as they are stored. */
int ch_utter_look(const struct ch_replica *r, size_t image, float *feature,
                  struct ch_err *e);
/* n images of the set; feature: room for them; id [n][most], length [n]. */
int ch_utter(const struct ch_replica *r, const size_t *image, size_t n,
             float *feature, int32_t *id, size_t *length, struct ch_err *e);

#endif
