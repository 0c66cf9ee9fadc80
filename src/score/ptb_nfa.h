/* ptb_nfa.h - the patterns of the tokeniser's rules become a graph
 *
 * A pattern says what a token looks like:
 *
 *     a b c        a letter, in either case
 *     . , 3        other characters mean themselves
 *     \( \  \t     a character that would mean something else; \n \r \t \f
 *     \u2019       a UTF-16 unit
 *     [a-z] [^.]   one unit of (not of) a set; here case matters
 *     [[:digit:]]  a set of ptb_unicode.h
 *     {word}       the part of that name
 *     x* x+ x? x{2} x{1,4} x|y (x)
 *
 * and a space means nothing.  `ahead`, if any, must follow the token.
 *
 * Life:     open -> close.
 * Threads:  read only once it is open.
 */
#ifndef CH_SCORE_PTB_NFA_H
#define CH_SCORE_PTB_NFA_H

#include "chorus/err.h"
#include "score/ptb_rules.h"

#include <stdbool.h>

#define CH_PTB_UNITS 0x10000    /* one class for each UTF-16 unit */
#define CH_PTB_CLASSES 256      /* at most */
#define CH_PTB_NONE 0           /* no node */

enum ch_ptb_kind {
    CH_PTB_EMPTY,     /* goes on to out[0] and out[1] */
    CH_PTB_BORDER,    /* the same, where the token of a rule ends */
    CH_PTB_UNIT,      /* takes one unit of the set `label`, goes to out[0] */
    CH_PTB_ACCEPT     /* rule `label` is complete */
};

struct ch_ptb_node {
    uint16_t kind, label;
    uint16_t out[2];           /* CH_PTB_NONE: nowhere */
};

/* Units that no rule tells apart are one class. */
struct ch_ptb_member {
    uint64_t bit[CH_PTB_CLASSES / 64];
};

struct ch_ptb_nfa {
    struct ch_ptb_node *node;
    size_t node_count, node_room;
    struct ch_ptb_member *member;    /* by set: its classes */
    size_t set_count, class_count;
    uint16_t start;                  /* of all rules */
    struct ch_ptb_rule_graph {
        uint16_t start, first, last; /* its nodes are first..last - 1 */
        int ahead_units;             /* -1: it varies */
    } *rule;
    size_t rule_count;
    uint8_t class_of[CH_PTB_UNITS];
};

/* Rules as ch_ptb_rules: the last has no pattern. */
int ch_ptb_nfa_open(struct ch_ptb_nfa **out, const struct ch_ptb_rule *rule,
                    const struct ch_ptb_part *part, struct ch_err *e);
void ch_ptb_nfa_close(struct ch_ptb_nfa *a);

static inline bool ch_ptb_nfa_takes(const struct ch_ptb_nfa *a,
                                    const struct ch_ptb_node *node,
                                    unsigned class)
{
    return node->kind == CH_PTB_UNIT &&
           (a->member[node->label].bit[class / 64] >> class % 64 & 1);
}

#endif
