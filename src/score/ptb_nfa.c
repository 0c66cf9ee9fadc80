/* ptb_nfa.c - the patterns of the tokeniser's rules become a graph
 *
 * Thompson's construction: a piece of a pattern is a piece of graph with one
 * way in and one way out.  What is repeated a number of times is read that
 * many times.
 */
#include "score/ptb_nfa.h"

#include <stdlib.h>
#include <string.h>

#include "score/ptb_set.h"

/* Parts within parts: deeper, a part must contain itself. */
#define DEEPEST 16

struct reader {
    struct ch_ptb_nfa *a;
    const struct ch_ptb_part *part;
    struct ch_ptb_sets sets;
    const char *at;            /* what is left of the pattern */
    int depth;
    int rc;                    /* the first failure */
    struct ch_err *e;
};

/* A piece of graph, and how many units it takes. */
struct piece {
    uint16_t in, out;
    int least, most;           /* most -1: no bound */
};

static int fail(struct reader *r, int code, const char *why)
{
    if (!r->rc)
        r->rc = ch_fail(r->e, code, "a rule of the tokeniser: %s", why);
    return r->rc;
}

static uint16_t add_node(struct reader *r, enum ch_ptb_kind kind,
                         unsigned label)
{
    struct ch_ptb_nfa *a = r->a;

    if (a->node_count == a->node_room) {
        size_t room = a->node_room ? 2 * a->node_room : 1024;
        struct ch_ptb_node *node = NULL;

        if (room <= UINT16_MAX + 1)
            node = realloc(a->node, room * sizeof *node);
        if (!node) {
            fail(r, CH_ENOMEM, "no memory for its graph");
            return CH_PTB_NONE;
        }
        a->node = node;
        a->node_room = room;
    }
    a->node[a->node_count] =
        (struct ch_ptb_node) { .kind = kind, .label = (uint16_t)label };
    return (uint16_t)a->node_count++;
}

/* From one node to another; a node has two ways out at most. */
static void join(struct reader *r, uint16_t from, uint16_t to)
{
    struct ch_ptb_node *node = &r->a->node[from];

    if (!r->rc)
        node->out[node->out[0] != CH_PTB_NONE] = to;
}

static struct piece empty_piece(struct reader *r)
{
    uint16_t node = add_node(r, CH_PTB_EMPTY, 0);

    return (struct piece) { node, node, 0, 0 };
}

static struct piece unit_piece(struct reader *r, const struct ch_ptb_units *u)
{
    size_t label = 0;
    struct piece p = { .least = 1, .most = 1 };

    if (ch_ptb_sets_add(&r->sets, u, &label, r->e))
        fail(r, CH_ENOMEM, "no memory for its sets");
    p.in = add_node(r, CH_PTB_UNIT, (unsigned)label);
    p.out = add_node(r, CH_PTB_EMPTY, 0);
    join(r, p.in, p.out);
    return p;
}

static int sum(int a, int b)
{
    return a < 0 || b < 0 ? -1 : a + b;
}

static struct piece then(struct reader *r, struct piece a, struct piece b)
{
    join(r, a.out, b.in);
    return (struct piece) { a.in, b.out, a.least + b.least,
                            sum(a.most, b.most) };
}

static struct piece either(struct reader *r, struct piece a, struct piece b)
{
    struct piece p = { .in = add_node(r, CH_PTB_EMPTY, 0),
                       .out = add_node(r, CH_PTB_EMPTY, 0) };

    join(r, p.in, a.in);
    join(r, p.in, b.in);
    join(r, a.out, p.out);
    join(r, b.out, p.out);
    p.least = a.least < b.least ? a.least : b.least;
    p.most = a.most < 0 || b.most < 0 ? -1
             : a.most > b.most ? a.most : b.most;
    return p;
}

/* Any number of times, also none. */
static struct piece many(struct reader *r, struct piece a)
{
    struct piece p = empty_piece(r);

    p.out = add_node(r, CH_PTB_EMPTY, 0);
    join(r, p.in, a.in);
    join(r, p.in, p.out);
    join(r, a.out, p.in);
    p.most = -1;
    return p;
}

static struct piece read_choice(struct reader *r);

/* {name}; r->at is behind the brace. */
static struct piece read_part(struct reader *r)
{
    size_t n = strcspn(r->at, "}");
    const char *name = r->at, *behind = name + n + (name[n] == '}');
    const struct ch_ptb_part *part = r->part;
    struct piece p;

    while (part->name &&
           (strlen(part->name) != n || memcmp(part->name, name, n) != 0))
        part++;
    if (!part->name || r->depth == DEEPEST) {
        fail(r, CH_EUSAGE, part->name ? "parts within parts without end"
                                      : "a part that is not there");
        return empty_piece(r);
    }
    r->at = part->pattern;
    r->depth++;
    p = read_choice(r);
    if (*r->at)
        fail(r, CH_EUSAGE, "a bracket that was not opened");
    r->depth--;
    r->at = behind;
    return p;
}

static struct piece read_atom(struct reader *r)
{
    struct ch_ptb_units u;
    struct piece p;

    if (*r->at == '(') {
        r->at++;
        p = read_choice(r);
        if (*r->at != ')')
            fail(r, CH_EUSAGE, "a bracket that is not closed");
        else
            r->at++;
        return p;
    }
    if (*r->at == '{') {
        r->at++;
        return read_part(r);
    }
    if (!*r->at || strchr("*+?}]", *r->at)) {
        fail(r, CH_EUSAGE, "something to repeat or to close is missing");
        return empty_piece(r);
    }
    if (ch_ptb_set_read(&u, &r->at))
        fail(r, CH_EUSAGE, "a set that makes no sense");
    return unit_piece(r, &u);
}

