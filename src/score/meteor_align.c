/* meteor_align.c - the best way to match two captions
 *
 * A beam search over the words of the reference, from left to right.  States
 * are ordered by the words they match (more), then chunks (fewer), then the
 * distances that matches bridge (less), then by when they were made; the first
 * BEAM go on.  A match that nothing competes with is fixed from the start.
 *
 * METEOR's own program has three oddities, which its scores depend on:
 * - matched words are whole numbers, so that a match of one word which is not
 *   exact, and so counts half, counts nothing;
 * - the distance of a match is charged to the state that it was made from,
 *   after it was made: the first match does not pay, later ones pay for those
 *   before them, and the state that leaves the word out pays for all;
 * - a fixed match pays for itself.
 */
#include "score/meteor_align.h"

#include <stdlib.h>
#include <string.h>

enum { BEAM = 40 };

/* No match: a step of the search that adds none, or the end of a history. */
#define NONE UINT32_MAX

struct state {
    uint32_t matched;          /* words of both sides, each truncated */
    uint32_t chunks;
    uint64_t distance;
    uint32_t next;             /* word of the reference it is at */
    uint32_t end;              /* of the last match in the caption, or NONE */
    uint32_t history;          /* last match taken, or NONE */
    /* What makes it of the state it comes from. */
    uint32_t match;            /* index, or NONE */
    uint16_t from;
};

/* A list of matches, last one first. */
struct link {
    uint32_t match, before;
};

struct ch_meteor_aligner {
    struct ch_meteor_matches matches;
    struct state now[BEAM], made[BEAM];
    /* made[] stays where it is; order[] is sorted. */
    uint16_t order[BEAM];
    size_t now_count, made_count;
    uint64_t *used, *next_used;    /* [BEAM][words64]: taken of the caption */
    size_t used_room, next_used_room, words64;
    uint32_t *fixed;               /* the match fixed at each word, or NONE */
    size_t fixed_room;
    struct link *link;
    size_t links, link_room;
    struct ch_meteor_match *chosen;
    size_t chosen_room;
};

int ch_meteor_align_open(struct ch_meteor_aligner **out, struct ch_err *e)
{
    *out = calloc(1, sizeof **out);
    return *out ? 0 : ch_fail(e, CH_ENOMEM, "no memory to align captions");
}

void ch_meteor_align_close(struct ch_meteor_aligner *a)
{
    if (!a)
        return;
    ch_meteor_match_release(&a->matches);
    free(a->used);
    free(a->next_used);
    free(a->fixed);
    free(a->link);
    free(a->chosen);
    free(a);
}

/* ---------------------------------------------------------------- the beam */

static bool is_better(const struct state *x, const struct state *y)
{
    if (x->matched != y->matched)
        return x->matched > y->matched;
    if (x->chunks != y->chunks)
        return x->chunks < y->chunks;
    return x->distance < y->distance;
}

/* Behind all that are as good; what falls off the end is forgotten.  False: s
 * itself does. */
static bool make(struct ch_meteor_aligner *a, const struct state *s)
{
    size_t at = a->made_count;
    uint16_t place = (uint16_t)at;

    if (at == BEAM) {
        place = a->order[BEAM - 1];
        if (!is_better(s, &a->made[place]))
            return false;
        at = BEAM - 1;
    } else {
        a->made_count++;
    }
    for (; at > 0 && is_better(s, &a->made[a->order[at - 1]]); at--)
        a->order[at] = a->order[at - 1];
    a->order[at] = place;
    a->made[place] = *s;
    return true;
}

static uint64_t *used_of(const struct ch_meteor_aligner *a, uint64_t *used,
                         size_t state)
{
    return used + state * a->words64;
}

static bool is_free(const uint64_t *used, const struct ch_meteor_match *m)
{
    for (size_t i = m->hyp; i < (size_t)m->hyp + m->hyp_words; i++)
        if (used[i / 64] >> i % 64 & 1)
            return false;
    return true;
}

