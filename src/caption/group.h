/* group.h - beams that keep away from each other
 *
 * Vijayakumar et al., "Diverse beam search for improved description of complex
 * scenes", AAAI 2018: the beam is divided into groups that choose one after
 * another; to say what earlier groups say at the same step costs.  One group is
 * plain beam search.
 */
#ifndef CH_CAPTION_GROUP_H
#define CH_CAPTION_GROUP_H

#include "caption/candidate.h"
#include "chorus/err.h"

/* The beginnings of one group of one photo: a run of rows. */
struct ch_group {
    size_t first, count;
    size_t finished;
};

struct ch_groups {
    size_t count;             /* of a photo */
    size_t beam;              /* beginnings of a group */
    struct ch_group *at;      /* [photos][count] */
    struct ch_candidates list;
    size_t room;              /* of the list */
    /* What words cost at this step. */
    float diversity;
    float *cost;              /* [V], NULL when nothing costs */
    int32_t *charged;         /* [beam * count] words that cost */
    size_t charged_count;
};

/* forced: candidates that constraints add for each beginning. */
int ch_groups_open(struct ch_groups *g, size_t photos, size_t beam,
                   size_t groups, double diversity, size_t V, size_t forced,
                   struct ch_err *e);
void ch_groups_close(struct ch_groups *g);       /* zeroed is fine */
/* Each photo's first group begins with one row, the others with copies of it:
 * from [photos * count] rows. */
void ch_groups_begin(struct ch_groups *g, size_t photos);
/* A word was chosen; the next photo's, or step's, words cost nothing yet. */
void ch_groups_charge(struct ch_groups *g, int32_t word);
void ch_groups_forgive(struct ch_groups *g);

#endif
