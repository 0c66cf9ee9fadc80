/* ptb_dfa.h - the graph of the rules, walked one state at a time
 *
 * A state is the set of nodes where a token may have come to.  States are made
 * when a text first leads to them; a full table is emptied and begun again, so
 * memory is bounded whatever the text.
 */
#ifndef CH_SCORE_PTB_DFA_H
#define CH_SCORE_PTB_DFA_H

#include "score/ptb_nfa.h"

enum {
    CH_PTB_UNKNOWN,       /* a way not walked yet; no state at all */
    CH_PTB_DEAD,          /* no token goes on from here */
    CH_PTB_START
};

struct ch_ptb_dfa {
    const struct ch_ptb_nfa *nfa;    /* borrowed */
    uint16_t *next;          /* of state and class; CH_PTB_UNKNOWN: ask */
    uint16_t *rule;          /* of a state: what it completes, plus 1, or 0 */
    uint32_t *key;           /* of a state: where its nodes begin in `nodes` */
    uint16_t *nodes;         /* all states' sets, one behind the other */
    size_t nodes_room;
    uint16_t *slot;          /* states by their sets */
    uint32_t *seen;          /* of a node: the last search that met it */
    uint32_t search;
    uint64_t *mark;          /* a bit for each node, 0 between searches */
    uint16_t *set, *stack;   /* the search's own */
    size_t set_size;
    size_t count, room;      /* states, those above included */
    size_t limit;            /* of states, then the table is emptied */
    size_t emptied;          /* times */
};

int ch_ptb_dfa_open(struct ch_ptb_dfa *d, const struct ch_ptb_nfa *nfa,
                    struct ch_err *e);
void ch_ptb_dfa_close(struct ch_ptb_dfa *d);

/* Where `class` leads from `state`.  When the table was full it is another
 * one now: states of before mean nothing in it, the rules' start apart. */
int ch_ptb_dfa_walk(struct ch_ptb_dfa *d, unsigned state, unsigned class,
                    unsigned *to, struct ch_err *e);

static inline unsigned ch_ptb_dfa_next(const struct ch_ptb_dfa *d,
                                       unsigned state, unsigned class)
{
    return d->next[state * d->nfa->class_count + class];
}

#endif
