/* constraint.h - words that a caption must say
 *
 * Post and Vilar, "Fast lexically constrained decoding with dynamic beam
 * allocation for neural machine translation", NAACL 2018: beginnings that have
 * said the same number of the words that must be said share a bank; the beam
 * is divided among the banks, so that those that have said few words more, at
 * a price, are not thrown out by those that have not.
 */
#ifndef CH_CAPTION_CONSTRAINT_H
#define CH_CAPTION_CONSTRAINT_H

#include "caption/candidate.h"
#include "caption/hypothesis.h"
#include "data/vocab.h"

#define CH_CONSTRAINTS_MOST 16
#define CH_PHRASES_MOST 32
#define CH_PHRASE_WORDS_MOST 8

struct ch_phrase {
    size_t owner;             /* the constraint it fulfils */
    size_t count;
    int32_t id[CH_PHRASE_WORDS_MOST];
};

struct ch_constraints {
    size_t count, phrase_count;
    struct ch_phrase phrase[CH_PHRASES_MOST];
    size_t least[CH_CONSTRAINTS_MOST];   /* words of the shortest phrase */
    size_t total;                        /* sum of least */
    size_t spare;             /* words to go on with after the last phrase, as
                                 captions do not end in its last word */
};

/* "dog|dogs,fire hydrant"; NULL and "": none.  is_ending [V], or NULL. */
int ch_constraints_parse(struct ch_constraints *c, const char *text,
                         const struct ch_vocab *vocab,
                         const uint8_t *is_ending, struct ch_err *e);
/* Those that hold when h goes on with word, as bits. */
uint64_t ch_constraints_met(const struct ch_constraints *c,
                            const struct ch_hypothesis *h, int32_t word);
bool ch_constraints_all(const struct ch_constraints *c, uint64_t met);
/* Words that are still to be said after word (< 0: after h). */
size_t ch_constraints_need(const struct ch_constraints *c,
                           const struct ch_hypothesis *h, int32_t word);
/* The word that takes h further into a phrase. */
int32_t ch_constraints_next(const struct ch_constraints *c,
                            const struct ch_hypothesis *h, size_t phrase);

/* Divide the beam: of list, whose banks are set, `beam` are kept, the best
 * first. */
void ch_constraints_share(const struct ch_constraints *c,
                          struct ch_candidates *list, size_t beam);

#endif
