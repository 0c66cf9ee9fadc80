/* frequency.h - document frequencies for CIDEr, kept in a file
 *
 * How many images' references have each n-gram, of how many images: made once
 * of a large set, it gives small sets and single images weights that mean
 * something.
 *
 * Format:   text, UTF-8.  "chorus-df 1<TAB>IMAGES<TAB>NGRAMS<TAB>RULE", then
 *           so many lines "COUNT<TAB>words", and "xxh3<TAB>HASH" of all bytes
 *           before it.
 */
#ifndef CH_SCORE_FREQUENCY_H
#define CH_SCORE_FREQUENCY_H

#include "score/ngram.h"

/* The counts of s->images are replaced by those of the file: 0 for what it
 * does not have.  *images: how many it was made of.  Another rule of tokens
 * than the file's is CH_EUSAGE. */
int ch_frequency_read(struct ch_ngram_set *s, enum ch_token_rule rule,
                      const char *path, uint64_t *images, struct ch_err *e);

/* The same of n bytes in memory, with a NUL behind them; path: for messages. */
int ch_frequency_parse(struct ch_ngram_set *s, enum ch_token_rule rule,
                       const char *bytes, size_t n, const char *path,
                       uint64_t *images, struct ch_err *e);

#endif
