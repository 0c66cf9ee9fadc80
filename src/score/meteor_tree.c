/* meteor_tree.c - the tree of phrases while it grows
 *
 * Nodes of one word are named by the word; the others follow, in the order of
 * their making, from FIRST on.
 */
#include "score/meteor_tree.h"

#include <stdlib.h>
#include <string.h>

/* Sections hold words of phrases in 16 bits. */
#define FIRST 65536u

struct node {
    uint32_t parent, word;
};

struct ch_meteor_tree {
    struct node *node;              /* [0] is the node FIRST */
    size_t count, room;
    uint32_t roots;                 /* 1 + the largest word of a phrase */
    uint32_t *slot;                 /* hash table: index in node + 1, or 0 */
    size_t slots;
    struct node *pair;              /* phrase and paraphrase, both nodes */
    size_t pairs, pair_room;
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the paraphrases of METEOR");
}

int ch_meteor_tree_open(struct ch_meteor_tree **out, struct ch_err *e)
{
    struct ch_meteor_tree *t = calloc(1, sizeof *t);

    *out = t;
    if (t) {
        t->slots = 1024;
        t->slot = calloc(t->slots, sizeof *t->slot);
    }
    if (t && t->slot)
        return 0;
    ch_meteor_tree_close(t);
    *out = NULL;
    return no_memory(e);
}

void ch_meteor_tree_close(struct ch_meteor_tree *t)
{
    if (!t)
        return;
    free(t->node);
    free(t->slot);
    free(t->pair);
    free(t);
}

static int append(struct node **array, size_t *count, size_t *room,
                  struct node value)
{
    if (*count == *room) {
        size_t more = *room ? 2 * *room : 256;
        struct node *at = realloc(*array, more * sizeof *at);

        if (!at)
            return 0;
        *array = at;
        *room = more;
    }
    (*array)[(*count)++] = value;
    return 1;
}

/* The slot of a node, or the free one where it would be. */
static size_t find(const struct ch_meteor_tree *t, struct node n)
{
    uint64_t key = ((uint64_t)n.parent << 16 | n.word) *
                   UINT64_C(0x9e3779b97f4a7c15);

    for (size_t at = (size_t)(key >> 20);; at++) {
        uint32_t slot = t->slot[at & (t->slots - 1)];

        if (!slot || (t->node[slot - 1].parent == n.parent &&
                      t->node[slot - 1].word == n.word))
            return at & (t->slots - 1);
    }
}

static int double_slots(struct ch_meteor_tree *t)
{
    uint32_t *slot = calloc(2 * t->slots, sizeof *slot);

    if (!slot)
        return 0;
    free(t->slot);
    t->slot = slot;
    t->slots *= 2;
    for (size_t i = 0; i < t->count; i++)
        t->slot[find(t, t->node[i])] = (uint32_t)i + 1;
    return 1;
}

int ch_meteor_tree_grow(struct ch_meteor_tree *t, uint32_t parent,
                        uint32_t word, uint32_t *node, struct ch_err *e)
{
    struct node n = { parent, word };
    size_t at;

    if (word >= FIRST)
        return ch_fail(e, CH_EFORMAT, "expected at most %u words in phrases, "
                       "found more; add paraphrases before other words", FIRST);
    if (word >= t->roots)
        t->roots = word + 1;
    *node = word;
    if (parent == CH_METEOR_NO_NODE)
        return 0;
    at = find(t, n);
    if (!t->slot[at]) {
        if (t->count >= UINT32_MAX - 2 * FIRST ||
            !append(&t->node, &t->count, &t->room, n))
            return no_memory(e);
        t->slot[at] = (uint32_t)t->count;
        *node = FIRST + (uint32_t)t->count - 1;
        return 2 * t->count <= t->slots || double_slots(t) ? 0 : no_memory(e);
    }
    *node = FIRST + t->slot[at] - 1;
    return 0;
}

int ch_meteor_tree_pair(struct ch_meteor_tree *t, uint32_t from, uint32_t to,
                        struct ch_err *e)
{
    return append(&t->pair, &t->pairs, &t->pair_room,
                  (struct node){ from, to }) ? 0 : no_memory(e);
}

/* ----------------------------------------------------------------- output */

struct order {
    uint32_t *number;        /* [FIRST + count] the new one of each node */
    uint32_t *old;           /* and back */
    size_t nodes;
    uint32_t *start;         /* children of an old node: start[old].. */
    uint32_t *child;
};

static void release(struct order *o)
{
    free(o->number);
    free(o->old);
    free(o->start);
    free(o->child);
}

struct word_of {
    uint32_t word, node;
};

