/* measure.h - mean and standard deviation of every feature
 *
 * Over the training images, each once; summed in double inside a lane, then
 * over lanes in lane order.  A feature that never varies gets the standard
 * deviation 1.
 */
#ifndef CH_TRAIN_MEASURE_H
#define CH_TRAIN_MEASURE_H

#include "chorus/comm.h"
#include "data/lanes.h"
#include "train/pulse.h"

struct ch_measure_what {
    struct ch_set *set;
    const struct ch_lanes *lanes;
    bool is_grid;              /* over all places of the images' grids */
    struct ch_pulse *pulse;    /* counts images; NULL: none */
};
/* Collective.  mean, std: one for each feature, of a grid each column. */
int ch_measure_features(struct ch_comm *comm,
                        const struct ch_measure_what *what, float *mean,
                        float *std, struct ch_err *e);

#endif
