/* train_epoch.h - an epoch: its steps, validation, checkpoints */
#ifndef CH_TRAIN_TRAIN_EPOCH_H
#define CH_TRAIN_TRAIN_EPOCH_H

#include "train/trainer.h"

/* Collective.  From where the run is to the end of the epoch, or to where the
 * run stops before it; saved. */
int ch_train_epoch(struct ch_trainer *t, struct ch_err *e);

#endif