static int compare_words(const void *a, const void *b)
{
    const struct word_of *x = a, *y = b;

    return x->word < y->word ? -1 : x->word > y->word;
}

/* Children of each node, by counting. */
static void group_children(const struct ch_meteor_tree *t, struct order *o)
{
    size_t all = FIRST + t->count;

    for (size_t i = 0; i < t->count; i++)
        o->start[t->node[i].parent + 2]++;
    for (size_t i = 0; i < all; i++)
        o->start[i + 2] += o->start[i + 1];
    /* start[n + 1] walks to where the children of the next node begin. */
    for (size_t i = 0; i < t->count; i++)
        o->child[o->start[t->node[i].parent + 1]++] = FIRST + (uint32_t)i;
}

/* A node's children get the next numbers, ascending by word. */
static int number_children(const struct ch_meteor_tree *t, struct order *o,
                           uint32_t node)
{
    uint32_t from = o->start[node], to = o->start[node + 1];
    struct word_of *w;

    if (from == to)
        return 1;
    w = malloc((to - from) * sizeof *w);
    if (!w)
        return 0;
    for (uint32_t i = from; i < to; i++)
        w[i - from] = (struct word_of){ t->node[o->child[i] - FIRST].word,
                                        o->child[i] };
    qsort(w, to - from, sizeof *w, compare_words);
    for (uint32_t i = 0; i < to - from; i++) {
        o->old[o->nodes] = w[i].node;
        o->number[w[i].node] = (uint32_t)o->nodes++;
    }
    free(w);
    return 1;
}

/* Level by level: the queue of nodes is the order itself. */
static int number_nodes(const struct ch_meteor_tree *t, struct order *o,
                        struct ch_buffer *child)
{
    size_t all = FIRST + t->count;

    o->number = calloc(all, sizeof *o->number);
    o->old = calloc(all, sizeof *o->old);
    o->start = calloc(all + 2, sizeof *o->start);
    o->child = calloc(t->count + 1, sizeof *o->child);
    if (!o->number || !o->old || !o->start || !o->child)
        return 0;
    group_children(t, o);
    for (; o->nodes < t->roots; o->nodes++)
        o->old[o->nodes] = o->number[o->nodes] = (uint32_t)o->nodes;
    for (size_t i = 0; i < o->nodes; i++) {
        ch_buffer_u32(child, (uint32_t)o->nodes);
        if (!number_children(t, o, o->old[i]))
            return 0;
    }
    ch_buffer_u32(child, (uint32_t)o->nodes);
    return 1;
}

/* Where each list begins goes to `phrase`; the order of pairs is kept. */
static int write_lists(const struct ch_meteor_tree *t, const struct order *o,
                       struct ch_buffer *phrase, struct ch_buffer *list)
{
    uint32_t *start = calloc(o->nodes + 2, sizeof *start);
    uint32_t *to = calloc(t->pairs + 1, sizeof *to);
    int is_well = start && to;

    for (size_t i = 0; is_well && i < t->pairs; i++)
        start[o->number[t->pair[i].parent] + 2]++;
    for (size_t i = 0; is_well && i < o->nodes; i++)
        start[i + 2] += start[i + 1];
    /* start[n + 1] walks to where the next list begins. */
    for (size_t i = 0; is_well && i < t->pairs; i++)
        to[start[o->number[t->pair[i].parent] + 1]++] =
            o->number[t->pair[i].word];
    ch_buffer_u32(list, 0);        /* place 0 means none */
    for (size_t i = 0; is_well && i < o->nodes; i++) {
        uint32_t count = start[i + 1] - start[i];

        ch_buffer_u32(phrase, count ? (uint32_t)(list->size / 4) : 0);
        if (count)
            ch_buffer_u32(list, count);
        for (uint32_t j = start[i]; j < start[i + 1]; j++)
            ch_buffer_u32(list, to[j]);
    }
    free(start);
    free(to);
    return is_well;
}

int ch_meteor_tree_write(const struct ch_meteor_tree *t,
                         struct ch_buffer *node_word, struct ch_buffer *child,
                         struct ch_buffer *phrase, struct ch_buffer *list,
                         struct ch_err *e)
{
    struct order o = { 0 };
    int is_well = number_nodes(t, &o, child);

    for (size_t i = 0; is_well && i < o.nodes; i++) {
        uint32_t old = o.old[i];
        uint32_t word = old < FIRST ? old : t->node[old - FIRST].word;

        ch_buffer_u16(node_word, (uint16_t)word);
    }
    if (is_well)
        is_well = write_lists(t, &o, phrase, list);
    release(&o);
    return is_well && !list->failed ? 0 : no_memory(e);
}
