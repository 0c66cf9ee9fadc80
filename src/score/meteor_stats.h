/* meteor_stats.h - METEOR's numbers of two captions whose words are matched */
#ifndef CH_SCORE_METEOR_STATS_H
#define CH_SCORE_METEOR_STATS_H

#include "score/meteor_match.h"

/* match[count] as ch_meteor_align_pair() gives it. */
void ch_meteor_stats_count(struct ch_meteor_stats *s,
                           const struct ch_meteor_book *b,
                           const struct ch_meteor_sentence *hyp,
                           const struct ch_meteor_sentence *ref,
                           const struct ch_meteor_match *match, size_t count);

#endif
