/* candidate.h - what might be said next, the best of it */
#ifndef CH_CAPTION_CANDIDATE_H
#define CH_CAPTION_CANDIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caption/hypothesis.h"

struct ch_candidate {
    size_t from;              /* row of its beginning */
    int32_t word;
    float word_logp;
    double rank;              /* ln p of all so far, less what words cost */
    size_t bank;              /* of ch_constraints_share() */
    bool is_spare;
};

/* The best first; equal ones in the order in which they were offered. */
struct ch_candidates {
    struct ch_candidate *at;
    size_t count;
    size_t limit;             /* kept, at most */
};

struct ch_filter;

/* One row of what may follow. */
struct ch_reach {
    const struct ch_filter *filter;
    const struct ch_hypothesis *h;
    size_t row, V;
    const float *logp;        /* [V] */
    const float *cost;        /* [V], >= 0, or NULL */
};

void ch_candidates_offer(struct ch_candidates *list, struct ch_candidate c);
/* One word of a row, when it is allowed and not yet in the list. */
void ch_candidates_add(struct ch_candidates *list, const struct ch_reach *r,
                       int32_t word);
/* All words of a row. */
void ch_candidates_scan(struct ch_candidates *list, const struct ch_reach *r);
/* The likeliest word that is allowed, or -1. */
int32_t ch_candidates_likeliest(const struct ch_reach *r);

#endif
