/* ptb_match.c - the next token of a text
 *
 * The longest match is known only when the search can go no further, which may
 * be far behind it: a "<" could begin a tag that ends a page below.  To keep
 * the time linear, a search that ran far in vain leaves signs at every
 * SPACING-th unit - "from here, in this state, nothing comes" - and later
 * ones stop there (after Reps, "Maximal-munch tokenization in linear time").
 */
#include "score/ptb_match.h"

#include <stdlib.h>
#include <string.h>

#include "score/ptb_border.h"

/* A power of two.  Captions seldom run this far. */
#define SPACING 64

int ch_ptb_match_open(struct ch_ptb_matcher *m,
                      const struct ch_ptb_matcher *like, struct ch_err *e)
{
    int rc = 0;

    *m = (struct ch_ptb_matcher) { .rules = ch_ptb_rules };
    if (!like)
        rc = ch_ptb_nfa_open(&m->own, ch_ptb_rules, ch_ptb_parts, e);
    m->nfa = like ? like->nfa : m->own;
    if (!rc) rc = ch_ptb_dfa_open(&m->dfa, m->nfa, e);
    if (rc)
        ch_ptb_match_close(m);
    return rc;
}

void ch_ptb_match_close(struct ch_ptb_matcher *m)
{
    ch_ptb_dfa_close(&m->dfa);
    ch_ptb_nfa_close(m->own);
    free(m->vain.slot);
    *m = (struct ch_ptb_matcher) { 0 };
}

static void forget(struct ch_ptb_vain *v)
{
    if (v->count > 0)
        memset(v->slot, 0, v->room * sizeof *v->slot);
    v->count = 0;
}

void ch_ptb_match_begin(struct ch_ptb_matcher *m)
{
    forget(&m->vain);
    m->looked = 0;
}

static uint64_t sign_of(size_t at, unsigned state)
{
    return ((uint64_t)(at / SPACING) << 16 | state) + 1;
}

/* Where the sign is, or belongs. */
static size_t slot_of(const struct ch_ptb_vain *v, uint64_t sign)
{
    size_t slot = (size_t)(sign * UINT64_C(0x9e3779b97f4a7c15) >> 32);

    for (slot &= v->room - 1; v->slot[slot] && v->slot[slot] != sign;)
        slot = (slot + 1) & (v->room - 1);
    return slot;
}

static int is_vain(const struct ch_ptb_vain *v, size_t at, unsigned state)
{
    return v->count > 0 && v->slot[slot_of(v, sign_of(at, state))] != 0;
}

static int put_sign(struct ch_ptb_vain *v, uint64_t sign, struct ch_err *e)
{
    size_t slot;

    if (2 * v->count >= v->room) {
        struct ch_ptb_vain more = { .room = v->room ? 2 * v->room : 256 };

        more.slot = calloc(more.room, sizeof *more.slot);
        if (!more.slot)
            return ch_fail(e, CH_ENOMEM, "no memory for the tokeniser");
        more.count = v->count;
        for (size_t i = 0; i < v->room; i++)
            if (v->slot[i])
                more.slot[slot_of(&more, v->slot[i])] = v->slot[i];
        free(v->slot);
        *v = more;
    }
    slot = slot_of(v, sign);
    v->count += v->slot[slot] == 0;
    v->slot[slot] = sign;
    return 0;
}

/* The search from unit `at`: the longest match, and where the search ended. */
struct search {
    size_t longest, end;
    unsigned rule;           /* plus 1; 0: none */
    unsigned state;          /* at the longest match */
};

static int follow(struct ch_ptb_matcher *m, unsigned state, unsigned class,
                  unsigned *to, struct ch_err *e)
{
    size_t emptied = m->dfa.emptied;
    int rc = 0;

    *to = ch_ptb_dfa_next(&m->dfa, state, class);
    if (*to == CH_PTB_UNKNOWN)
        rc = ch_ptb_dfa_walk(&m->dfa, state, class, to, e);
    if (m->dfa.emptied != emptied)
        forget(&m->vain);        /* signs name states of the old table */
    return rc;
}

static int search(struct ch_ptb_matcher *m, const uint16_t *unit, size_t n,
                  size_t at, struct search *s, struct ch_err *e)
{
    unsigned state = CH_PTB_START;
    size_t i = at;

    *s = (struct search) { .longest = at, .state = state };
    for (; i < n; i++) {
        if (i % SPACING == 0 && is_vain(&m->vain, i, state))
            break;
        if (follow(m, state, m->nfa->class_of[unit[i]], &state, e))
            return CH_ENOMEM;
        if (state == CH_PTB_DEAD)
            break;
        if (m->dfa.rule[state]) {
            s->rule = m->dfa.rule[state];
            s->longest = i + 1;
            s->state = state;
        }
    }
    s->end = i;
    m->looked += i - at + 1;
    return 0;
}

/* Signs from the longest match on to where the search ended. */
static int leave_signs(struct ch_ptb_matcher *m, const uint16_t *unit,
                       const struct search *s, struct ch_err *e)
{
    unsigned state = s->state;
    int rc = 0;

    for (size_t i = s->longest; i < s->end && !rc; i++) {
        if (i % SPACING == 0 && i > s->longest)
            rc = put_sign(&m->vain, sign_of(i, state), e);
        if (!rc)
            rc = follow(m, state, m->nfa->class_of[unit[i]], &state, e);
    }
    return rc;
}

int ch_ptb_match_next(struct ch_ptb_matcher *m, const uint16_t *unit,
                      size_t n, size_t at, struct ch_ptb_match *out,
                      struct ch_err *e)
{
    size_t emptied = m->dfa.emptied;
    struct search s;
    int rc = search(m, unit, n, at, &s, e), ahead;

    if (rc)
        return rc;
    /* Were the table emptied meanwhile, the state would be another's. */
    if (s.end - s.longest > SPACING && m->dfa.emptied == emptied)
        rc = leave_signs(m, unit, &s, e);
    *out = (struct ch_ptb_match) { .units = 1 };
    if (rc || !s.rule)
        return rc;
    out->rule = &m->rules[s.rule - 1];
    out->units = s.longest - at;
    if (!out->rule->ahead)
        return 0;
    ahead = m->nfa->rule[s.rule - 1].ahead_units;
    if (ahead < 0)
        return ch_ptb_border_find(m->nfa, s.rule - 1, unit + at, out->units,
                                  &out->units, e);
    out->units -= (size_t)ahead;
    return 0;
}
