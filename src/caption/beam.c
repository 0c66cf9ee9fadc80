/* beam.c - the K likeliest beginnings, side by side
 *
 * Each step extends every beginning of a group by every word and keeps the
 * likeliest of all; those that end in <end> are finished.  A group is done when
 * as many are finished as it is wide.
 *
 * What greedy search would say is never thrown out: when it is not among the
 * likeliest, a spare row follows it.  So no beam says anything worse.
 */
#include "caption/search.h"

#include <assert.h>

/* Where the constraints lead, and the likeliest word of each beginning. */
static void add_forced(struct ch_search *s, const struct ch_group *g)
{
    const struct ch_constraints *must = &s->filter.must;
    struct ch_candidates *list = &s->groups.list;

    list->limit = s->groups.room;
    for (size_t row = g->first; row < g->first + g->count; row++) {
        struct ch_reach r = ch_search_reach(s, row);
        int32_t word = ch_candidates_likeliest(&r);

        r.cost = s->groups.cost;
        if (word >= 0)
            ch_candidates_add(list, &r, word);
        for (size_t p = 0; p < must->phrase_count; p++)
            if (!(r.h->met >> must->phrase[p].owner & 1))
                ch_candidates_add(list, &r,
                                  ch_constraints_next(must, r.h, p));
    }
}

static void share_banks(struct ch_search *s)
{
    const struct ch_constraints *must = &s->filter.must;
    struct ch_candidates *list = &s->groups.list;

    for (size_t i = 0; i < list->count; i++) {
        struct ch_candidate *c = &list->at[i];
        const struct ch_hypothesis *h = &s->alive[c->from];
        int32_t word = c->word == CH_WORD_END ? -1 : c->word;

        c->bank = must->total - ch_constraints_need(must, h, word);
    }
    ch_constraints_share(must, list, s->groups.beam);
}

/* The likeliest words of the group, the best first. */
static void find_candidates(struct ch_search *s, const struct ch_group *g)
{
    struct ch_candidates *list = &s->groups.list;

    list->count = 0;
    list->limit = s->groups.beam;
    if (g->finished >= s->groups.beam)
        return;
    for (size_t row = g->first; row < g->first + g->count; row++) {
        struct ch_reach r = ch_search_reach(s, row);

        r.cost = s->groups.cost;
        if (!r.h->is_spare)
            ch_candidates_scan(list, &r);
    }
    if (s->filter.must.count) {
        add_forced(s, g);
        share_banks(s);
    }
}

/* The candidate with which greedy search goes on, added where there is none;
 * the list's count when it has no beginning here. */
static size_t follow_greedy(struct ch_search *s, const struct ch_group *g)
{
    struct ch_candidates *list = &s->groups.list;

    for (size_t row = g->first; row < g->first + g->count; row++) {
        const struct ch_reach r = ch_search_reach(s, row);
        int32_t word = r.h->is_greedy ? ch_candidates_likeliest(&r) : -1;

        if (word < 0)
            continue;
        for (size_t i = 0; i < list->count; i++)
            if (list->at[i].from == row && list->at[i].word == word)
                return i;
        assert(list->count < s->groups.room);
        list->at[list->count++] = (struct ch_candidate){
            .from = row, .word = word, .is_spare = true
        };
        return list->count - 1;
    }
    return list->count;
}

/* One word further. */
static void extend(struct ch_search *s, struct ch_group *g, bool is_first)
{
    struct ch_candidates *list = &s->groups.list;
    size_t first = s->next_count, greedy, kept = 0;

    find_candidates(s, g);
    greedy = list->count;
    if (is_first && !s->filter.must.count)
        greedy = follow_greedy(s, g);
    for (size_t i = 0; i < list->count; i++) {
        const struct ch_candidate *c = &list->at[i];
        struct ch_hypothesis *h = ch_search_extend(s, c->from, c->word, true);

        if (c->word != CH_WORD_END && !c->is_spare)
            ch_groups_charge(&s->groups, c->word);
        if (h) {
            h->is_greedy = i == greedy;
            h->is_spare = c->is_spare;
        } else {
            g->finished += !c->is_spare;
        }
    }
    for (size_t i = first; i < s->next_count; i++)
        if (g->finished < s->groups.beam || s->next[i].is_greedy) {
            s->next[first + kept] = s->next[i];
            s->next[first + kept].is_spare |= g->finished >= s->groups.beam;
            s->word[first + kept] = s->word[i];
            s->from[first + kept] = s->from[i];
            kept++;
        }
    s->next_count = first + kept;
    g->first = first;
    g->count = kept;
}

/* All groups of a photo; rows: how many it has.  0 where nothing is left to go
 * on with, and nothing was found. */
static bool go_photo(struct ch_search *s, size_t photo, size_t *rows)
{
    struct ch_groups *groups = &s->groups;
    size_t first = s->next_count;

    *rows = 0;
    ch_groups_forgive(groups);
    for (size_t i = 0; i < groups->count; i++) {
        struct ch_group *g = &groups->at[photo * groups->count + i];

        if (g->count == 0)
            continue;
        *rows += g->count;
        extend(s, g, i == 0);
    }
    return s->next_count > first || s->best[photo].count > 0;
}

int ch_beam_go(struct ch_search *s, struct ch_err *e)
{
    size_t row = 0, rows;

    for (size_t photo = 0; row < s->alive_count; photo++) {
        bool is_well = go_photo(s, photo, &rows);

        row += rows;
        if (!is_well)
            return ch_search_check(s, row - 1, e);
    }
    return 0;
}
