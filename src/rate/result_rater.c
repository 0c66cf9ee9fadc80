/* result_rater.c - how careful, and how consistent, each rater is */
#include "rate/result.h"

#include <math.h>
#include <stdlib.h>

#include "rate/kappa.h"

/* Fewer captions than this tell nothing of a correlation. */
#define FEW 3

/* The usual rating that a repeat repeats, or NULL; both are of one rater, and
 * the repeat is rating i. */
static const struct ch_rating *source_of(const struct ch_ratings *all,
                                         size_t i)
{
    const struct ch_rating *g = &all->rating[i];

    for (size_t k = 0; k < all->count; k++) {
        const struct ch_rating *o = &all->rating[k];

        if (o->rater == g->rater && o->kind == CH_ORDER_USUAL &&
            o->photo == g->photo &&
            ((o->first == g->first && o->second == g->second) ||
             (all->mode == CH_RATE_PAIRS && o->first == g->second &&
              o->second == g->first)))
            return o;
    }
    return NULL;
}

/* What the repeat says in the order of the sides it had first. */
static uint32_t turned(const struct ch_ratings *all, const struct ch_rating *g,
                       const struct ch_rating *source, size_t q)
{
    if (all->mode == CH_RATE_PAIRS && g->first != source->first)
        return CH_STUDY_FIRST + CH_STUDY_SECOND - g->value[q];
    return g->value[q];
}

static void count_repeats(struct ch_result *r, uint32_t rater)
{
    const struct ch_ratings *all = r->ratings;
    struct ch_result_rater *out = &r->rater[rater];
    uint32_t table[25] = { 0 }, values = ch_study_values(all->mode);
    double marks = 0, same = 0;

    for (size_t i = 0; i < all->count; i++) {
        const struct ch_rating *g = &all->rating[i], *source;

        if (g->rater != rater || g->kind != CH_ORDER_REPEAT)
            continue;
        source = source_of(all, i);
        if (!source)
            continue;
        out->repeats++;
        for (size_t q = 0; q < r->questions; q++) {
            uint32_t value = turned(all, g, source, q);

            marks++;
            same += value == source->value[q];
            table[(source->value[q] - 1) * values + value - 1]++;
        }
    }
    out->same = marks > 0 ? same / marks : NAN;
    out->kappa = ch_kappa_of(table, values, CH_KAPPA_QUADRATIC);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The median time between two tasks; room: as many as there are ratings. */
static double median_seconds(const struct ch_ratings *all, uint32_t rater,
                             double *room)
{
    int64_t last = 0;
    size_t n = 0;

    for (size_t i = 0; i < all->count; i++) {
        const struct ch_rating *g = &all->rating[i];

        if (g->rater != rater || !g->at_ms)
            continue;
        if (last)
            room[n++] = (double)(g->at_ms - last) / 1000;
        last = g->at_ms;
    }
    if (n == 0)
        return NAN;
    qsort(room, n, sizeof *room, by_size);
    return (room[(n - 1) / 2] + room[n / 2]) / 2;
}

int ch_result_raters(struct ch_result *r, double min_checks, struct ch_err *e)
{
    const struct ch_ratings *all = r->ratings;
    double *room = calloc(all->count + 1, sizeof *room);

    if (!room)
        return ch_fail(e, CH_ENOMEM, "no memory for the results");
    for (size_t i = 0; i < all->count; i++) {
        const struct ch_rating *g = &all->rating[i];
        struct ch_result_rater *out = &r->rater[g->rater];

        out->done++;
        out->checks += g->kind == CH_ORDER_CHECK;
        out->passed += g->kind == CH_ORDER_CHECK && g->is_right;
    }
    for (uint32_t k = 0; k < all->raters; k++) {
        struct ch_result_rater *out = &r->rater[k];

        out->skipped = all->rater[k].skipped;
        out->is_left_out = (double)out->passed <
                           min_checks * (double)out->checks;
        r->left_out += out->is_left_out;
        r->raters += out->done && !out->is_left_out;
        out->seconds = median_seconds(all, k, room);
        count_repeats(r, k);
    }
    free(room);
    return 0;
}

/* ---------------------------------------------------------- with the others */

/* One question: own marks beside the mean of the others'; gives how many. */
static size_t compare(const struct ch_result *r, uint32_t rater, uint32_t q,
                      double *own, double *others)
{
    const struct ch_ratings *all = r->ratings;
    bool is_out = r->rater[rater].is_left_out;
    size_t n = 0;

    for (size_t i = 0; i < all->count; i++) {
        const struct ch_rating *g = &all->rating[i];
        size_t at = ch_result_place(r, q, g->photo, g->first);
        double sum = r->sum[at];
        uint32_t count = r->count[at];

        if (g->rater != rater || g->kind != CH_ORDER_USUAL)
            continue;
        /* The marks of one who is left out are not in the sum. */
        if (!is_out) {
            sum -= g->value[q];
            count--;
        }
        if (!count)
            continue;
        own[n] = g->value[q];
        others[n++] = sum / count;
    }
    return n;
}

static double mean_of_marks(const struct ch_ratings *all, uint32_t rater,
                            uint32_t q)
{
    double sum = 0, n = 0;

    for (size_t i = 0; i < all->count; i++)
        if (all->rating[i].rater == rater &&
            all->rating[i].kind == CH_ORDER_USUAL) {
            sum += all->rating[i].value[q];
            n++;
        }
    return n > 0 ? sum / n : NAN;
}

int ch_result_others(struct ch_result *r, struct ch_err *e)
{
    const struct ch_ratings *all = r->ratings;
    double *own = calloc(2 * all->count + 1, sizeof *own);
    int rc = own ? 0 : ch_fail(e, CH_ENOMEM, "no memory for the results");

    for (uint32_t k = 0; k < all->raters && !rc; k++) {
        double sum = 0, known = 0;

        for (uint32_t q = 0; q < r->questions && !rc; q++) {
            struct ch_correlation c;
            size_t n = 0;

            r->rater[k].mean[q] = mean_of_marks(all, k, q);
            if (all->mode == CH_RATE_SCALES)
                n = compare(r, k, q, own, own + all->count);
            if (n < FEW)
                continue;
            rc = ch_correlation_of(own, own + all->count, n, &c, e);
            if (!rc && !isnan(c.pearson)) {
                sum += c.pearson;
                known++;
            }
        }
        r->rater[k].with_others = known > 0 ? sum / known : NAN;
    }
    free(own);
    return rc;
}
