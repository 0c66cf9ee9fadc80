/* meteor_book.h - the captions of one job, made ready for METEOR
 *
 * Each distinct word of a job is looked up once: its stem, synsets, and whether
 * it is a function word.  A caption is then the numbers of its words and the
 * phrases of the paraphrase table in it.
 *
 * Life:     open -> add... -> read... -> close
 * Owner:    pointers into a book are valid until the next add.
 * Threads:  once all captions are added, any number may read.
 */
#ifndef CH_SCORE_METEOR_BOOK_H
#define CH_SCORE_METEOR_BOOK_H

#include <stdbool.h>

#include "score/meteor_data.h"

/* METEOR compares words and stems by the 32-bit hashes of Java's strings, and
 * so does the rest of this layer: "an" and "c0" are the same to it. */
struct ch_meteor_word {
    uint32_t hash, stem;           /* of the word, of its stem */
    uint32_t synset, synset_count; /* ascending, in the book's pool */
    uint64_t sign;                 /* one bit for each synset: words whose
                                      signs share none have none in common */
    bool is_function;
};

struct ch_meteor_phrase {
    uint16_t start, words;
    uint32_t node;
};

/* Phrases come by their start, then by their length. */
struct ch_meteor_sentence {
    const uint32_t *word;
    size_t words;
    const struct ch_meteor_phrase *phrase;
    size_t phrases;
};

struct ch_meteor_book;
int ch_meteor_book_open(struct ch_meteor_book **out,
                        const struct ch_meteor_data *d, struct ch_err *e);
void ch_meteor_book_close(struct ch_meteor_book *b);

/* Normalise a caption of n bytes; captions are numbered from 0 on.  Too many
 * words are CH_EUSAGE. */
int ch_meteor_book_add(struct ch_meteor_book *b, const char *text, size_t n,
                       struct ch_err *e);
size_t ch_meteor_book_count(const struct ch_meteor_book *b);
struct ch_meteor_sentence ch_meteor_book_sentence(
    const struct ch_meteor_book *b, size_t i);

const struct ch_meteor_data *ch_meteor_book_data(
    const struct ch_meteor_book *b);
const struct ch_meteor_word *ch_meteor_book_word(
    const struct ch_meteor_book *b, uint32_t word);
bool ch_meteor_book_is_synonym(const struct ch_meteor_book *b, uint32_t x,
                               uint32_t y);

#endif
