/* best.h - the whole captions of a photo, the best first */
#ifndef CH_CAPTION_BEST_H
#define CH_CAPTION_BEST_H

#include "caption/hypothesis.h"
#include "chorus/decode.h"

struct ch_best {
    struct ch_hypothesis *at; /* room for `most` */
    size_t count, most;
};

/* What captions of count words are ranked by; <end> counts. */
double ch_best_score(const struct ch_decode_options *o, double logp,
                     size_t count);
/* Keep it, if it is among the best; equal ones in the order in which they
 * came.  is_set: not when it is there already. */
void ch_best_put(struct ch_best *b, const struct ch_hypothesis *h,
                 bool is_set);

#endif
