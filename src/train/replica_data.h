/* replica_data.h - what a rank knows of the data it trains on
 *
 * Parts of ch_replica_open(), in this order.
 */
#ifndef CH_TRAIN_REPLICA_DATA_H
#define CH_TRAIN_REPLICA_DATA_H

#include "train/replica.h"

/* Both sets, encoded by one encoder. */
int ch_replica_data_sets(struct ch_replica *r, struct ch_err *e);
/* A model of the shape that settings and features ask for; its parameters are
 * not here. */
int ch_replica_data_model(struct ch_replica *r, struct ch_err *e);
/* Collective.  Both sets cut into lanes.  *longest: of all captions, in words
 * to predict. */
int ch_replica_data_lanes(struct ch_replica *r, size_t *longest,
                          struct ch_err *e);

#endif
