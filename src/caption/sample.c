/* sample.c - drawing words */
#include "caption/sample.h"

#include "base/rng.h"
#include "caption/filter.h"
#include "caption/search.h"

#include <math.h>
#include <stdlib.h>

int ch_draw_open(struct ch_draw *d, size_t V, struct ch_err *e)
{
    d->chance = calloc(V, sizeof *d->chance);
    return d->chance ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu words", V);
}

void ch_draw_close(struct ch_draw *d)
{
    free(d->chance);
    *d = (struct ch_draw){ 0 };
}

/* Likelier; or as likely, and of the lower id. */
static bool is_before(struct ch_chance a, struct ch_chance b)
{
    return a.logp > b.logp || (a.logp == b.logp && a.word < b.word);
}

/* A heap with the first of all at 0: at[i] may be behind its children. */
static void sink(struct ch_chance *at, size_t n, size_t i)
{
    struct ch_chance moved = at[i];

    for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && is_before(at[child + 1], at[child]))
            child++;
        if (!is_before(at[child], moved))
            break;
        at[i] = at[child];
        i = child;
    }
    at[i] = moved;
}

static double weight(const struct ch_draw *d, struct ch_chance c, float most)
{
    return exp(((double)c.logp - (double)most) / d->temperature);
}

/* The first ones, taken off the heap one by one, are moved to its end.
 * Returns how many, *total: their weight. */
static size_t take_first(const struct ch_draw *d, size_t n, double *total)
{
    struct ch_chance *at = d->chance;
    size_t k = d->top_k && d->top_k < n ? d->top_k : n, taken = 0;
    double all = 0, goal;
    float most;

    for (size_t i = n / 2; i-- > 0;)
        sink(at, n, i);
    most = at[0].logp;
    if (k == n)
        for (size_t i = 0; i < n; i++)
            all += weight(d, at[i], most);
    for (; taken < k; taken++) {
        struct ch_chance first = at[0];

        if (k == n && *total >= d->top_p * all)
            break;
        at[0] = at[n - 1 - taken];
        at[n - 1 - taken] = first;
        sink(at, n - 1 - taken, 0);
        *total += weight(d, first, most);
    }
    if (k == n || d->top_p >= 1)
        return taken;
    /* Of the k likeliest, the fewest with top_p of their weight. */
    goal = d->top_p * *total;
    *total = 0;
    for (taken = 0; taken < k && *total < goal; taken++)
        *total += weight(d, at[n - 1 - taken], most);
    return taken;
}

/* Allowed words, by id. */
static size_t list_words(const struct ch_draw *d, const struct ch_reach *r,
                         float *most)
{
    size_t n = 0;

    *most = -INFINITY;
    for (size_t v = 0; v < r->V; v++) {
        if (!isfinite(r->logp[v]) ||
            !ch_filter_allows(r->filter, r->h, (int32_t)v))
            continue;
        d->chance[n++] = (struct ch_chance){ r->logp[v], (int32_t)v };
        if (r->logp[v] > *most)
            *most = r->logp[v];
    }
    return n;
}

int32_t ch_draw_word(const struct ch_draw *d, const struct ch_reach *r,
                     double u)
{
    const struct ch_chance *at = d->chance;
    float most;
    size_t n = list_words(d, r, &most), count = n, last = 0;
    double total = 0, sum = 0;
    int32_t word = -1;

    if (n == 0)
        return -1;
    if (d->top_k || d->top_p < 1) {
        count = take_first(d, n, &total);
        last = n - 1;            /* taken off one by one, they lie backwards */
    } else {
        for (size_t i = 0; i < n; i++)
            total += weight(d, at[i], most);
    }
    for (size_t i = 0; i < count; i++) {
        struct ch_chance c = last ? at[last - i] : at[i];

        word = c.word;
        sum += weight(d, c, most);
        if (u * total < sum)
            break;
    }
    return word;      /* of the last where sum, rounded, falls short of total */
}

double ch_draw_unit(const struct ch_draw *d, uint64_t key, size_t number,
                    size_t step)
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place){ .seed = d->seed ^ key,
                                           .purpose = CH_RNG_SAMPLE,
                                           .example = (uint32_t)number,
                                           .position = (uint32_t)step });
    return ch_rng_unit(&r);
}

int ch_sample_go(struct ch_search *s, struct ch_err *e)
{
    for (size_t i = 0; i < s->alive_count; i++) {
        const struct ch_hypothesis *h = &s->alive[i];
        const struct ch_reach r = ch_search_reach(s, i);
        double u = ch_draw_unit(&s->draw, s->key[h->photo], h->number,
                                s->step);
        int32_t word = ch_draw_word(&s->draw, &r, u);

        if (word < 0)
            return ch_search_check(s, i, e);
        ch_search_extend(s, i, word, false);
    }
    return 0;
}
