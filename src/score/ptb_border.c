/* ptb_border.c - where a token ends and what is ahead of it begins
 *
 * For the few rules where what is ahead has no fixed length.  All ways through
 * the rule's graph are walked together; each node remembers the latest border
 * of the ways that lead to it.
 */
#include "score/ptb_border.h"

#include <stdlib.h>
#include <string.h>

/* A way to a node: none, or the border it crossed plus 2; 1: none so far. */
#define NO_WAY 0
#define NO_BORDER 1

struct walk {
    const struct ch_ptb_nfa *a;
    const struct ch_ptb_rule_graph *rule;
    size_t *now, *next;        /* by node of the rule: the best way */
    size_t *stack;             /* pairs of node and way */
    size_t count;              /* nodes of the rule */
};

static void reach(struct walk *w, size_t *ways, uint16_t from, size_t way,
                  size_t at)
{
    size_t height = 0;

    w->stack[height++] = from;
    w->stack[height++] = way;
    while (height > 0) {
        size_t mine = w->stack[--height], node = w->stack[--height];
        const struct ch_ptb_node *n = &w->a->node[node];

        if (n->kind == CH_PTB_BORDER)
            mine = at + 2;
        if (ways[node - w->rule->first] >= mine)
            continue;
        ways[node - w->rule->first] = mine;
        if (n->kind != CH_PTB_EMPTY && n->kind != CH_PTB_BORDER)
            continue;
        for (int i = 0; i < 2; i++)
            if (n->out[i] != CH_PTB_NONE) {
                w->stack[height++] = n->out[i];
                w->stack[height++] = mine;
            }
    }
}

static void step(struct walk *w, uint16_t unit, size_t at)
{
    unsigned class = w->a->class_of[unit];
    size_t *swap = w->now;

    memset(w->next, 0, w->count * sizeof *w->next);
    for (size_t i = 0; i < w->count; i++) {
        const struct ch_ptb_node *n = &w->a->node[w->rule->first + i];

        if (w->now[i] != NO_WAY && ch_ptb_nfa_takes(w->a, n, class))
            reach(w, w->next, n->out[0], w->now[i], at + 1);
    }
    w->now = w->next;
    w->next = swap;
}

static size_t accepted(const struct walk *w)
{
    size_t way = NO_BORDER;

    for (size_t i = 0; i < w->count; i++)
        if (w->a->node[w->rule->first + i].kind == CH_PTB_ACCEPT &&
            w->now[i] > way)
            way = w->now[i];
    return way > NO_BORDER ? way - 2 : 0;
}

int ch_ptb_border_find(const struct ch_ptb_nfa *a, size_t rule,
                       const uint16_t *unit, size_t n, size_t *border,
                       struct ch_err *e)
{
    struct walk w = { .a = a, .rule = &a->rule[rule] };
    size_t *block;

    w.count = (size_t)(w.rule->last - w.rule->first);
    /* A node may be put on the stack again for each better way: the ways of
     * its two predecessors, thus twice per way out. */
    block = calloc(w.count, 10 * sizeof *block);
    if (!block)
        return ch_fail(e, CH_ENOMEM, "no memory for the tokeniser");
    w.now = block;
    w.next = block + w.count;
    w.stack = block + 2 * w.count;
    reach(&w, w.now, w.rule->start, NO_BORDER, 0);
    for (size_t i = 0; i < n; i++)
        step(&w, unit[i], i);
    *border = accepted(&w);
    free(block);
    return 0;
}
