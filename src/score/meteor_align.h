/* meteor_align.h - the best way to match two captions
 *
 * METEOR's beam search, what is odd in it included (see meteor_align.c).
 *
 * Threads:  one struct per thread; it is used again for pair after pair.
 */
#ifndef CH_SCORE_METEOR_ALIGN_H
#define CH_SCORE_METEOR_ALIGN_H

#include "score/meteor_match.h"

struct ch_meteor_aligner;
int ch_meteor_align_open(struct ch_meteor_aligner **out, struct ch_err *e);
void ch_meteor_align_close(struct ch_meteor_aligner *a);

/* *match: those chosen, ascending by their word of the reference; no two cover
 * a word.  Valid until the next call. */
int ch_meteor_align_pair(struct ch_meteor_aligner *a,
                         const struct ch_meteor_book *b,
                         const struct ch_meteor_sentence *hyp,
                         const struct ch_meteor_sentence *ref,
                         const struct ch_meteor_match **match, size_t *count,
                         struct ch_err *e);

#endif
