/* significance.c - how sure a score is, and whether another is better */
#include "chorus/significance.h"

#include <math.h>
#include <stdlib.h>

#include "base/pool.h"
#include "base/rng.h"
#include "score/metric.h"

/* Differences nearer than this are equal: sums in another order differ in
 * their last bits. */
#define EQUAL 1e-12

/* What one draw gives. */
struct draw {
    double first[CH_METRIC_COUNT];        /* of drawn images */
    double second[CH_METRIC_COUNT];
    double swapped[CH_METRIC_COUNT];      /* difference after coins */
};

struct job {
    const struct ch_scores *first, *second;   /* second: NULL for intervals */
    const struct ch_significance_options *o;
    struct draw *draw;
    size_t thread_count;
};

static struct ch_rng stream(const struct job *j, enum ch_rng_purpose purpose,
                            uint32_t draw)
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place) {
        .seed = j->o->seed, .purpose = purpose, .example = draw
    });
    return r;
}

/* As many images as there are, each any of them; both sides the same. */
static void draw_images(const struct job *j, uint32_t number, struct draw *d)
{
    struct ch_rng r = stream(j, CH_RNG_RESAMPLE, number);
    struct ch_score_sum a = { 0 }, b = { 0 };
    size_t count = j->first->count;

    for (size_t i = 0; i < count; i++) {
        size_t image = ch_rng_below(&r, (uint32_t)count);

        ch_score_sum_add(&a, j->first, image);
        if (j->second)
            ch_score_sum_add(&b, j->second, image);
    }
    ch_score_sum_corpus(&a, d->first);
    if (j->second)
        ch_score_sum_corpus(&b, d->second);
}

/* For each image a coin says which side's caption is whose. */
static void draw_coins(const struct job *j, uint32_t number, struct draw *d)
{
    struct ch_rng r = stream(j, CH_RNG_SWAP, number);
    struct ch_score_sum a = { 0 }, b = { 0 };
    double first[CH_METRIC_COUNT], second[CH_METRIC_COUNT];
    uint32_t coins = 0;

    for (size_t i = 0; i < j->first->count; i++) {
        if (i % 32 == 0)
            coins = ch_rng_u32(&r);
        ch_score_sum_add(coins & 1 ? &a : &b, j->first, i);
        ch_score_sum_add(coins & 1 ? &b : &a, j->second, i);
        coins >>= 1;
    }
    ch_score_sum_corpus(&a, first);
    ch_score_sum_corpus(&b, second);
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        d->swapped[m] = first[m] - second[m];
}

static int draw_part(void *context, size_t thread, struct ch_err *e)
{
    const struct job *j = context;

    (void)e;     /* nothing here can fail */
    for (size_t i = thread; i < j->o->draws; i += j->thread_count) {
        draw_images(j, (uint32_t)i, &j->draw[i]);
        if (j->second)
            draw_coins(j, (uint32_t)i, &j->draw[i]);
    }
    return 0;
}

static int draw_all(struct job *j, struct ch_err *e)
{
    struct ch_pool *pool = NULL;
    int rc, ended;

    if (j->o->draws == 0)
        return ch_fail(e, CH_EUSAGE, "expected one draw or more");
    j->draw = calloc(j->o->draws, sizeof *j->draw);
    if (!j->draw)
        return ch_fail(e, CH_ENOMEM, "no memory for %lu draws",
                       (unsigned long)j->o->draws);
    j->thread_count = j->o->threads ? j->o->threads : ch_pool_cores();
    if (j->thread_count > j->o->draws)
        j->thread_count = j->o->draws;
    if (j->thread_count <= 1) {
        j->thread_count = 1;
        return draw_part(j, 0, e);
    }
    rc = ch_pool_start(&pool, j->thread_count, draw_part, j, e);
    ended = ch_pool_finish(pool, e);
    return rc ? rc : ended;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The value below which a share q of n sorted values lies, between two of them
 * in proportion (R's type 7, NumPy's default). */
static double quantile(const double *sorted, size_t n, double q)
{
    double place = q * (double)(n - 1);
    size_t low = (size_t)place;
    double part = place - (double)low;

    if (low + 1 >= n)
        return sorted[n - 1];
    return sorted[low] + part * (sorted[low + 1] - sorted[low]);
}

static struct ch_interval interval_of(double *value, size_t n, double level)
{
    qsort(value, n, sizeof *value, by_value);
    return (struct ch_interval) { quantile(value, n, (1 - level) / 2),
                                  quantile(value, n, (1 + level) / 2) };
}

int ch_significance_interval(const struct ch_scores *s,
                             const struct ch_significance_options *o,
                             struct ch_interval out[CH_METRIC_COUNT],
                             struct ch_err *e)
{
    struct job j = { .first = s, .o = o };
    double *value = calloc(o->draws + (size_t)1, sizeof *value);
    int rc = value ? draw_all(&j, e)
                   : ch_fail(e, CH_ENOMEM, "no memory for an interval");

    for (size_t m = 0; m < CH_METRIC_COUNT && !rc; m++) {
        for (size_t i = 0; i < o->draws; i++)
            value[i] = j.draw[i].first[m];
        out[m] = interval_of(value, o->draws, o->level);
    }
    free(value);
    free(j.draw);
    return rc;
}

static void compare_metric(const struct job *j, size_t m, double *value,
                           struct ch_comparison *out)
{
    size_t draws = j->o->draws, wins = 0, unconfirmed = 0, as_large = 0;

    for (size_t i = 0; i < draws; i++) {
        double d = j->draw[i].first[m] - j->draw[i].second[m];

        value[i] = d;
        wins += d > EQUAL;
        unconfirmed += out->difference > EQUAL ? d <= EQUAL
                       : out->difference < -EQUAL ? d >= -EQUAL : 1;
        as_large += fabs(j->draw[i].swapped[m]) >=
                    fabs(out->difference) - EQUAL;
    }
    out->interval = interval_of(value, draws, j->o->level);
    out->wins = (double)wins / (double)draws;
    out->p_bootstrap = (1 + (double)unconfirmed) / (1 + (double)draws);
    out->p_randomisation = (1 + (double)as_large) / (1 + (double)draws);
}

int ch_significance_compare(const struct ch_scores *first,
                            const struct ch_scores *second,
                            const struct ch_significance_options *o,
                            struct ch_comparison out[CH_METRIC_COUNT],
                            struct ch_err *e)
{
    struct job j = { .first = first, .second = second, .o = o };
    double *value;
    int rc;

    if (first->count != second->count)
        return ch_fail(e, CH_EUSAGE, "expected captions of the same images, "
                       "found %zu and %zu", first->count, second->count);
    value = calloc(o->draws + (size_t)1, sizeof *value);
    rc = value ? draw_all(&j, e)
               : ch_fail(e, CH_ENOMEM, "no memory for a comparison");
    for (size_t m = 0; m < CH_METRIC_COUNT && !rc; m++) {
        out[m].difference = first->corpus[m] - second->corpus[m];
        compare_metric(&j, m, value, &out[m]);
    }
    free(value);
    free(j.draw);
    return rc;
}
