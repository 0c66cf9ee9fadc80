/* result_agree.c - do the raters agree? */
#include "rate/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rate/alpha.h"
#include "rate/kappa.h"

/* One rater's value of one unit: a caption, or a pair of captions of a photo,
 * the system of the smaller number first. */
struct judged {
    struct ch_alpha_value v;
    uint32_t rater;
};

static int by_unit(const void *a, const void *b)
{
    const struct judged *p = a, *q = b;

    if (p->v.unit != q->v.unit)
        return p->v.unit < q->v.unit ? -1 : 1;
    return (p->rater > q->rater) - (p->rater < q->rater);
}

static struct judged judge(const struct ch_result *r,
                           const struct ch_rating *g, size_t q)
{
    const struct ch_ratings *all = r->ratings;
    uint32_t first = g->first, second = g->second, value = g->value[q];
    uint32_t arm = first, arms = (uint32_t)all->systems;

    if (all->mode == CH_RATE_PAIRS) {
        if (first > second) {
            first = g->second;
            second = g->first;
            value = CH_STUDY_FIRST + CH_STUDY_SECOND - value;
        }
        arm = second * (second - 1) / 2 + first;
        arms = (uint32_t)r->wins;
    }
    return (struct judged) { { g->photo * arms + arm, value }, g->rater };
}

static size_t gather(const struct ch_result *r, size_t q, struct judged *out)
{
    size_t n = 0;

    for (size_t i = 0; i < r->ratings->count; i++)
        if (ch_result_counts(r, &r->ratings->rating[i]))
            out[n++] = judge(r, &r->ratings->rating[i], q);
    qsort(out, n, sizeof *out, by_unit);
    return n;
}

static size_t count_units(const struct judged *j, size_t n)
{
    size_t units = 0;

    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && j[end].v.unit == j[i].v.unit; end++)
            ;
        units += end - i > 1;
    }
    return units;
}

/* What rater a and each later one said of units both judged: table, of each
 * rater TABLE cells, [what a said][what the other said]. */
#define TABLE 25

static void cross(const struct judged *j, size_t n, uint32_t a,
                  uint32_t values, uint32_t *table)
{
    for (size_t i = 0, end; i < n; i = end) {
        uint32_t by_a = 0;

        for (end = i; end < n && j[end].v.unit == j[i].v.unit; end++)
            if (j[end].rater == a)
                by_a = j[end].v.value;
        for (size_t k = i; k < end && by_a; k++)
            if (j[k].rater > a)
                table[j[k].rater * TABLE + (by_a - 1) * values +
                      j[k].v.value - 1]++;
    }
}

static void add_kappa(const uint32_t *table, uint32_t values,
                      struct ch_result_agreement *out, double *weight)
{
    double linear = ch_kappa_of(table, values, CH_KAPPA_LINEAR);
    double common = 0;

    if (isnan(linear))
        return;
    for (size_t i = 0; i < TABLE; i++)
        common += table[i];
    out->linear += common * linear;
    out->quadratic += common * ch_kappa_of(table, values, CH_KAPPA_QUADRATIC);
    out->pairs++;
    *weight += common;
}

/* table: TABLE cells of each rater. */
static void mean_kappa(const struct ch_result *r, const struct judged *j,
                       size_t n, uint32_t *table,
                       struct ch_result_agreement *out)
{
    uint32_t raters = (uint32_t)r->ratings->raters;
    uint32_t values = ch_study_values(r->ratings->mode);
    double weight = 0;

    out->linear = out->quadratic = 0;
    for (uint32_t a = 0; a < raters; a++) {
        memset(table, 0, raters * TABLE * sizeof *table);
        cross(j, n, a, values, table);
        for (uint32_t b = a + 1; b < raters; b++)
            add_kappa(table + (size_t)b * TABLE, values, out, &weight);
    }
    out->linear = weight > 0 ? out->linear / weight : NAN;
    out->quadratic = weight > 0 ? out->quadratic / weight : NAN;
}

int ch_result_agree(struct ch_result *r, struct ch_err *e)
{
    size_t room = r->ratings->count;
    struct judged *j = calloc(room + 1, sizeof *j);
    struct ch_alpha_value *v = calloc(room + 1, sizeof *v);
    uint32_t *table = calloc(r->ratings->raters * TABLE + 1, sizeof *table);
    int rc = j && v && table ? 0 : ch_fail(e, CH_ENOMEM, "no memory for the "
                                           "results");

    for (size_t q = 0; q < r->questions && !rc; q++) {
        struct ch_result_agreement *out = &r->agreement[q];
        size_t n = gather(r, q, j);

        for (size_t i = 0; i < n; i++)
            v[i] = j[i].v;
        out->units = count_units(j, n);
        out->nominal = ch_alpha_of(v, n, CH_ALPHA_NOMINAL);
        out->ordinal = ch_alpha_of(v, n, CH_ALPHA_ORDINAL);
        out->interval = ch_alpha_of(v, n, CH_ALPHA_INTERVAL);
        mean_kappa(r, j, n, table, out);
    }
    free(j);
    free(v);
    free(table);
    return rc;
}
