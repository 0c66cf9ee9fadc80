/* rate_json.c - results as one JSON object */
#include "rate/rate_report.h"

#include <string.h>

#include "base/json.h"

static void put_text(struct ch_json_writer *w, const char *name,
                     const char *text)
{
    ch_json_put_text(w, name, text, strlen(text));
}

static void put_count(struct ch_json_writer *w, const char *name, size_t n)
{
    ch_json_put_int(w, name, (int64_t)n);
}

static void put_interval(struct ch_json_writer *w, struct ch_interval i)
{
    ch_json_put_real(w, "low", i.low);
    ch_json_put_real(w, "high", i.high);
}

static const char *question(const struct ch_result *r, size_t q)
{
    return ch_study_question_name(r->ratings->mode, q);
}

static void put_marks(struct ch_json_writer *w, const struct ch_result *r)
{
    const struct ch_ratings *all = r->ratings;

    ch_json_begin(w, "systems", '[');
    for (size_t s = 0; s < all->systems; s++) {
        ch_json_begin(w, NULL, '{');
        put_text(w, "name", all->system[s].name);
        ch_json_put_bool(w, "human", all->system[s].is_human);
        for (size_t q = 0; q < r->questions && all->mode == CH_RATE_SCALES;
             q++) {
            const struct ch_result_mark *m = &r->mark[s * r->questions + q];

            ch_json_begin(w, question(r, q), '{');
            ch_json_put_real(w, "mean", m->mean.mean);
            put_interval(w, m->mean.interval);
            ch_json_put_real(w, "sd", m->mean.sd);
            put_count(w, "photos", m->mean.n);
            put_count(w, "ratings", m->ratings);
            ch_json_begin(w, "values", '[');
            for (size_t v = 0; v < 5; v++)
                put_count(w, NULL, m->count[v]);
            ch_json_end(w);
            ch_json_end(w);
        }
        ch_json_end(w);
    }
    ch_json_end(w);
}

static void put_wins(struct ch_json_writer *w, const struct ch_result *r)
{
    ch_json_begin(w, "wins", '[');
    for (size_t i = 0; i < r->wins * r->questions; i++) {
        const struct ch_result_win *x = &r->win[i];

        ch_json_begin(w, NULL, '{');
        put_text(w, "first", r->ratings->system[x->first].name);
        put_text(w, "second", r->ratings->system[x->second].name);
        put_text(w, "scale", question(r, i % r->questions));
        put_count(w, "wins", x->wins);
        put_count(w, "ties", x->ties);
        put_count(w, "losses", x->losses);
        ch_json_put_real(w, "share",
                         (double)x->wins / (double)(x->wins + x->losses));
        put_interval(w, x->share);
        if (x->difference.n) {
            ch_json_begin(w, "difference", '{');
            ch_json_put_real(w, "mean", x->difference.mean);
            put_interval(w, x->difference.interval);
            put_count(w, "photos", x->difference.n);
            ch_json_end(w);
        }
        ch_json_end(w);
    }
    ch_json_end(w);
}

static void put_agreement(struct ch_json_writer *w, const struct ch_result *r)
{
    ch_json_begin(w, "agreement", '{');
    for (size_t q = 0; q < r->questions; q++) {
        const struct ch_result_agreement *a = &r->agreement[q];

        ch_json_begin(w, question(r, q), '{');
        put_count(w, "units", a->units);
        ch_json_put_real(w, "alpha_nominal", a->nominal);
        ch_json_put_real(w, "alpha_ordinal", a->ordinal);
        ch_json_put_real(w, "alpha_interval", a->interval);
        ch_json_put_real(w, "kappa_linear", a->linear);
        ch_json_put_real(w, "kappa_quadratic", a->quadratic);
        put_count(w, "pairs_of_raters", a->pairs);
        ch_json_end(w);
    }
    ch_json_end(w);
}

static void put_raters(struct ch_json_writer *w, const struct ch_result *r)
{
    ch_json_begin(w, "raters", '[');
    for (size_t k = 0; k < r->ratings->raters; k++) {
        const struct ch_result_rater *x = &r->rater[k];

        ch_json_begin(w, NULL, '{');
        put_text(w, "name", r->ratings->rater[k].name);
        ch_json_put_bool(w, "left_out", x->is_left_out);
        put_count(w, "done", x->done);
        put_count(w, "skipped", x->skipped);
        put_count(w, "checks", x->checks);
        put_count(w, "passed", x->passed);
        put_count(w, "repeats", x->repeats);
        ch_json_put_real(w, "same", x->same);
        ch_json_put_real(w, "kappa", x->kappa);
        ch_json_put_real(w, "with_others", x->with_others);
        ch_json_put_real(w, "seconds", x->seconds);
        for (size_t q = 0; q < r->questions &&
             r->ratings->mode == CH_RATE_SCALES; q++)
            ch_json_put_real(w, question(r, q), x->mean[q]);
        ch_json_end(w);
    }
    ch_json_end(w);
}

static void put_metric(struct ch_json_writer *w, const struct ch_result *r,
                       const struct ch_result_metric *x)
{
    if (r->ratings->mode == CH_RATE_PAIRS) {
        put_count(w, "decided", x->decided);
        put_count(w, "agreed", x->agreed);
        return;
    }
    for (size_t q = 0; q < r->questions; q++) {
        ch_json_begin(w, question(r, q), '{');
        put_count(w, "captions", x->with[q].n);
        ch_json_put_real(w, "pearson", x->with[q].pearson);
        ch_json_put_real(w, "spearman", x->with[q].spearman);
        ch_json_put_real(w, "tau_b", x->with[q].kendall);
        ch_json_end(w);
    }
}

void ch_rate_report_json(struct ch_buffer *out, const struct ch_result *r,
                         const struct ch_study *s)
{
    struct ch_json_writer w;

    ch_json_writer_init(&w, out);
    ch_json_begin(&w, NULL, '{');
    put_text(&w, "title", s->title);
    put_text(&w, "mode", ch_rate_mode_name[s->mode]);
    ch_json_put_real(&w, "level", CH_RESULT_LEVEL);
    put_count(&w, "photos", r->ratings->photos);
    put_count(&w, "ratings", r->usual);
    put_count(&w, "raters_left_out", r->left_out);
    put_marks(&w, r);
    put_wins(&w, r);
    put_agreement(&w, r);
    put_raters(&w, r);
    ch_json_begin(&w, "metrics", '{');
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (r->scored && r->metric[m].has) {
            ch_json_begin(&w, ch_metric_title[m], '{');
            put_metric(&w, r, &r->metric[m]);
            ch_json_end(&w);
        }
    ch_json_end(&w);
    ch_json_end(&w);
    ch_buffer_text(out, "\n");
}
