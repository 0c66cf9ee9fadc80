/* ngram.h - captions as counted n-grams
 *
 * Words are what lies between white space (any of Unicode's); n-grams of 1 to
 * 4 words get numbers from one book, so that captions of one job can be
 * compared by number.  The n-grams of a caption keep the order in which they
 * first occur, shorter ones first: sums over them have that order.
 */
#ifndef CH_SCORE_NGRAM_H
#define CH_SCORE_NGRAM_H

#include "chorus/score.h"

enum { CH_NGRAM_ORDERS = 4 };

/* More words than any caption has: what is beyond is another kind of file, and
 * comparing takes time with the square of it. */
#define CH_NGRAM_MAX_WORDS 10000

struct ch_gram {
    uint32_t id, count;
};

struct ch_ngrams {
    size_t word_count;
    size_t start[CH_NGRAM_ORDERS + 1];  /* of n words: start[n-1]..start[n] */
    struct ch_gram *gram;
};

struct ch_ngram_image {
    struct ch_ngrams caption;
    struct ch_ngrams *reference;
    size_t reference_count;
};

/* All captions of a job. */
struct ch_ngram_set {
    struct ch_ngram_image *image;
    size_t image_count;
    size_t id_count;                    /* ids are below it */
};

/* Fills *s, which is released with ch_ngram_release() also after an error. */
int ch_ngram_read(struct ch_ngram_set *s, const struct ch_score_item *item,
                  size_t count, struct ch_err *e);
void ch_ngram_release(struct ch_ngram_set *s);

#endif
