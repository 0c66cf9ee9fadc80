/* rate_html.c - results as a page */
#include "rate/rate_report.h"

#include "base/html.h"

#include <math.h>

static const char style[] =
    ":root{color-scheme:light dark;--ink:#18202c;--dim:#4f5b6b;--ground:#fff;"
    "--card:#f3f5f8;--line:#d5dbe4;--accent:#1b5cb8;--v1:#a3161f;--v2:#d9742b;"
    "--v3:#b8a13a;--v4:#5b9a4c;--v5:#1f7a5a}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e9edf3;--dim:#aab5c3;"
    "--ground:#10141a;--card:#1a2029;--line:#323c4a;--accent:#8db9ff;"
    "--v1:#e06a6f;--v2:#e59a5c;--v3:#cdb95a;--v4:#7fbd6e;--v5:#4fb58e}}\n"
    "*{box-sizing:border-box}body{margin:0 auto;max-width:68rem;"
    "padding:1.5rem 1rem 3rem;font:1rem/1.5 system-ui,sans-serif;"
    "color:var(--ink);background:var(--ground)}"
    "h1{margin:0;font-size:1.8rem;line-height:1.2}"
    "h2{margin:2.4rem 0 .3rem;font-size:1.25rem}"
    "p{margin:.2rem 0 .8rem;color:var(--dim);max-width:48rem}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;"
    "font-variant-numeric:tabular-nums;font-size:.95rem}"
    "caption{position:absolute;width:1px;height:1px;overflow:hidden;"
    "clip-path:inset(50%)}"
    "th,td{padding:.4rem .6rem;text-align:right;white-space:nowrap;"
    "border-bottom:1px solid var(--line)}"
    "th{color:var(--dim);font-weight:600;font-size:.85rem}"
    "tbody th{color:var(--ink);font-size:inherit;white-space:normal;"
    "min-width:7rem}"
    "th:first-child,.name{text-align:left}td small{color:var(--dim)}"
    "td.plot{min-width:11rem;width:40%}\n"
    "svg{display:block;width:100%;height:1.6rem;overflow:visible}"
    "svg .grid{stroke:var(--line)}svg .bar{stroke:var(--accent);"
    "stroke-width:3;stroke-linecap:round}svg .dot{fill:var(--accent)}"
    ".v1{fill:var(--v1)}.v2{fill:var(--v2)}.v3{fill:var(--v3)}"
    ".v4{fill:var(--v4)}.v5{fill:var(--v5)}"
    ".out{color:var(--dim);text-decoration:line-through}\n";

/* A dash where a number cannot be known. */
static void put_cell(struct ch_buffer *out, int digits, double v)
{
    if (isnan(v))
        ch_buffer_text(out, "<td>\xe2\x80\x93</td>");
    else
        ch_buffer_format(out, "<td>%.*f</td>", digits, v);
}

static void put_range(struct ch_buffer *out, int digits, double v,
                      struct ch_interval i)
{
    if (isnan(v)) {
        ch_buffer_text(out, "<td>\xe2\x80\x93</td>");
        return;
    }
    ch_buffer_format(out, "<td>%.*f", digits, v);
    if (!isnan(i.low))
        ch_buffer_format(out, " <small>%.*f to %.*f</small>", digits, i.low,
                         digits, i.high);
    ch_buffer_text(out, "</td>");
}

static void put_name(struct ch_buffer *out, const char *tag, const char *text)
{
    ch_buffer_format(out, "<%s class=\"name\">", tag);
    ch_html_text(out, text);
    ch_buffer_format(out, "</%.2s>", tag);
}

/* heads: the row of titles, as HTML. */
static void begin_table(struct ch_buffer *out, const char *caption,
                        const char *heads)
{
    ch_buffer_format(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
        "aria-label=\"%s\"><table><caption>%s</caption>\n<thead><tr>%s</tr>"
        "</thead>\n<tbody>\n", caption, caption, heads);
}

static void end_table(struct ch_buffer *out)
{
    ch_buffer_text(out, "</tbody></table></div>\n");
}

