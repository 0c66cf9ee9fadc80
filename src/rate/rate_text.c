/* rate_text.c - results as text */
#include "rate/rate_report.h"

#include <math.h>

/* "-" where a number cannot be known. */
static void put_number(struct ch_buffer *out, int width, int digits, double v)
{
    if (isnan(v))
        ch_buffer_format(out, "%*s", width, "-");
    else
        ch_buffer_format(out, "%*.*f", width, digits, v);
}

static const char *question(const struct ch_result *r, size_t q)
{
    return ch_study_question_name(r->ratings->mode, q);
}

static void put_marks(struct ch_buffer *out, const struct ch_result *r)
{
    const struct ch_ratings *all = r->ratings;

    if (all->mode == CH_RATE_PAIRS)
        return;
    ch_buffer_format(out, "\n%-20s %-16s %6s %8s %6s   95 %% interval\n",
                     "system", "scale", "photos", "ratings", "mean");
    for (size_t s = 0; s < all->systems; s++)
        for (size_t q = 0; q < r->questions; q++) {
            const struct ch_result_mark *m = &r->mark[s * r->questions + q];

            ch_buffer_format(out, "%-20s %-16s %6zu %8zu ",
                             all->system[s].name, question(r, q), m->mean.n,
                             m->ratings);
            put_number(out, 6, 3, m->mean.mean);
            put_number(out, 8, 3, m->mean.interval.low);
            put_number(out, 7, 3, m->mean.interval.high);
            ch_buffer_text(out, "\n");
        }
}

static void put_wins(struct ch_buffer *out, const struct ch_result *r)
{
    const struct ch_ratings *all = r->ratings;

    if (!r->wins)
        return;
    ch_buffer_format(out, "\n%-16s %6s %6s %6s %7s  %-15s %s\n", "scale",
                     "wins", "ties", "losses", "share", "95 % interval",
                     "first, second");
    for (size_t i = 0; i < r->wins * r->questions; i++) {
        const struct ch_result_win *w = &r->win[i];

        ch_buffer_format(out, "%-16s %6zu %6zu %6zu ",
                         question(r, i % r->questions), w->wins, w->ties,
                         w->losses);
        put_number(out, 7, 3, (double)w->wins / (double)(w->wins + w->losses));
        put_number(out, 7, 3, w->share.low);
        put_number(out, 7, 3, w->share.high);
        ch_buffer_format(out, "   %s, %s\n", all->system[w->first].name,
                         all->system[w->second].name);
    }
}

static void put_agreement(struct ch_buffer *out, const struct ch_result *r)
{
    ch_buffer_format(out, "\n%-16s %6s %8s %8s %8s %9s %9s\n", "agreement",
                     "units", "nominal", "ordinal", "interval", "linear",
                     "quadratic");
    for (size_t q = 0; q < r->questions; q++) {
        const struct ch_result_agreement *a = &r->agreement[q];

        ch_buffer_format(out, "%-16s %6zu ", question(r, q), a->units);
        put_number(out, 8, 3, a->nominal);
        put_number(out, 9, 3, a->ordinal);
        put_number(out, 9, 3, a->interval);
        put_number(out, 10, 3, a->linear);
        put_number(out, 10, 3, a->quadratic);
        ch_buffer_text(out, "\n");
    }
    ch_buffer_text(out, "nominal, ordinal, interval: Krippendorff's alpha; "
                   "linear, quadratic: weighted\nkappa, mean over pairs of "
                   "raters\n");
}

static void put_raters(struct ch_buffer *out, const struct ch_result *r)
{
    const struct ch_ratings *all = r->ratings;

    ch_buffer_format(out, "\n%-16s %5s %7s %7s %7s %6s %6s %7s %7s\n", "rater",
                     "done", "skipped", "checks", "repeats", "same", "kappa",
                     "others", "seconds");
    for (size_t k = 0; k < all->raters; k++) {
        const struct ch_result_rater *x = &r->rater[k];

        ch_buffer_format(out, "%-16s %5zu %7zu %3zu/%-3zu %7zu ",
                         all->rater[k].name, x->done, x->skipped, x->passed,
                         x->checks, x->repeats);
        put_number(out, 6, 2, x->same);
        put_number(out, 7, 2, x->kappa);
        put_number(out, 8, 2, x->with_others);
        put_number(out, 8, 1, x->seconds);
        ch_buffer_text(out, x->is_left_out ? "  left out\n" : "\n");
    }
}

static void put_metrics(struct ch_buffer *out, const struct ch_result *r)
{
    bool is_pair = r->ratings->mode == CH_RATE_PAIRS;

    if (!r->scored)
        return;
    if (is_pair)
        ch_buffer_format(out, "\n%-12s %8s %8s %7s\n", "metric", "decided",
                         "agreed", "share");
    else
        ch_buffer_format(out, "\n%-12s %-16s %8s %8s %8s %8s\n", "metric",
                         "scale", "captions", "Pearson", "Spearman",
                         "tau-b");
    for (size_t m = 0; m < CH_METRIC_COUNT; m++) {
        const struct ch_result_metric *x = &r->metric[m];

        if (!x->has)
            continue;
        for (size_t q = 0; q < r->questions; q++) {
            if (is_pair) {
                ch_buffer_format(out, "%-12s %8zu %8zu ", ch_metric_title[m],
                                 x->decided, x->agreed);
                put_number(out, 7, 3, (double)x->agreed / (double)x->decided);
            } else {
                ch_buffer_format(out, "%-12s %-16s %8zu ", ch_metric_title[m],
                                 question(r, q), x->with[q].n);
                put_number(out, 8, 3, x->with[q].pearson);
                put_number(out, 9, 3, x->with[q].spearman);
                put_number(out, 9, 3, x->with[q].kendall);
            }
            ch_buffer_text(out, "\n");
        }
    }
}

void ch_rate_report_text(struct ch_buffer *out, const struct ch_result *r)
{
    ch_buffer_format(out, "%-16s %6zu\n%-16s %6zu\n%-16s %6zu\n", "ratings",
                     r->usual, "photos", r->ratings->photos, "raters",
                     r->raters);
    if (r->left_out)
        ch_buffer_format(out, "%-16s %6zu\n", "raters left out", r->left_out);
    put_marks(out, r);
    put_wins(out, r);
    put_agreement(out, r);
    put_raters(out, r);
    put_metrics(out, r);
}