static void use(uint64_t *used, const struct ch_meteor_match *m)
{
    for (size_t i = m->hyp; i < (size_t)m->hyp + m->hyp_words; i++)
        used[i / 64] |= UINT64_C(1) << i % 64;
}

/* What was made becomes the beam, best first. */
static int advance(struct ch_meteor_aligner *a, struct ch_err *e)
{
    void *block = a->link;
    uint64_t *used;
    int rc = ch_meteor_room(&block, &a->link_room, a->links + BEAM,
                            sizeof *a->link, e);

    a->link = block;
    if (rc)
        return rc;
    for (size_t i = 0; i < a->made_count; i++) {
        struct state *s = &a->now[i];

        *s = a->made[a->order[i]];
        used = used_of(a, a->next_used, i);
        memcpy(used, used_of(a, a->used, s->from),
               a->words64 * sizeof *used);
        if (s->match == NONE)
            continue;
        use(used, &a->matches.match[s->match]);
        a->link[a->links] = (struct link){ s->match, s->history };
        s->history = (uint32_t)a->links++;
    }
    used = a->used;
    a->used = a->next_used;
    a->next_used = used;
    a->now_count = a->made_count;
    a->made_count = 0;
    return 0;
}

/* ---------------------------------------------------------------- one step */

static uint32_t worth(const struct ch_meteor_match *m)
{
    return m->module == CH_METEOR_EXACT
               ? (uint32_t)m->hyp_words + m->ref_words
               : (uint32_t)m->hyp_words / 2 + m->ref_words / 2;
}

static uint32_t distance(const struct ch_meteor_match *m)
{
    return m->ref > m->hyp ? m->ref - m->hyp : m->hyp - m->ref;
}

/* A state with one match more; its distance is the caller's. */
static struct state take(const struct ch_meteor_aligner *a,
                         const struct state *from, uint32_t match)
{
    const struct ch_meteor_match *m = &a->matches.match[match];
    struct state s = *from;

    s.matched += worth(m);
    if (s.end != NONE && m->hyp != s.end)
        s.chunks++;
    s.next = (uint32_t)m->ref + m->ref_words;
    s.end = (uint32_t)m->hyp + m->hyp_words;
    s.match = match;
    return s;
}

static void leave_chunk(struct state *s)
{
    if (s->end != NONE)
        s->chunks++;
    s->end = NONE;
}

/* All matches of word j that the state s can take, and none.  Each pays for
 * those before it: once one that begins a chunk is too bad for the beam, so are
 * all behind it that match no more words and begin a chunk as well.  Without
 * this a page of one word, again and again, takes seconds. */
static void take_each(struct ch_meteor_aligner *a, const uint64_t *used,
                      struct state s, size_t j)
{
    const struct ch_meteor_matches *m = &a->matches;
    uint32_t hopeless = 0;         /* matches worth less than this */

    for (uint32_t k = m->start[j]; k < m->start[j + 1]; k++) {
        const struct ch_meteor_match *x = &m->match[k];
        bool begins = x->hyp != s.end;

        if (!is_free(used, x))
            continue;
        if (!begins || worth(x) >= hopeless) {
            struct state child = take(a, &s, k);

            if (!make(a, &child) && begins)
                hopeless = worth(x) + 1;
        }
        s.distance += distance(x);
    }
    leave_chunk(&s);
    s.next++;
    make(a, &s);
}

/* Word j of the reference, for the state i of the beam. */
static void step(struct ch_meteor_aligner *a, size_t i, size_t j)
{
    const struct ch_meteor_matches *m = &a->matches;
    const uint64_t *used = used_of(a, a->used, i);
    struct state s = a->now[i], child;

    s.from = (uint16_t)i;
    s.match = NONE;
    if (j < s.next) {
        make(a, &s);
    } else if (a->fixed[j] != NONE) {
        child = take(a, &s, a->fixed[j]);
        child.distance += distance(&m->match[a->fixed[j]]);
        make(a, &child);
    } else {
        take_each(a, used, s, j);
    }
}

