/* search.h - the best caption a decoder can think of
 *
 * Greedy takes the likeliest word at each step; beam search keeps the K
 * likeliest beginnings.  <pad> and <start> are never said, <unk> only where
 * allowed.  A caption of max_words words is closed with <end>.  Equally likely:
 * the better beginning, then the lower id.  A photo's caption does not depend
 * on the photos searched beside it.
 */
#ifndef CH_CAPTION_SEARCH_H
#define CH_CAPTION_SEARCH_H

#include "net/decoder.h"

#include <stdbool.h>

#define CH_SEARCH_MAX_WORDS 100

struct ch_search_options {
    size_t beam;              /* K; 1: greedy */
    size_t max_words;         /* 1 to CH_SEARCH_MAX_WORDS */
    double length_power;      /* score = ln p / words^power, <end> counted */
    int32_t unk;              /* its id */
    bool allow_unk;
};

struct ch_sentence {
    int32_t id[CH_SEARCH_MAX_WORDS];    /* without <end> */
    size_t count;
    double logp;              /* of the words and <end> */
    double score;
};

/* feature [n][F], standardised; n sentences.  Fails for want of memory, or with
 * CH_EFORMAT when the decoder's probabilities are no numbers. */
int ch_greedy_run(const struct ch_decoder *d, const float *params,
                  const struct ch_search_options *o, const float *feature,
                  size_t n, struct ch_sentence *sentence, struct ch_err *e);
int ch_beam_run(const struct ch_decoder *d, const float *params,
                const struct ch_search_options *o, const float *feature,
                size_t n, struct ch_sentence *sentence, struct ch_err *e);

/* ln p / words^power, <end> counted as a word. */
double ch_search_score(const struct ch_search_options *o, double logp,
                       size_t count);
/* May this word follow `count` words? */
bool ch_search_allows(const struct ch_search_options *o, int32_t word,
                      size_t count);

#endif
