/* report_json.c - score_report.h's reports as one JSON object */
#include "score/report_json.h"

#include <string.h>

#include "base/json.h"

static void put_text(struct ch_json_writer *w, const char *name,
                     const char *text)
{
    ch_json_put_text(w, name, text, strlen(text));
}

static void put_size(struct ch_json_writer *w, const char *name, size_t n)
{
    ch_json_put_int(w, name, (int64_t)n);
}

static void put_interval(struct ch_json_writer *w, const char *name,
                         struct ch_interval i)
{
    ch_json_begin(w, name, '[');
    ch_json_put_real(w, NULL, i.low);
    ch_json_put_real(w, NULL, i.high);
    ch_json_end(w);
}

static void put_draws(struct ch_json_writer *w,
                      const struct ch_score_report *r)
{
    ch_json_begin(w, "bootstrap", '{');
    ch_json_put_int(w, "draws", r->draws->draws);
    ch_json_put_int(w, "seed", (int64_t)r->draws->seed);
    ch_json_put_real(w, "level", r->draws->level);
    if (r->interval) {
        ch_json_begin(w, "interval", '{');
        for (size_t m = 0; m < CH_METRIC_COUNT; m++)
            if (r->scores->has[m])
                put_interval(w, ch_metric_title[m], r->interval[m]);
        ch_json_end(w);
    }
    ch_json_end(w);
}

static void put_comparison(struct ch_json_writer *w,
                           const struct ch_score_report *r)
{
    ch_json_begin(w, "compare", '{');
    put_text(w, "other", r->other);
    for (size_t m = 0; m < CH_METRIC_COUNT; m++) {
        const struct ch_comparison *c = &r->comparison[m];

        if (!r->scores->has[m])
            continue;
        ch_json_begin(w, ch_metric_title[m], '{');
        ch_json_put_real(w, "other", r->other_scores->corpus[m]);
        ch_json_put_real(w, "difference", c->difference);
        put_interval(w, "interval", c->interval);
        ch_json_put_real(w, "wins", c->wins);
        ch_json_put_real(w, "p_bootstrap", c->p_bootstrap);
        ch_json_put_real(w, "p_randomisation", c->p_randomisation);
        ch_json_end(w);
    }
    ch_json_end(w);
}

static void put_stats(struct ch_json_writer *w, const struct ch_score_stats *s)
{
    ch_json_begin(w, "stats", '{');
    put_size(w, "captions", s->captions);
    put_size(w, "words", s->words);
    ch_json_put_real(w, "mean_length", s->mean_length);
    put_size(w, "shortest", s->shortest);
    put_size(w, "longest", s->longest);
    put_size(w, "vocabulary", s->vocabulary);
    ch_json_put_real(w, "distinct_1", s->distinct_1);
    ch_json_put_real(w, "distinct_2", s->distinct_2);
    put_size(w, "different", s->different);
    put_size(w, "most_frequent", s->most_frequent);
    put_text(w, "most_frequent_text", s->most_frequent_text);
    if (s->has_training) {
        put_size(w, "training", s->training);
        put_size(w, "novel", s->novel);
        put_size(w, "novel_words", s->novel_words);
    }
    ch_json_end(w);
}

void ch_report_json_put(const struct ch_score_report *r, struct ch_buffer *out)
{
    struct ch_json_writer w;

    ch_json_writer_init(&w, out);
    ch_json_begin(&w, NULL, '{');
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (r->scores->has[m])
            ch_json_put_real(&w, ch_metric_title[m], r->scores->corpus[m]);
    put_size(&w, "images", r->scores->count);
    put_size(&w, "unscored", r->left.missing);
    put_size(&w, "extra", r->left.extra);
    put_size(&w, "repeated", r->left.repeated);
    put_text(&w, "tokens", ch_token_rule_name[r->rule]);
    put_size(&w, "cider_images", r->scores->cider_images);
    if (r->df)
        put_text(&w, "df", r->df);
    if (r->draws)
        put_draws(&w, r);
    if (r->comparison)
        put_comparison(&w, r);
    if (r->stats)
        put_stats(&w, r->stats);
    ch_json_end(&w);
    ch_buffer_text(out, "\n");
}

void ch_report_json_agreement(const struct ch_agreement *a,
                              enum ch_token_rule rule, struct ch_buffer *out)
{
    struct ch_json_writer w;

    ch_json_writer_init(&w, out);
    ch_json_begin(&w, NULL, '{');
    for (int c = 0; c < 2; c++) {
        ch_json_begin(&w, c ? "tau_c" : "tau_b", '{');
        for (size_t m = 0; m < CH_METRIC_COUNT; m++)
            if (a->has[m])
                ch_json_put_real(&w, ch_metric_title[m],
                                 c ? a->tau_c[m] : a->tau_b[m]);
        ch_json_end(&w);
    }
    put_size(&w, "captions", a->pairs);
    put_size(&w, "ratings", a->rows);
    put_size(&w, "skipped", a->skipped);
    put_text(&w, "tokens", ch_token_rule_name[rule]);
    ch_json_end(&w);
    ch_buffer_text(out, "\n");
}
