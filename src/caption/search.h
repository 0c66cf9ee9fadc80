/* search.h - the best captions that decoders can think of
 *
 * Life:     open -> run, look at what was found ... -> close
 * Memory:   all of it is taken by open.
 *
 * A search goes word by word: the decoders say what may follow the beginnings
 * that are alive, each a row; a method (greedy.c, beam.c, sample.c) says which
 * beginnings go on with which words, and puts whole captions where they belong.
 */
#ifndef CH_CAPTION_SEARCH_H
#define CH_CAPTION_SEARCH_H

#include "caption/best.h"
#include "caption/ensemble.h"
#include "caption/filter.h"
#include "caption/group.h"
#include "caption/sample.h"

struct ch_search {
    struct ch_decode_options o;
    struct ch_filter filter;
    struct ch_ensemble ensemble;
    size_t photos, rows;      /* room for */
    size_t step;              /* words fed, but for <start> */
    /* The beginnings, in the order of photos, and how they go on. */
    struct ch_hypothesis *alive, *next;      /* [rows] */
    size_t alive_count, next_count;
    int32_t *word;            /* [rows] what the next are fed */
    size_t *from;             /* [rows] which they go on from */
    struct ch_hypothesis *found;             /* [photos][n_best] */
    struct ch_best *best;                    /* [photos] */
    float *look;              /* [max_words + 1][rows][L], or NULL */
    struct ch_groups groups;
    struct ch_draw draw;
    const uint64_t *key;      /* [n] of this run */
};

/* For up to `photos` at once.  o->max_words is not 0; o's texts are needed
 * during open alone. */
int ch_search_open(struct ch_search **out, const struct ch_decode_options *o,
                   const struct ch_vocab *vocab, const struct ch_voice *voice,
                   size_t voices, size_t photos, struct ch_err *e);
void ch_search_close(struct ch_search *s);
/* Runs from now on are those of a search with this beam and n best, neither
 * more than it was opened with; of beam search in one group. */
void ch_search_narrow(struct ch_search *s, size_t beam, size_t n_best);

/* feature: as of ch_ensemble_begin(); key [n]: what the photos' random numbers
 * are a function of, needed for sampling alone.  CH_EFORMAT when the
 * probabilities are no numbers; CH_EUSAGE when no caption is as it must be. */
int ch_search_run(struct ch_search *s, const float *const *feature,
                  const uint64_t *key, size_t n, struct ch_err *e);
/* Where each word of a caption that was found looks: out [words][L]. */
void ch_search_look(const struct ch_search *s, const struct ch_hypothesis *h,
                    float *out);

/* ------------------------------------------------------- for the methods
 * Each makes the next of the alive.  CH_EFORMAT as above. */
int ch_greedy_go(struct ch_search *s, struct ch_err *e);
int ch_beam_go(struct ch_search *s, struct ch_err *e);
int ch_sample_go(struct ch_search *s, struct ch_err *e);

/* What may follow an alive beginning. */
struct ch_reach ch_search_reach(const struct ch_search *s, size_t row);
/* It goes on with a word: into the next, or into what was found.  Returns what
 * it became, or NULL. */
struct ch_hypothesis *ch_search_extend(struct ch_search *s, size_t row,
                                       int32_t word, bool is_set);
/* Nothing may follow: because of NaN, or because the rules forbid all. */
int ch_search_check(const struct ch_search *s, size_t row, struct ch_err *e);

#endif
