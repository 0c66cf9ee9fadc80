/* assign.h - new raters, their tokens, and what each of them sees */
#ifndef CH_RATE_ASSIGN_H
#define CH_RATE_ASSIGN_H

#include "rate/study.h"

/* `count` raters more, named rater-N, with tasks by rate/order.h.  Inside a
 * transaction. */
int ch_assign_raters(struct ch_study *s, uint32_t count, struct ch_err *e);

#endif
