/* nonfinite.h - where in a pass the first value lies that is not finite
 *
 * For debug runs: after each part of a pass, what its layers gave is looked at,
 * in the order in which it was computed.  Of layers that wait for one another
 * from step to step, the earliest step counts.
 */
#ifndef CH_NET_NONFINITE_H
#define CH_NET_NONFINITE_H

#include "net/pass.h"

struct ch_nonfinite {
    char layer[80];             /* empty: all are */
    size_t caption;             /* of the batch, when an activation is not */
    size_t word;                /* of it, from 1; 0: of its image */
};

/* Fills p->batch->nonfinite, unless it has found something already. */
void ch_nonfinite_forward(const struct ch_pass *p);
/* The gradient that the output layer gave. */
void ch_nonfinite_output(const struct ch_pass *p);
/* The gradients of the parameters, from the last to the first. */
void ch_nonfinite_backward(const struct ch_pass *p);

#endif
