/* train_step.h - a step: load, compute lanes, reduce, update
 *
 * Memory:   nothing is allocated.
 */
#ifndef CH_TRAIN_TRAIN_STEP_H
#define CH_TRAIN_TRAIN_STEP_H

#include "train/trainer.h"

/* Spans that a step of so many lanes tells the trace. */
#define CH_TRAIN_SPANS(lanes) (4 * (lanes) + 4)

/* Collective.  The step that is next; t->wish becomes that of all ranks. */
int ch_train_step(struct ch_trainer *t, struct ch_err *e);

#endif
