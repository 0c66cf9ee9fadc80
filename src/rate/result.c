/* result.c - what the ratings say: marks and wins of systems */
#include "rate/result.h"

#include <math.h>
#include <stdlib.h>

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the results");
}

bool ch_result_counts(const struct ch_result *r, const struct ch_rating *g)
{
    return g->kind == CH_ORDER_USUAL && !r->rater[g->rater].is_left_out;
}

size_t ch_result_place(const struct ch_result *r, uint32_t question,
                       uint32_t photo, uint32_t system)
{
    return ((size_t)question * r->ratings->photos + photo) *
           r->ratings->systems + system;
}

static void sum_marks(struct ch_result *r)
{
    const struct ch_ratings *all = r->ratings;

    for (size_t i = 0; i < all->count; i++) {
        const struct ch_rating *g = &all->rating[i];

        if (!ch_result_counts(r, g))
            continue;
        r->usual++;
        if (all->mode == CH_RATE_PAIRS)
            continue;
        for (uint32_t q = 0; q < r->questions; q++) {
            size_t at = ch_result_place(r, q, g->photo, g->first);

            r->sum[at] += g->value[q];
            r->count[at]++;
            r->mark[g->first * r->questions + q].ratings++;
            r->mark[g->first * r->questions + q].count[g->value[q] - 1]++;
        }
    }
}

/* The photos' marks of one system, where it has any; room: [photos]. */
static void make_marks(struct ch_result *r, double *room)
{
    const struct ch_ratings *all = r->ratings;

    for (uint32_t s = 0; s < all->systems; s++)
        for (uint32_t q = 0; q < r->questions; q++) {
            size_t n = 0;

            for (uint32_t p = 0; p < all->photos; p++) {
                size_t at = ch_result_place(r, q, p, s);

                if (r->count[at])
                    room[n++] = r->sum[at] / r->count[at];
            }
            r->mark[s * r->questions + q].mean =
                ch_mean_of(room, n, CH_RESULT_LEVEL);
        }
}

/* ------------------------------------------------------------------- wins */

static struct ch_result_win *win_of(struct ch_result *r, uint32_t a,
                                    uint32_t b, uint32_t q)
{
    /* 0-1, 0-2, 1-2, 0-3, ... */
    return &r->win[((size_t)b * (b - 1) / 2 + a) * r->questions + q];
}

static void count_win(struct ch_result_win *w, int64_t difference)
{
    w->wins += difference > 0;
    w->ties += difference == 0;
    w->losses += difference < 0;
}

static void count_choice(struct ch_result *r, const struct ch_rating *g)
{
    int64_t d = (int64_t)CH_STUDY_SAME - g->value[0];

    if (g->first < g->second)
        count_win(win_of(r, g->first, g->second, 0), d);
    else if (g->first > g->second)
        count_win(win_of(r, g->second, g->first, 0), -d);
}

/* Marks that one rater gave captions of one photo; seen: [photos * systems],
 * the rating's number from 1 of the rater at hand. */
static void count_marks(struct ch_result *r, size_t *seen)
{
    const struct ch_ratings *all = r->ratings;

    for (size_t i = 0; i < all->count; i++) {
        const struct ch_rating *g = &all->rating[i];
        size_t *row = seen + (size_t)g->photo * all->systems;

        if (!ch_result_counts(r, g))
            continue;
        for (uint32_t s = 0; s < all->systems; s++) {
            const struct ch_rating *o = row[s] ? &all->rating[row[s] - 1]
                                               : NULL;

            if (!o || o->rater != g->rater || s == g->first)
                continue;
            for (uint32_t q = 0; q < r->questions; q++) {
                int64_t d = (int64_t)o->value[q] - g->value[q];

                if (s < g->first)
                    count_win(win_of(r, s, g->first, q), d);
                else
                    count_win(win_of(r, g->first, s, q), -d);
            }
        }
        row[g->first] = i + 1;
    }
}

/* By photos that both have marks of; room: [photos]. */
static struct ch_mean difference(const struct ch_result *r, uint32_t a,
                                 uint32_t b, uint32_t q, double *room)
{
    size_t n = 0;

    for (uint32_t p = 0; p < r->ratings->photos; p++) {
        size_t i = ch_result_place(r, q, p, a);
        size_t k = ch_result_place(r, q, p, b);

        if (r->count[i] && r->count[k])
            room[n++] = r->sum[i] / r->count[i] - r->sum[k] / r->count[k];
    }
    return ch_mean_of(room, n, CH_RESULT_LEVEL);
}

static int make_wins(struct ch_result *r, double *room, struct ch_err *e)
{
    const struct ch_ratings *all = r->ratings;
    size_t *seen = calloc(all->photos * all->systems + 1, sizeof *seen);

    if (!seen)
        return no_memory(e);
    if (all->mode == CH_RATE_SCALES)
        count_marks(r, seen);
    for (size_t i = 0; i < all->count && all->mode == CH_RATE_PAIRS; i++)
        if (ch_result_counts(r, &all->rating[i]))
            count_choice(r, &all->rating[i]);
    free(seen);
    for (uint32_t b = 1; b < all->systems; b++)
        for (uint32_t a = 0; a < b; a++)
            for (uint32_t q = 0; q < r->questions; q++) {
                struct ch_result_win *w = win_of(r, a, b, q);

                w->first = a;
                w->second = b;
                w->share = ch_mean_share((double)w->wins,
                                         (double)(w->wins + w->losses),
                                         CH_RESULT_LEVEL);
                w->difference = difference(r, a, b, q, room);
            }
    return 0;
}

static int reserve(struct ch_result *r, struct ch_err *e)
{
    const struct ch_ratings *all = r->ratings;
    size_t cells = r->questions * all->photos * all->systems;

    r->wins = all->systems * (all->systems - 1) / 2;
    r->mark = calloc(all->systems * r->questions + 1, sizeof *r->mark);
    r->win = calloc(r->wins * r->questions + 1, sizeof *r->win);
    r->rater = calloc(all->raters + 1, sizeof *r->rater);
    r->sum = calloc(cells + 1, sizeof *r->sum);
    r->count = calloc(cells + 1, sizeof *r->count);
    return r->mark && r->win && r->rater && r->sum && r->count ? 0
                                                               : no_memory(e);
}

int ch_result_make(struct ch_result *r, const struct ch_ratings *ratings,
                   double min_checks, struct ch_err *e)
{
    double *room = calloc(ratings->photos + 1, sizeof *room);
    int rc;

    *r = (struct ch_result) {
        .ratings = ratings, .questions = ch_study_questions(ratings->mode),
    };
    rc = room ? reserve(r, e) : no_memory(e);
    if (!rc) rc = ch_result_raters(r, min_checks, e);
    if (!rc) {
        sum_marks(r);
        make_marks(r, room);
        rc = make_wins(r, room, e);
    }
    if (!rc) rc = ch_result_others(r, e);
    if (!rc) rc = ch_result_agree(r, e);
    free(room);
    return rc;
}

void ch_result_release(struct ch_result *r)
{
    free(r->mark);
    free(r->win);
    free(r->rater);
    free(r->sum);
    free(r->count);
    *r = (struct ch_result) { .ratings = NULL };
}
