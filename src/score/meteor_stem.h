/* meteor_stem.h - the stem of an English word (the door of libstemmer)
 *
 * Snowball's English stemmer ("Porter 2").
 *
 * Threads:  one handle per thread.
 */
#ifndef CH_SCORE_METEOR_STEM_H
#define CH_SCORE_METEOR_STEM_H

#include "chorus/err.h"

struct ch_meteor_stem;
int ch_meteor_stem_open(struct ch_meteor_stem **out, struct ch_err *e);
void ch_meteor_stem_close(struct ch_meteor_stem *s);
/* *stem is valid until the next call. */
int ch_meteor_stem_word(struct ch_meteor_stem *s, const char *word, size_t n,
                        const char **stem, size_t *stem_bytes,
                        struct ch_err *e);

#endif
