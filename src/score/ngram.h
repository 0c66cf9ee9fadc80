/* ngram.h - captions as counted n-grams
 *
 * Words are what lies between white space (any of Unicode's); n-grams of 1 to
 * 4 words get numbers from one book, so that captions of one job can be
 * compared by number.  The n-grams of a caption keep the order in which they
 * first occur, shorter ones first: sums over them have that order.
 *
 * Threads:  a set that has been read may be looked at by many.
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
    uint32_t word_count;
    uint32_t start[CH_NGRAM_ORDERS + 1]; /* of n words: start[n-1]..start[n] */
    struct ch_gram *gram;
    const uint32_t *word;
    const uint32_t *piece;     /* split at U+0020 alone: what ROUGE-L reads */
    uint32_t piece_count;
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
    uint32_t *images;          /* by id: how many images' references have it */
    size_t id_count;           /* ids are below it; a word's are its own */
    size_t most_grams;         /* of one caption */
    size_t most_pieces;
    struct ch_ngram_book *book;
};

/* Fills *s, which is released with ch_ngram_release() also after an error. */
int ch_ngram_read(struct ch_ngram_set *s, const struct ch_score_item *item,
                  size_t count, struct ch_err *e);
void ch_ngram_release(struct ch_ngram_set *s);

/* The id of n words (1 to 4) with one space between them, or UINT32_MAX. */
uint32_t ch_ngram_find(const struct ch_ngram_set *s, const char *text,
                       size_t bytes);
/* Makes ch_ngram_words() possible. */
int ch_ngram_name(struct ch_ngram_set *s, struct ch_err *e);
/* The words of an n-gram, as many as the return value says. */
size_t ch_ngram_words(const struct ch_ngram_set *s, uint32_t id,
                      const char *word[CH_NGRAM_ORDERS],
                      size_t bytes[CH_NGRAM_ORDERS]);

/* Finds the n-grams of one caption by their ids: its place in the list, or
 * UINT32_MAX.  One for each thread; room for `most` n-grams. */
struct ch_ngram_index {
    uint32_t *place;           /* of slots; UINT32_MAX is free */
    uint32_t *id;
    uint32_t mask;
    size_t slot_room;
};
int ch_ngram_index_init(struct ch_ngram_index *x, size_t most,
                        struct ch_err *e);
void ch_ngram_index_set(struct ch_ngram_index *x, const struct ch_ngrams *g);
void ch_ngram_index_release(struct ch_ngram_index *x);

/* Numbers in a row must not lie in a row: they would all be one cluster. */
static inline uint32_t ch_ngram_mix(uint32_t id)
{
    return id * UINT32_C(0x9e3779b1) >> 7;
}

static inline uint32_t ch_ngram_index_find(const struct ch_ngram_index *x,
                                           uint32_t id)
{
    uint32_t i = ch_ngram_mix(id) & x->mask;

    while (x->place[i] != UINT32_MAX && x->id[i] != id)
        i = (i + 1) & x->mask;
    return x->place[i];
}

#endif
