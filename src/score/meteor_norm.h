/* meteor_norm.h - METEOR's normaliser (-norm, English)
 *
 * Splits punctuation off words and makes lower case.  What comes in is split
 * already, and gets split further: "dog 's" becomes dog, ', s.
 *
 * Threads:  one handle per thread.
 */
#ifndef CH_SCORE_METEOR_NORM_H
#define CH_SCORE_METEOR_NORM_H

#include "base/bytes.h"
#include "score/meteor_data.h"

struct ch_meteor_norm;
/* The words of `d` that keep their full stop are asked for; d is borrowed. */
int ch_meteor_norm_open(struct ch_meteor_norm **out,
                        const struct ch_meteor_data *d, struct ch_err *e);
void ch_meteor_norm_close(struct ch_meteor_norm *m);
/* Append the words of a text of n bytes, with one space between.  A byte that
 * is not UTF-8 counts as U+FFFD. */
int ch_meteor_norm_text(struct ch_meteor_norm *m, const char *text, size_t n,
                        struct ch_buffer *out, struct ch_err *e);

#endif
