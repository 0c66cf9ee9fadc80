/* feature.h - photos become features, several at a time, in order
 *
 * Some threads decode and resize while others run the network, so that the
 * network never waits for a photo.  Results come out in the order in which
 * photos were put in, and do not depend on the number of threads.
 *
 * Life:     open -> put and take ... -> close
 * Owner:    a result's values belong to the handle; valid until the next put.
 * Threads:  one thread puts and takes.
 * Memory:   4 photos a thread, with their views and features, at most.
 */
#ifndef CH_DATA_FEATURE_H
#define CH_DATA_FEATURE_H

#include "data/encoder.h"
#include "data/record.h"

struct ch_feature_options {
    const struct ch_encoder_spec *spec;
    const char *precision;     /* "f32" or "bf16", for ch_encoder_open() */
    size_t threads;            /* running the network; 0: all cores */
    bool grid;                 /* wanted, where the encoder has one */
    uint64_t max_pixels;
    bool as_asked;             /* CH_EUSAGE if the precision is not to be had */
};

struct ch_feature_result {
    int rc;                    /* of this photo; err says what is wrong */
    struct ch_err err;
    const float *pooled;       /* [F] */
    const float *grid;         /* [G][columns], or NULL */
};

struct ch_feature;
int ch_feature_open(struct ch_feature **out,
                    const struct ch_feature_options *o, struct ch_err *e);
/* Waits for the photos that are being worked on. */
void ch_feature_close(struct ch_feature *f);
const struct ch_encoder *ch_feature_encoder(const struct ch_feature *f);

/* How many photos may be put in before one is taken out; how many are in. */
size_t ch_feature_room(const struct ch_feature *f);
size_t ch_feature_count(const struct ch_feature *f);
/* box: the part of the photo, NULL or of width 0 for the whole.  Only when
 * there is room. */
void ch_feature_put(struct ch_feature *f, const char *path,
                    const struct ch_box *box);
/* Waits for the photo that was put in first.  Only when there is one. */
void ch_feature_take(struct ch_feature *f, struct ch_feature_result *out);

#endif