/* ------------------------------------------------------------------- marks */

/* Values 1 to 5 lie at 4 to 204: the interval as a bar, the mean as a dot. */
static double x_of(double mark)
{
    return 4 + (mark - 1) * 50;
}

static void put_plot(struct ch_buffer *out, const struct ch_result_mark *m)
{
    ch_buffer_text(out, "<td class=\"plot\"><svg viewBox=\"0 0 208 16\" "
        "preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for (int v = 1; v <= 5; v++)
        ch_buffer_format(out, "<line class=\"grid\" x1=\"%g\" x2=\"%g\" "
            "y1=\"0\" y2=\"16\" vector-effect=\"non-scaling-stroke\"/>",
            x_of(v), x_of(v));
    if (!isnan(m->mean.interval.low))
        ch_buffer_format(out, "<line class=\"bar\" x1=\"%.2f\" x2=\"%.2f\" "
            "y1=\"8\" y2=\"8\" vector-effect=\"non-scaling-stroke\"/>",
            x_of(fmax(m->mean.interval.low, 1)),
            x_of(fmin(m->mean.interval.high, 5)));
    if (!isnan(m->mean.mean))
        ch_buffer_format(out, "<ellipse class=\"dot\" cx=\"%.2f\" cy=\"8\" "
            "rx=\"2.6\" ry=\"4\"/>", x_of(m->mean.mean));
    ch_buffer_text(out, "</svg></td>");
}

/* Shares of the values 1 to 5, side by side. */
static void put_shares(struct ch_buffer *out, const struct ch_result_mark *m)
{
    double x = 0;

    ch_buffer_text(out, "<td class=\"plot\"><svg viewBox=\"0 0 100 10\" "
        "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
    for (int v = 0; v < 5; v++)
        ch_buffer_format(out, "%s%d: %zu", v ? ", " : "", v + 1, m->count[v]);
    ch_buffer_text(out, "\">");
    for (int v = 0; v < 5 && m->ratings; v++) {
        double share = 100.0 * (double)m->count[v] / (double)m->ratings;

        ch_buffer_format(out, "<rect class=\"v%d\" x=\"%.2f\" y=\"0\" "
            "width=\"%.2f\" height=\"10\"><title>%d: %zu</title></rect>",
            v + 1, x, fmax(share - 0.3, 0), v + 1, m->count[v]);
        x += share;
    }
    ch_buffer_text(out, "</svg></td>");
}

static void put_marks(struct ch_buffer *out, const struct ch_result *r)
{
    static const char *const title[] = {
#define HTML_TITLE(name, title, ...) title,
        CH_STUDY_SCALES(HTML_TITLE)
#undef HTML_TITLE
    };
    const struct ch_ratings *all = r->ratings;

    if (all->mode == CH_RATE_PAIRS)
        return;
    ch_buffer_text(out, "<h2>Marks</h2>\n<p>Means over photos of 1 (worst) to "
        "5 (best), with 95 % intervals, and the shares of the marks 1 "
        "(left) to 5 (right).</p>\n");
    for (size_t q = 0; q < r->questions; q++) {
        ch_buffer_format(out, "<h3>%s</h3>\n", title[q]);
        begin_table(out, title[q], "<th scope=\"col\">System</th>"
            "<th scope=\"col\">Mean</th><th scope=\"col\">1 to 5</th>"
            "<th scope=\"col\">Marks</th><th scope=\"col\">Ratings</th>");
        for (size_t s = 0; s < all->systems; s++) {
            const struct ch_result_mark *m = &r->mark[s * r->questions + q];

            ch_buffer_text(out, "<tr>");
            put_name(out, "th scope=\"row\"", all->system[s].name);
            put_range(out, 2, m->mean.mean, m->mean.interval);
            put_plot(out, m);
            put_shares(out, m);
            ch_buffer_format(out, "<td>%zu</td></tr>\n", m->ratings);
        }
        end_table(out);
    }
}

/* -------------------------------------------------------------------- rest */

static void put_wins(struct ch_buffer *out, const struct ch_result *r)
{
    const struct ch_ratings *all = r->ratings;

    if (!r->wins)
        return;
    ch_buffer_text(out, "<h2>Wins</h2>\n<p>How often the first system was "
        "judged better than the second by the same rater on the same photo. "
        "The share leaves ties out; the difference is of marks, by "
        "photo.</p>\n");
    begin_table(out, "Wins", "<th scope=\"col\">Systems</th>"
        "<th scope=\"col\" class=\"name\">Scale</th>"
        "<th scope=\"col\">Wins</th><th scope=\"col\">Ties</th>"
        "<th scope=\"col\">Losses</th><th scope=\"col\">Share of wins</th>"
        "<th scope=\"col\">Difference</th>");
    for (size_t i = 0; i < r->wins * r->questions; i++) {
        const struct ch_result_win *w = &r->win[i];

        ch_buffer_text(out, "<tr><th scope=\"row\" class=\"name\">");
        ch_html_text(out, all->system[w->first].name);
        ch_buffer_text(out, " <small>against</small> ");
        ch_html_text(out, all->system[w->second].name);
        ch_buffer_text(out, "</th>");
        put_name(out, "td", ch_study_question_name(all->mode,
                                                   i % r->questions));
        ch_buffer_format(out, "<td>%zu</td><td>%zu</td><td>%zu</td>", w->wins,
                         w->ties, w->losses);
        put_range(out, 2, (double)w->wins / (double)(w->wins + w->losses),
                  w->share);
        put_range(out, 2, w->difference.mean, w->difference.interval);
        ch_buffer_text(out, "</tr>\n");
    }
    end_table(out);
}

static void put_agreement(struct ch_buffer *out, const struct ch_result *r)
{
    ch_buffer_text(out, "<h2>Agreement</h2>\n<p>Krippendorff\xe2\x80\x99s "
        "alpha, and weighted kappa as the mean over pairs of raters: 1 is "
        "perfect agreement, 0 is chance.</p>\n");
    begin_table(out, "Agreement", "<th scope=\"col\">Scale</th>"
        "<th scope=\"col\">Judged by several</th>"
        "<th scope=\"col\">Alpha, ordinal</th>"
        "<th scope=\"col\">Alpha, interval</th>"
        "<th scope=\"col\">Kappa, linear</th>"
        "<th scope=\"col\">Kappa, quadratic</th>");
    for (size_t q = 0; q < r->questions; q++) {
        const struct ch_result_agreement *a = &r->agreement[q];

        ch_buffer_text(out, "<tr>");
        put_name(out, "th scope=\"row\"",
                 ch_study_question_name(r->ratings->mode, q));
        ch_buffer_format(out, "<td>%zu</td>", a->units);
        put_cell(out, 3, a->ordinal);
        put_cell(out, 3, a->interval);
        put_cell(out, 3, a->linear);
        put_cell(out, 3, a->quadratic);
        ch_buffer_text(out, "</tr>\n");
    }
    end_table(out);
}

static void put_raters(struct ch_buffer *out, const struct ch_result *r)
{
    ch_buffer_text(out, "<h2>Raters</h2>\n<p>Checks show a caption of another "
        "photo; repeats come a second time, and same is the share of marks "
        "given again. Others is the correlation with the mean of the other "
        "raters.</p>\n");
    begin_table(out, "Raters", "<th scope=\"col\">Rater</th>"
        "<th scope=\"col\">Done</th><th scope=\"col\">Skipped</th>"
        "<th scope=\"col\">Checks passed</th><th scope=\"col\">Repeats</th>"
        "<th scope=\"col\">Same</th><th scope=\"col\">Kappa</th>"
        "<th scope=\"col\">Others</th><th scope=\"col\">Seconds each</th>");
    for (size_t k = 0; k < r->ratings->raters; k++) {
        const struct ch_result_rater *x = &r->rater[k];

        ch_buffer_format(out, "<tr><th scope=\"row\"%s>",
                         x->is_left_out ? " class=\"out\"" : "");
        ch_html_text(out, r->ratings->rater[k].name);
        /* A line through it is not read aloud. */
        ch_buffer_format(out, "%s</th><td>%zu</td><td>%zu</td><td>%zu of %zu"
            "</td><td>%zu</td>", x->is_left_out ? ", left out" : "", x->done,
            x->skipped, x->passed, x->checks, x->repeats);
        put_cell(out, 2, x->same);
        put_cell(out, 2, x->kappa);
        put_cell(out, 2, x->with_others);
        put_cell(out, 1, x->seconds);
        ch_buffer_text(out, "</tr>\n");
    }
    end_table(out);
}

static void put_metric_row(struct ch_buffer *out, const struct ch_result *r,
                           size_t m)
{
    const struct ch_result_metric *x = &r->metric[m];

    ch_buffer_text(out, "<tr>");
    put_name(out, "th scope=\"row\"", ch_metric_title[m]);
    if (r->ratings->mode == CH_RATE_PAIRS) {
        ch_buffer_format(out, "<td>%zu of %zu</td>", x->agreed, x->decided);
        put_cell(out, 2, (double)x->agreed / (double)x->decided);
    }
    for (size_t q = 0; q < r->questions &&
         r->ratings->mode == CH_RATE_SCALES; q++) {
        put_cell(out, 3, x->with[q].spearman);
        put_cell(out, 3, x->with[q].pearson);
    }
    ch_buffer_text(out, "</tr>\n");
}

static void put_metrics(struct ch_buffer *out, const struct ch_result *r)
{
    bool is_pair = r->ratings->mode == CH_RATE_PAIRS;

    if (!r->scored)
        return;
    ch_buffer_text(out, "<h2>Metrics</h2>\n");
    ch_buffer_text(out, is_pair
        ? "<p>How often a metric prefers the caption that people chose, where "
          "both decide.</p>\n"
        : "<p>How the automatic metrics of each caption rise with the mean of "
          "its marks: Spearman\xe2\x80\x99s rank correlation and "
          "Pearson\xe2\x80\x99s.</p>\n");
    begin_table(out, "Metrics", is_pair
        ? "<th scope=\"col\">Metric</th><th scope=\"col\">Agreed</th>"
          "<th scope=\"col\">Share</th>"
        : "<th scope=\"col\">Metric</th>"
#define HTML_HEAD(name, title, ...)                                            \
          "<th scope=\"col\">" title ", rank</th>"                             \
          "<th scope=\"col\">Pearson</th>"
          CH_STUDY_SCALES(HTML_HEAD)
#undef HTML_HEAD
        );
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (r->metric[m].has)
            put_metric_row(out, r, m);
    end_table(out);
}

static void put_count(struct ch_buffer *out, size_t n, const char *what,
                      const char *behind)
{
    ch_buffer_format(out, "%zu %s%s%s", n, what, n == 1 ? "" : "s", behind);
}

void ch_rate_report_html(struct ch_buffer *out, const struct ch_result *r,
                         const struct ch_study *s)
{
    ch_buffer_text(out, "<!DOCTYPE html>\n<html lang=\"en\"><head>"
        "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\">\n<title>");
    ch_html_text(out, s->title);
    ch_buffer_format(out, "</title>\n<style>%s</style></head>\n<body><main>"
                     "<h1>", style);
    ch_html_text(out, s->title);
    ch_buffer_text(out, "</h1>\n<p>");
    put_count(out, r->usual, "rating", " of ");
    put_count(out, r->ratings->photos, "photo", " by ");
    put_count(out, r->raters, "rater", r->left_out
              ? "; others passed too few checks and are left out.</p>\n"
              : ".</p>\n");
    put_marks(out, r);
    put_wins(out, r);
    put_agreement(out, r);
    put_raters(out, r);
    put_metrics(out, r);
    ch_buffer_text(out, "</main></body></html>\n");
}
