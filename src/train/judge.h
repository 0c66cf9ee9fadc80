/* judge.h - the validation set captioned, and the captions scored
 *
 * Every rank captions the images of its own validation lanes, greedily; rank 0
 * scores all of them against what people wrote.  An image's caption does not
 * depend on those beside it, so nothing depends on the ranks.
 *
 * Life:     open -> score ... -> close
 * Ranks:    open and score are collective.
 */
#ifndef CH_TRAIN_JUDGE_H
#define CH_TRAIN_JUDGE_H

#include "train/replica.h"

struct ch_judge;

/* NULL where the run selects by the loss: nothing is captioned. */
int ch_judge_open(struct ch_judge **out, struct ch_replica *r,
                  struct ch_err *e);
void ch_judge_close(struct ch_judge *j);

struct ch_judge_score {
    double cider_d, bleu_4;
};
/* Of the weights as they are now. */
int ch_judge_score(struct ch_judge *j, struct ch_judge_score *out,
                   struct ch_err *e);
/* What was said of an image then, on rank 0: how many words, and their ids; -1:
 * it is left out. */
const int32_t *ch_judge_caption(const struct ch_judge *j, size_t image);

#endif