/* Only one match at this word, and no other at any word it covers.  Such
 * words no other match can take, so they need no marks. */
static void fix_matches(struct ch_meteor_aligner *a, size_t ref_words)
{
    const struct ch_meteor_matches *m = &a->matches;

    for (size_t j = 0; j < ref_words; j++) {
        const struct ch_meteor_match *x;
        bool is_alone = m->start[j + 1] - m->start[j] == 1;

        a->fixed[j] = NONE;
        if (!is_alone)
            continue;
        x = &m->match[m->start[j]];
        for (size_t i = 0; is_alone && i < x->ref_words; i++)
            is_alone = m->ref_cover[x->ref + i] == 1;
        for (size_t i = 0; is_alone && i < x->hyp_words; i++)
            is_alone = m->hyp_cover[x->hyp + i] == 1;
        if (is_alone)
            a->fixed[j] = m->start[j];
    }
}

/* ------------------------------------------------------------------ a pair */

static int make_room(struct ch_meteor_aligner *a, size_t hyp_words,
                     size_t ref_words, struct ch_err *e)
{
    void *used = a->used, *next_used = a->next_used;
    void *fixed = a->fixed, *chosen = a->chosen;
    int rc;

    a->words64 = hyp_words / 64 + 1;
    rc = ch_meteor_room(&used, &a->used_room, BEAM * a->words64,
                        sizeof *a->used, e);
    a->used = used;
    if (!rc)
        rc = ch_meteor_room(&next_used, &a->next_used_room, BEAM * a->words64,
                            sizeof *a->used, e);
    a->next_used = next_used;
    if (!rc)
        rc = ch_meteor_room(&fixed, &a->fixed_room, ref_words + 1,
                            sizeof *a->fixed, e);
    a->fixed = fixed;
    if (!rc)
        rc = ch_meteor_room(&chosen, &a->chosen_room, ref_words + 1,
                            sizeof *a->chosen, e);
    a->chosen = chosen;
    return rc;
}

/* The history of a state, turned round. */
static size_t choose(struct ch_meteor_aligner *a, const struct state *s)
{
    size_t count = 0, at;

    for (uint32_t l = s->history; l != NONE; l = a->link[l].before)
        count++;
    at = count;
    for (uint32_t l = s->history; l != NONE; l = a->link[l].before)
        a->chosen[--at] = a->matches.match[a->link[l].match];
    return count;
}

int ch_meteor_align_pair(struct ch_meteor_aligner *a,
                         const struct ch_meteor_book *b,
                         const struct ch_meteor_sentence *hyp,
                         const struct ch_meteor_sentence *ref,
                         const struct ch_meteor_match **match, size_t *count,
                         struct ch_err *e)
{
    int rc = ch_meteor_match_find(&a->matches, b, hyp, ref, e);

    if (!rc) rc = make_room(a, hyp->words, ref->words, e);
    if (rc)
        return rc;
    fix_matches(a, ref->words);
    a->links = 0;
    a->now[0] = (struct state){ .end = NONE, .history = NONE, .match = NONE };
    a->now_count = 1;
    memset(a->used, 0, a->words64 * sizeof *a->used);
    for (size_t j = 0; j < ref->words && !rc; j++) {
        for (size_t i = 0; i < a->now_count; i++)
            step(a, i, j);
        rc = advance(a, e);
    }
    if (rc)
        return rc;
    /* The finishing step closes the last chunk. */
    for (size_t i = 0; i < a->now_count; i++) {
        struct state s = a->now[i];

        s.from = (uint16_t)i;
        s.match = NONE;
        leave_chunk(&s);
        make(a, &s);
    }
    rc = advance(a, e);
    if (rc)
        return rc;
    *count = choose(a, &a->now[0]);
    *match = a->chosen;
    return 0;
}
