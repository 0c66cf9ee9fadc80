/* ptb_set.c - sets of UTF-16 units in patterns, and classes of units */
#include "score/ptb_set.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int put(struct ch_ptb_units *u, unsigned first, unsigned last)
{
    if (u->count == sizeof u->range / sizeof *u->range || first > last)
        return -1;
    u->range[u->count++] =
        (struct ch_ptb_range) { (uint16_t)first, (uint16_t)last };
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct ch_ptb_range *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

/* Most sets are written in order. */
static int is_sorted(const struct ch_ptb_units *u)
{
    for (size_t i = 1; i < u->count; i++)
        if (u->range[i].first < u->range[i - 1].first)
            return 0;
    return 1;
}

/* Ascending, and apart: what overlaps or touches becomes one. */
static void tidy(struct ch_ptb_units *u)
{
    size_t count = 0;

    if (!is_sorted(u))
        qsort(u->range, u->count, sizeof *u->range, compare);
    for (size_t i = 0; i < u->count; i++) {
        struct ch_ptb_range next = u->range[i];

        if (count > 0 && next.first <= u->range[count - 1].last + 1) {
            if (next.last > u->range[count - 1].last)
                u->range[count - 1].last = next.last;
        } else {
            u->range[count++] = next;
        }
    }
    u->count = count;
}

static int complement(struct ch_ptb_units *u)
{
    struct ch_ptb_units in = *u;
    unsigned next = 0;
    int rc = 0;

    u->count = 0;
    for (size_t i = 0; i < in.count && !rc; i++) {
        if (in.range[i].first > next)
            rc = put(u, next, in.range[i].first - 1u);
        next = in.range[i].last + 1u;
    }
    return rc || next >= CH_PTB_UNITS ? rc : put(u, next, CH_PTB_UNITS - 1);
}

/* One character, perhaps behind a backslash. */
static int read_unit(const char **at, unsigned *unit)
{
    static const char name[] = "nrtf", value[] = "\n\r\t\f";
    const char *found;
    char hex[5] = "", *end;

    if (!**at)
        return -1;
    *unit = (unsigned char)*(*at)++;
    if (*unit != '\\')
        return *unit < 0x80 ? 0 : -1;
    if (**at == 'u') {
        strncpy(hex, *at + 1, 4);
        *unit = (unsigned)strtoul(hex, &end, 16);
        *at += 1 + (end - hex);
        return end == hex + 4 ? 0 : -1;
    }
    found = **at ? strchr(name, **at) : NULL;
    *unit = (unsigned char)(found ? value[found - name] : **at);
    *at += **at != '\0';
    return *unit > 0 && *unit < 0x80 ? 0 : -1;
}

static int put_range(struct ch_ptb_units *u, struct ch_ptb_range range,
                     unsigned step)
{
    int rc = 0;

    if (step == 1)
        return put(u, range.first, range.last);
    for (unsigned c = range.first; c <= range.last && !rc; c += step)
        rc = put(u, c, c);
    return rc;
}

/* [:name:], behind its first colon. */
static int read_named(struct ch_ptb_units *u, const char **at)
{
    size_t n = strcspn(*at, ":");
    int rc = -1;

    for (const struct ch_ptb_set *s = ch_ptb_unicode; s->name; s++)
        if (strlen(s->name) == n && memcmp(s->name, *at, n) == 0) {
            rc = 0;
            for (size_t i = 0; i < s->count && !rc; i++)
                rc = put_range(u, s->range[i], s->step);
        }
    if (rc || strncmp(*at + n, ":]", 2) != 0)
        return -1;
    *at += n + 2;
    return 0;
}

static int read_members(struct ch_ptb_units *u, const char **at)
{
    unsigned first, last;

    while (**at && **at != ']') {
        if (strncmp(*at, "[:", 2) == 0) {
            *at += 2;
            if (read_named(u, at))
                return -1;
            continue;
        }
        if (read_unit(at, &first))
            return -1;
        last = first;
        if (**at == '-' && (*at)[1] != ']') {
            ++*at;
            if (read_unit(at, &last))
                return -1;
        }
        if (put(u, first, last))
            return -1;
    }
    if (**at != ']')
        return -1;
    ++*at;
    return 0;
}

/* Units that become the letter when their case is changed, one way or the
 * other and back: Turkish i, long s and the Kelvin sign are among them. */
static int put_letter(struct ch_ptb_units *u, unsigned letter)
{
    unsigned small = letter | 32;
    int rc = put(u, small, small) || put(u, small - 32, small - 32);

    if (small == 'i' && !rc)
        rc = put(u, 0x130, 0x131);
    if (small == 's' && !rc)
        rc = put(u, 0x17f, 0x17f);
    if (small == 'k' && !rc)
        rc = put(u, 0x212a, 0x212a);
    return rc;
}

int ch_ptb_set_read(struct ch_ptb_units *u, const char **at)
{
    unsigned unit;
    int is_not = 0, rc;

    u->count = 0;
    if (**at != '[') {
        rc = read_unit(at, &unit);
        if (!rc)
            rc = unit < 0x80 && isalpha((int)unit) ? put_letter(u, unit)
                                                   : put(u, unit, unit);
    } else {
        ++*at;
        is_not = **at == '^';
        *at += is_not;
        rc = read_members(u, at);
    }
    tidy(u);
    return rc || !is_not ? rc : complement(u);
}

int ch_ptb_sets_add(struct ch_ptb_sets *s, const struct ch_ptb_units *u,
                    size_t *index, struct ch_err *e)
{
    size_t bytes = u->count * sizeof *u->range;

    for (*index = 0; *index < s->count; ++*index)
        if (s->set[*index]->count == u->count &&
            memcmp(s->set[*index]->range, u->range, bytes) == 0)
            return 0;
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 64;
        struct ch_ptb_units **set = realloc(s->set, room * sizeof *set);

        if (!set)
            return ch_fail(e, CH_ENOMEM, "no memory for the tokeniser");
        s->set = set;
        s->room = room;
    }
    s->set[s->count] = malloc(sizeof *u);
    if (!s->set[s->count])
        return ch_fail(e, CH_ENOMEM, "no memory for the tokeniser");
    *s->set[s->count++] = *u;
    return 0;
}

