/* replica_check.h - weights and optimiser's state are what the last step left
 *
 * Memory and wires that change a bit now and then, without a word, spoil a
 * model for good: the owner of a slice sends its weights to all ranks.  So,
 * every --check-every steps, each rank hashes its slice as its step left it (a
 * seal), and what it holds of all slices just before the next step changes them
 * and before a checkpoint is written.  All ranks compare all hashes: a rank
 * whose weights are not those of most ranks, or not what was sealed, is named,
 * and the run stops.  What changes outside of these windows is not seen.
 *
 * Where ranks share memory there is one copy of the weights, which is compared
 * with the seals alone; so is the optimiser's state, of which each rank has its
 * own part.
 */
#ifndef CH_TRAIN_REPLICA_CHECK_H
#define CH_TRAIN_REPLICA_CHECK_H

#include "train/replica.h"

/* After a step's weights were published: seals them, when that is due. */
void ch_replica_check_seal(struct ch_replica *r);
/* Collective, before the weights are changed: compares, if the step before was
 * sealed.  CH_EFORMAT, on all ranks alike, when something has changed. */
int ch_replica_check_step(struct ch_replica *r, struct ch_err *e);
/* Collective, before they are saved: compares, always. */
int ch_replica_check_save(struct ch_replica *r, struct ch_err *e);

#endif
