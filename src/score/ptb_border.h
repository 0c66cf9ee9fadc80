/* ptb_border.h - where a token ends and what is ahead of it begins */
#ifndef CH_SCORE_PTB_BORDER_H
#define CH_SCORE_PTB_BORDER_H

#include "score/ptb_nfa.h"

/* Units of the token when `rule` takes exactly these n units, token and what
 * is ahead: the longest token that leaves something to be ahead. */
int ch_ptb_border_find(const struct ch_ptb_nfa *a, size_t rule,
                       const uint16_t *unit, size_t n, size_t *border,
                       struct ch_err *e);

#endif
