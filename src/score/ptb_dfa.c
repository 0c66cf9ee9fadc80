/* ptb_dfa.c - the graph of the rules, walked one state at a time */
#include "score/ptb_dfa.h"

#include <stdlib.h>
#include <string.h>

/* A text of many kinds of tokens visits some hundred states. */
#define STATES 4096
/* A power of two, well over the number of states. */
#define SLOTS 16384

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the tokeniser");
}

static int grow(struct ch_ptb_dfa *d, struct ch_err *e)
{
    size_t room = d->room ? 2 * d->room : 256, n = d->nfa->class_count;
    uint16_t *next = realloc(d->next, room * n * sizeof *next), *rule;
    uint32_t *key;

    if (!next)
        return no_memory(e);
    memset(next + d->room * n, 0, (room - d->room) * n * sizeof *next);
    d->next = next;
    rule = realloc(d->rule, room * sizeof *rule);
    if (!rule)
        return no_memory(e);
    d->rule = rule;
    key = realloc(d->key, (room + 1) * sizeof *key);
    if (!key)
        return no_memory(e);
    d->key = key;
    d->room = room;
    return 0;
}

static int grow_nodes(struct ch_ptb_dfa *d, size_t room, struct ch_err *e)
{
    uint16_t *nodes;

    if (room <= d->nodes_room)
        return 0;
    room *= 2;
    nodes = realloc(d->nodes, room * sizeof *nodes);
    if (!nodes)
        return no_memory(e);
    d->nodes = nodes;
    d->nodes_room = room;
    return 0;
}

/* The search begins with no node. */
static void begin(struct ch_ptb_dfa *d)
{
    d->set_size = 0;
    if (++d->search == 0) {
        memset(d->seen, 0, d->nfa->node_count * sizeof *d->seen);
        d->search = 1;
    }
}

/* The nodes that can be reached from this one without taking a unit. */
static void reach(struct ch_ptb_dfa *d, uint16_t from)
{
    size_t height = 0;

    d->stack[height++] = from;
    while (height > 0) {
        uint16_t at = d->stack[--height];
        const struct ch_ptb_node *node = &d->nfa->node[at];

        if (d->seen[at] == d->search)
            continue;
        d->seen[at] = d->search;
        if (node->kind == CH_PTB_UNIT || node->kind == CH_PTB_ACCEPT) {
            d->set[d->set_size++] = at;
            continue;
        }
        for (int i = 0; i < 2; i++)
            if (node->out[i] != CH_PTB_NONE)
                d->stack[height++] = node->out[i];
    }
}

/* The set in the order of the nodes: each is marked, and the marks read. */
static void sort_set(struct ch_ptb_dfa *d)
{
    size_t count = 0;

    for (size_t i = 0; i < d->set_size; i++)
        d->mark[d->set[i] / 64] |= UINT64_C(1) << d->set[i] % 64;
    for (size_t i = 0; count < d->set_size; i++)
        for (; d->mark[i]; d->mark[i] &= d->mark[i] - 1)
            d->set[count++] = (uint16_t)(64 * i +
                                         (size_t)__builtin_ctzll(d->mark[i]));
}

static size_t first_slot(const struct ch_ptb_dfa *d)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < d->set_size; i++)
        h = (h ^ d->set[i]) * 16777619u;
    return (h ^ h >> 15) % SLOTS;
}

static int is_set_of(const struct ch_ptb_dfa *d, unsigned state)
{
    size_t n = d->key[state + 1] - d->key[state];

    return n == d->set_size &&
           memcmp(d->nodes + d->key[state], d->set, n * sizeof *d->set) == 0;
}

static uint16_t completed_rule(const struct ch_ptb_dfa *d)
{
    unsigned best = 0;

    for (size_t i = 0; i < d->set_size; i++) {
        const struct ch_ptb_node *node = &d->nfa->node[d->set[i]];

        if (node->kind == CH_PTB_ACCEPT && (!best || node->label + 1u < best))
            best = node->label + 1u;
    }
    return (uint16_t)best;
}

