/* reduce_near.h - what the ranks of a host add up before anything is sent
 *
 * Parts that the tree adds to one another, and that all lie on one host, become
 * one there: the network carries a gradient for each host, not for each thread;
 * a few, where a host's lanes are no whole part of the tree.  The order of the
 * sums is the tree's all the same.
 */
#ifndef CH_TRAIN_REDUCE_NEAR_H
#define CH_TRAIN_REDUCE_NEAR_H

#include "train/reduce.h"

/* Of r->tree, r->merge and r->host: r->near, what is left in r->merge, and
 * which parts are not sent. */
void ch_reduce_near_plan(struct ch_reduce *r);
/* Collective.  Own lanes are there: their host's parts are added up, by all of
 * its ranks and their crews. */
int ch_reduce_near_add(struct ch_reduce *r, struct ch_err *e);

#endif
