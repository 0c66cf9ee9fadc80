/* score_report.c - all that was found out about captions, as a table
 *
 * The first line of a table names its columns only when there is more than one
 * number to a metric, so that scores alone stay easy to cut.
 */
#include "chorus/score_report.h"

#include <math.h>
#include <stdio.h>

#include "base/bytes.h"
#include "score/report_json.h"

/* The text of a buffer becomes the caller's. */
static int give(struct ch_buffer *b, char **out, struct ch_err *e)
{
    ch_buffer_put(b, "", 0);
    if (b->failed) {
        ch_buffer_release(b);
        *out = NULL;
        return ch_fail(e, CH_ENOMEM, "no memory for the report");
    }
    *out = b->at;
    return 0;
}

static void put_number(struct ch_buffer *b, const char *name, size_t number)
{
    ch_buffer_format(b, "%-11s %zu\n", name, number);
}

static void put_head(const struct ch_score_report *r, struct ch_buffer *b)
{
    if (!r->interval && !r->comparison)
        return;
    ch_buffer_format(b, "%-11s %7s", "", "score");
    if (r->interval)
        ch_buffer_format(b, "  %4.4g%% interval ", 100 * r->draws->level);
    if (r->comparison)
        ch_buffer_format(b, "  %7s %8s  %4.4g%% of difference %5s %8s %8s",
                         "other", "differ", 100 * r->draws->level, "wins",
                         "p boot", "p rand");
    ch_buffer_text(b, "\n");
}

static void put_metric(const struct ch_score_report *r, size_t m,
                       struct ch_buffer *b)
{
    bool has_more = r->interval || r->comparison;

    ch_buffer_format(b, has_more ? "%-11s %7.4f" : "%-11s %.4f",
                     ch_metric_title[m], r->scores->corpus[m]);
    if (r->interval)
        ch_buffer_format(b, "  %7.4f %7.4f", r->interval[m].low,
                         r->interval[m].high);
    if (r->comparison) {
        const struct ch_comparison *c = &r->comparison[m];

        ch_buffer_format(b, "  %7.4f %+8.4f   %+8.4f %+8.4f %5.3f %8.4f %8.4f",
                         r->other_scores->corpus[m], c->difference,
                         c->interval.low, c->interval.high, c->wins,
                         c->p_bootstrap, c->p_randomisation);
    }
    ch_buffer_text(b, "\n");
}

static void put_stats(const struct ch_score_stats *s, struct ch_buffer *b)
{
    ch_buffer_text(b, "\nThe captions\n");
    put_number(b, "words", s->words);
    ch_buffer_format(b, "%-11s %.2f (%zu to %zu)\n", "length", s->mean_length,
                     s->shortest, s->longest);
    put_number(b, "vocabulary", s->vocabulary);
    ch_buffer_format(b, "%-11s %.4f\n", "distinct-1", s->distinct_1);
    ch_buffer_format(b, "%-11s %.4f\n", "distinct-2", s->distinct_2);
    ch_buffer_format(b, "%-11s %zu (%.1f%%)\n", "different", s->different,
                     100.0 * (double)s->different / (double)s->captions);
    ch_buffer_format(b, "%-11s %zu times: %.200s\n", "most said",
                     s->most_frequent, s->most_frequent_text);
    if (!s->has_training)
        return;
    ch_buffer_format(b, "%-11s %zu (%.1f%%), against %zu captions\n", "novel",
                     s->novel, 100.0 * (double)s->novel / (double)s->captions,
                     s->training);
    put_number(b, "novel words", s->novel_words);
}

int ch_score_report_text(const struct ch_score_report *r, char **out,
                         struct ch_err *e)
{
    struct ch_buffer b = { 0 };

    put_head(r, &b);
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (r->scores->has[m])
            put_metric(r, m, &b);
    put_number(&b, "images", r->scores->count);
    put_number(&b, "unscored", r->left.missing);
    if (r->left.extra)
        put_number(&b, "extra", r->left.extra);
    if (r->left.repeated)
        put_number(&b, "repeated", r->left.repeated);
    ch_buffer_format(&b, "%-11s %s (%s)\n", "tokens",
                     ch_token_rule_name[r->rule],
                     ch_token_rule_text[r->rule]);
    if (r->df)
        ch_buffer_format(&b, "%-11s of %zu images, from %s\n", "CIDEr's df",
                         r->scores->cider_images, r->df);
    if (r->draws)
        ch_buffer_format(&b, "%-11s %lu, seed %llu\n", "draws",
                         (unsigned long)r->draws->draws,
                         (unsigned long long)r->draws->seed);
    if (r->stats)
        put_stats(r->stats, &b);
    return give(&b, out, e);
}

int ch_score_report_json(const struct ch_score_report *r, char **out,
                         struct ch_err *e)
{
    struct ch_buffer b = { 0 };

    ch_report_json_put(r, &b);
    return give(&b, out, e);
}

int ch_score_report_agreement(const struct ch_agreement *a,
                              enum ch_token_rule rule, bool as_json,
                              char **out, struct ch_err *e)
{
    struct ch_buffer b = { 0 };

    if (as_json) {
        ch_report_json_agreement(a, rule, &b);
        return give(&b, out, e);
    }
    ch_buffer_format(&b, "%-11s %9s %9s   (Kendall's tau x 100)\n", "",
                     "tau-b", "tau-c");
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (a->has[m])
            ch_buffer_format(&b, "%-11s %9.3f %9.3f\n", ch_metric_title[m],
                             100 * a->tau_b[m], 100 * a->tau_c[m]);
    put_number(&b, "captions", a->pairs);
    put_number(&b, "ratings", a->rows);
    put_number(&b, "skipped", a->skipped);
    ch_buffer_format(&b, "%-11s %s (%s)\n", "tokens", ch_token_rule_name[rule],
                     ch_token_rule_text[rule]);
    return give(&b, out, e);
}