/* The state of the set that was searched; a new one if need be. */
static int state_of(struct ch_ptb_dfa *d, unsigned *state, struct ch_err *e)
{
    size_t slot, used = d->key[d->count];
    int rc = 0;

    sort_set(d);
    *state = CH_PTB_DEAD;
    if (d->set_size == 0)
        return 0;
    for (slot = first_slot(d); d->slot[slot]; slot = (slot + 1) % SLOTS)
        if (is_set_of(d, d->slot[slot])) {
            *state = d->slot[slot];
            return 0;
        }
    if (d->count == d->room)
        rc = grow(d, e);
    if (!rc) rc = grow_nodes(d, used + d->set_size, e);
    if (rc)
        return rc;
    memcpy(d->nodes + used, d->set, d->set_size * sizeof *d->set);
    d->rule[d->count] = completed_rule(d);
    d->slot[slot] = (uint16_t)d->count;
    *state = (unsigned)d->count++;
    d->key[d->count] = (uint32_t)(used + d->set_size);
    return 0;
}

/* No states but those that are always there. */
static int empty(struct ch_ptb_dfa *d, struct ch_err *e)
{
    unsigned start;

    memset(d->next, 0, d->room * d->nfa->class_count * sizeof *d->next);
    memset(d->slot, 0, SLOTS * sizeof *d->slot);
    memset(d->key, 0, (CH_PTB_START + 1) * sizeof *d->key);
    memset(d->rule, 0, CH_PTB_START * sizeof *d->rule);
    d->count = CH_PTB_START;
    begin(d);
    reach(d, d->nfa->start);
    return state_of(d, &start, e);
}

int ch_ptb_dfa_open(struct ch_ptb_dfa *d, const struct ch_ptb_nfa *nfa,
                    struct ch_err *e)
{
    size_t n = nfa->node_count;

    *d = (struct ch_ptb_dfa) { .nfa = nfa, .limit = STATES };
    d->slot = malloc(SLOTS * sizeof *d->slot);
    d->seen = calloc(n, sizeof *d->seen);
    d->mark = calloc(n / 64 + 1, sizeof *d->mark);
    d->set = malloc(n * sizeof *d->set);
    /* A node is put on the stack by at most two others. */
    d->stack = malloc((2 * n + 1) * sizeof *d->stack);
    if (!d->slot || !d->seen || !d->mark || !d->set || !d->stack)
        return no_memory(e);
    return grow(d, e) || empty(d, e) ? CH_ENOMEM : 0;
}

void ch_ptb_dfa_close(struct ch_ptb_dfa *d)
{
    free(d->next);
    free(d->rule);
    free(d->key);
    free(d->nodes);
    free(d->slot);
    free(d->seen);
    free(d->mark);
    free(d->set);
    free(d->stack);
    *d = (struct ch_ptb_dfa) { 0 };
}

int ch_ptb_dfa_walk(struct ch_ptb_dfa *d, unsigned state, unsigned class,
                    unsigned *to, struct ch_err *e)
{
    int is_full = d->count >= d->limit;

    begin(d);
    for (uint32_t i = d->key[state]; i < d->key[state + 1]; i++) {
        const struct ch_ptb_node *node = &d->nfa->node[d->nodes[i]];

        if (ch_ptb_nfa_takes(d->nfa, node, class))
            reach(d, node->out[0]);
    }
    if (is_full) {
        /* The set found is kept, and gets its state in the new table. */
        uint16_t *found = malloc((d->set_size + 1) * sizeof *found);
        size_t size = d->set_size;

        if (!found)
            return no_memory(e);
        memcpy(found, d->set, size * sizeof *found);
        d->emptied++;
        if (empty(d, e)) {
            free(found);
            return CH_ENOMEM;
        }
        memcpy(d->set, found, size * sizeof *found);
        d->set_size = size;
        free(found);
        return state_of(d, to, e);
    }
    if (state_of(d, to, e))
        return CH_ENOMEM;
    d->next[state * d->nfa->class_count + class] = (uint16_t)*to;
    return 0;
}
