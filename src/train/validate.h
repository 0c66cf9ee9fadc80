/* validate.h - the loss on captions that are not learnt from
 *
 * By the same lanes as training, in the order of the shards, without dropout:
 * every caption once, shared by all ranks, summed over lanes in lane order.
 */
#ifndef CH_TRAIN_VALIDATE_H
#define CH_TRAIN_VALIDATE_H

#include "train/replica.h"

/* Collective.  *loss: nats per word of the validation set. */
int ch_validate_loss(struct ch_replica *r, double *loss, struct ch_err *e);

#endif