/* Units in a row that no set tells apart: all sets begin and end between two
 * runs.  There are some thousand, and 65,536 units. */
struct runs {
    uint16_t *of;              /* [units + 1] the run that a unit is in */
    uint32_t *begin;           /* [runs + 1] its first unit */
    uint8_t *class;            /* [runs] */
    size_t count;
};

static void release_runs(struct runs *r)
{
    free(r->of);
    free(r->begin);
    free(r->class);
}

static int make_runs(const struct ch_ptb_sets *s, struct runs *r)
{
    r->of = calloc(CH_PTB_UNITS + 1, sizeof *r->of);
    r->begin = malloc((CH_PTB_UNITS + 1) * sizeof *r->begin);
    r->class = calloc(CH_PTB_UNITS, sizeof *r->class);
    if (!r->of || !r->begin || !r->class)
        return -1;
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->set[i]->count; k++) {
            r->of[s->set[i]->range[k].first] = 1;
            r->of[s->set[i]->range[k].last + 1] = 1;
        }
    r->begin[0] = r->of[0] = 0;
    for (uint32_t c = 1; c < CH_PTB_UNITS; c++) {
        if (r->of[c])
            r->begin[++r->count] = c;
        r->of[c] = (uint16_t)r->count;
    }
    r->begin[++r->count] = CH_PTB_UNITS;
    r->of[CH_PTB_UNITS] = (uint16_t)r->count;
    return 0;
}

/* Parts each class into its units within the set and without. */
static int divide(const struct ch_ptb_units *u, struct runs *r,
                  size_t *count, size_t *size)
{
    size_t inside[CH_PTB_CLASSES] = { 0 };
    int to[CH_PTB_CLASSES];

    for (size_t i = 0; i < u->count; i++)
        for (size_t k = r->of[u->range[i].first];
             k < r->of[u->range[i].last + 1]; k++)
            inside[r->class[k]] += r->begin[k + 1] - r->begin[k];
    for (size_t class = 0, n = *count; class < n; class++) {
        to[class] = (int)class;
        if (inside[class] == 0 || inside[class] == size[class])
            continue;
        if (*count == CH_PTB_CLASSES)
            return -1;
        to[class] = (int)*count;
        size[class] -= inside[class];
        size[(*count)++] = inside[class];
    }
    for (size_t i = 0; i < u->count; i++)
        for (size_t k = r->of[u->range[i].first];
             k < r->of[u->range[i].last + 1]; k++)
            r->class[k] = (uint8_t)to[r->class[k]];
    return 0;
}

static void list_members(const struct ch_ptb_units *u, const struct runs *r,
                         struct ch_ptb_member *member)
{
    for (size_t i = 0; i < u->count; i++)
        for (size_t k = r->of[u->range[i].first];
             k < r->of[u->range[i].last + 1]; k++)
            member->bit[r->class[k] / 64] |= UINT64_C(1) << r->class[k] % 64;
}

int ch_ptb_sets_divide(const struct ch_ptb_sets *s, uint8_t *class_of,
                       size_t *class_count, struct ch_ptb_member **member,
                       struct ch_err *e)
{
    size_t size[CH_PTB_CLASSES] = { CH_PTB_UNITS };
    struct runs r = { 0 };
    int rc = 0;

    *class_count = 1;
    *member = calloc(s->count + 1, sizeof **member);
    if (!*member || make_runs(s, &r))
        rc = ch_fail(e, CH_ENOMEM, "no memory for the tokeniser");
    for (size_t i = 0; i < s->count && !rc; i++)
        if (divide(s->set[i], &r, class_count, size))
            rc = ch_fail(e, CH_EUSAGE, "the tokeniser's rules tell more "
                         "than %d kinds of characters apart", CH_PTB_CLASSES);
    for (size_t i = 0; i < s->count && !rc; i++)
        list_members(s->set[i], &r, &(*member)[i]);
    for (size_t k = 0; k < r.count && !rc; k++)
        memset(class_of + r.begin[k], r.class[k], r.begin[k + 1] - r.begin[k]);
    release_runs(&r);
    return rc;
}

void ch_ptb_sets_release(struct ch_ptb_sets *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->set[i]);
    free(s->set);
    *s = (struct ch_ptb_sets) { 0 };
}
