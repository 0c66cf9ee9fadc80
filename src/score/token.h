/* token.h - captions become words to compare
 *
 * The rule of base/text.h: lower case, punctuation removed.  It is not the
 * tokeniser of coco-caption, which splits "dog's" in two and keeps brackets:
 * scores differ in the third digit, so reports name the rule.
 */
#ifndef CH_SCORE_TOKEN_H
#define CH_SCORE_TOKEN_H

#include "chorus/score.h"

/* Items of the same order whose texts are tokenised; keys are borrowed. */
struct ch_tokens {
    struct ch_score_item *item;
    size_t count;
};
/* *t is released with ch_tokens_release() also after an error. */
int ch_tokens_read(struct ch_tokens *t, const struct ch_score_item *item,
                   size_t count, struct ch_err *e);
void ch_tokens_release(struct ch_tokens *t);

#endif