/* {2} or {1,4}, behind the brace; most -1 when there is none. */
static void read_count(struct reader *r, int *least, int *most)
{
    char *end;

    *least = *most = (int)strtol(r->at, &end, 10);
    if (*end == ',' && end[1] == '}')
        *most = -1, end++;
    else if (*end == ',')
        *most = (int)strtol(end + 1, &end, 10);
    if (*end != '}')
        fail(r, CH_EUSAGE, "a number of times that makes no sense");
    r->at = end + (*end == '}');
}

/* The atom at `atom`, read anew. */
static struct piece copy(struct reader *r, const char *atom)
{
    const char *behind = r->at;
    struct piece p;

    r->at = atom;
    p = read_atom(r);
    r->at = behind;
    return p;
}

static struct piece repeat(struct reader *r, const char *atom, int least,
                           int most)
{
    struct piece p = empty_piece(r);

    for (int i = 0; i < least; i++)
        p = then(r, p, copy(r, atom));
    if (most < 0)
        return then(r, p, many(r, copy(r, atom)));
    for (int i = least; i < most; i++)
        p = then(r, p, either(r, copy(r, atom), empty_piece(r)));
    return p;
}

static void skip_blanks(struct reader *r)
{
    r->at += strspn(r->at, " ");
}

static struct piece read_repeated(struct reader *r)
{
    const char *atom = r->at;
    size_t before = r->a->node_count;
    struct piece p = read_atom(r);
    int least = 1, most = 1;

    if (*r->at == '*' || *r->at == '+' || *r->at == '?') {
        least = *r->at == '+';
        most = *r->at == '?' ? 1 : -1;
        r->at++;
    } else if (*r->at == '{' && strchr("0123456789", r->at[1])) {
        r->at++;
        read_count(r, &least, &most);
    }
    if (least == 1 && most == 1)
        return p;
    r->a->node_count = before;      /* as often as it takes, instead */
    return r->rc ? p : repeat(r, atom, least, most);
}

static struct piece read_sequence(struct reader *r)
{
    struct piece p = empty_piece(r);

    skip_blanks(r);
    while (*r->at && *r->at != '|' && *r->at != ')' && !r->rc) {
        p = then(r, p, read_repeated(r));
        skip_blanks(r);
    }
    return p;
}

static struct piece read_choice(struct reader *r)
{
    struct piece p = read_sequence(r);

    while (*r->at == '|' && !r->rc) {
        r->at++;
        p = either(r, p, read_sequence(r));
    }
    return p;
}

static struct piece read_pattern(struct reader *r, const char *pattern)
{
    struct piece p;

    r->at = pattern;
    p = read_choice(r);
    if (*r->at)
        fail(r, CH_EUSAGE, "a bracket that was not opened");
    return p;
}

/* The graph of one rule; the node it begins with. */
static uint16_t read_rule(struct reader *r, const struct ch_ptb_rule *rule,
                          size_t index)
{
    struct ch_ptb_rule_graph *graph = &r->a->rule[index];
    uint16_t border, end, first = (uint16_t)r->a->node_count;
    struct piece p = read_pattern(r, rule->take), ahead;

    *graph = (struct ch_ptb_rule_graph) { .start = p.in, .first = first };
    if (p.least == 0)
        fail(r, CH_EUSAGE, "it takes a token of nothing");
    if (rule->ahead) {
        border = add_node(r, CH_PTB_BORDER, 0);
        join(r, p.out, border);
        p.out = border;
        ahead = read_pattern(r, rule->ahead);
        graph->ahead_units = ahead.least == ahead.most ? ahead.least : -1;
        p = then(r, p, ahead);
    }
    end = add_node(r, CH_PTB_ACCEPT, (unsigned)index);
    join(r, p.out, end);
    graph->last = (uint16_t)r->a->node_count;
    return p.in;
}

static void read_rules(struct reader *r, const struct ch_ptb_rule *rule)
{
    uint16_t last;

    add_node(r, CH_PTB_EMPTY, 0);      /* CH_PTB_NONE */
    r->a->start = last = add_node(r, CH_PTB_EMPTY, 0);
    for (size_t i = 0; i < r->a->rule_count && !r->rc; i++) {
        uint16_t next = add_node(r, CH_PTB_EMPTY, 0);
        uint16_t start = read_rule(r, &rule[i], i);

        join(r, last, start);
        join(r, last, next);
        last = next;
        if (r->rc)
            ch_err_wrap(r->e, "rule %zu (%s)", i, rule[i].take);
    }
}

int ch_ptb_nfa_open(struct ch_ptb_nfa **out, const struct ch_ptb_rule *rule,
                    const struct ch_ptb_part *part, struct ch_err *e)
{
    struct ch_ptb_nfa *a = calloc(1, sizeof *a);
    struct reader r = { .a = a, .part = part, .e = e };

    *out = NULL;
    if (!a)
        return ch_fail(e, CH_ENOMEM, "no memory for the tokeniser");
    while (rule[a->rule_count].take)
        a->rule_count++;
    a->rule = calloc(a->rule_count + 1, sizeof *a->rule);
    if (!a->rule)
        fail(&r, CH_ENOMEM, "no memory for them all");
    else
        read_rules(&r, rule);
    if (!r.rc)
        r.rc = ch_ptb_sets_divide(&r.sets, a->class_of, &a->class_count,
                                  &a->member, e);
    a->set_count = r.sets.count;
    ch_ptb_sets_release(&r.sets);
    if (r.rc)
        ch_ptb_nfa_close(a);
    else
        *out = a;
    return r.rc;
}

void ch_ptb_nfa_close(struct ch_ptb_nfa *a)
{
    if (!a)
        return;
    free(a->node);
    free(a->member);
    free(a->rule);
    free(a);
}
