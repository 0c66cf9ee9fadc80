/* candidate.c - the best of many words
 *
 * Nearly all words of a row are less likely than the worst that is kept: whole
 * blocks are compared with it and passed over, and the rules are asked about
 * the few that are left.
 */
#include "caption/candidate.h"

#include "caption/filter.h"

#include <math.h>

#define BLOCK 16

void ch_candidates_offer(struct ch_candidates *list, struct ch_candidate c)
{
    size_t at = list->count;

    if (at == list->limit) {
        if (at == 0 || !(c.rank > list->at[at - 1].rank))
            return;
        at--;
    } else {
        list->count++;
    }
    for (; at > 0 && c.rank > list->at[at - 1].rank; at--)
        list->at[at] = list->at[at - 1];
    list->at[at] = c;
}

/* Is one of them above the bar?  Of a constant count, so that it becomes a few
 * vector comparisons; NaN is above nothing. */
static bool has_above(const float x[BLOCK], float bar)
{
    int count = 0;

    for (size_t i = 0; i < BLOCK; i++)
        count += x[i] > bar;
    return count > 0;
}

/* Words at or below it cannot enter the list: rounded down, as the exact
 * comparison is in double. */
static float bar_of(const struct ch_candidates *list,
                    const struct ch_reach *r)
{
    double worst;

    if (list->count < list->limit || list->count == 0)
        return -INFINITY;
    worst = list->at[list->count - 1].rank - r->h->logp;
    return nextafterf((float)worst, -INFINITY);
}

static double rank_of(const struct ch_reach *r, size_t v)
{
    return r->h->logp + (double)r->logp[v] -
           (r->cost ? (double)r->cost[v] : 0);
}

static void try_word(struct ch_candidates *list, const struct ch_reach *r,
                     size_t v)
{
    struct ch_candidate c = { .from = r->row, .word = (int32_t)v,
                              .word_logp = r->logp[v],
                              .rank = rank_of(r, v) };

    if (!isfinite(c.rank))
        return;
    if (list->count == list->limit &&
        !(list->count && c.rank > list->at[list->count - 1].rank))
        return;
    if (ch_filter_allows(r->filter, r->h, c.word))
        ch_candidates_offer(list, c);
}

void ch_candidates_add(struct ch_candidates *list, const struct ch_reach *r,
                       int32_t word)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i].from == r->row && list->at[i].word == word)
            return;
    try_word(list, r, (size_t)word);
}

void ch_candidates_scan(struct ch_candidates *list, const struct ch_reach *r)
{
    size_t v = 0;

    for (; v + BLOCK <= r->V; v += BLOCK)
        if (has_above(r->logp + v, bar_of(list, r)))
            for (size_t i = v; i < v + BLOCK; i++)
                if (r->logp[i] > bar_of(list, r))
                    try_word(list, r, i);
    for (; v < r->V; v++)
        try_word(list, r, v);
}

int32_t ch_candidates_likeliest(const struct ch_reach *r)
{
    float most = -INFINITY;
    int32_t word = -1;

    for (size_t v = 0; v < r->V; v++) {
        if (v % BLOCK == 0 && v + BLOCK <= r->V &&
            !has_above(r->logp + v, most)) {
            v += BLOCK - 1;
            continue;
        }
        if (r->logp[v] > most && isfinite(r->logp[v]) &&
            ch_filter_allows(r->filter, r->h, (int32_t)v)) {
            most = r->logp[v];
            word = (int32_t)v;
        }
    }
    return word;
}
