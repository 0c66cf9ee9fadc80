/* estimate.h - what encoding will take, from a sample
 *
 * The sample goes the way that chorus encode goes, with as many threads.
 */
#ifndef CH_DATA_ESTIMATE_H
#define CH_DATA_ESTIMATE_H

#include "data/record.h"

struct ch_estimate_options {
    const char *encoder;       /* JSON file */
    const char *precision;     /* "f32" or "bf16" */
    size_t threads;
    /* The i-th photo of the sample: 1; 0 when there are no more; negative. */
    int (*next)(void *context, size_t i, char *path, size_t size,
                struct ch_box *box, struct ch_err *e);
    void *context;
};

struct ch_estimate {
    char name[64];
    size_t feature_count, grid_rows, grid_columns;     /* no grid: 0 */
    size_t sampled;            /* photos that went through */
    double image_s;            /* seconds an image, all threads at work; 0: no
                                  photo of the sample could be used */
    uint64_t memory;           /* bytes: network, buffers, photos */
};

int ch_estimate_run(const struct ch_estimate_options *o,
                    struct ch_estimate *out, struct ch_err *e);

#endif
