/* page_tables.c - what runs came to, their settings, and their time */
#include "page/page_run.h"

#include "base/html.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DASH "\xe2\x80\x93"

/* heads: the row of titles, as HTML. */
static void begin_table(struct ch_buffer *out, const char *label,
                        const char *heads)
{
    ch_buffer_format(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
        "aria-label=\"%s\"><table>\n<thead><tr>%s</tr></thead>\n<tbody>\n",
        label, heads);
}

static void end_table(struct ch_buffer *out)
{
    ch_buffer_text(out, "</tbody></table></div>\n");
}

static void put_real(struct ch_buffer *out, int digits, double v)
{
    if (isfinite(v))
        ch_buffer_format(out, "<td>%.*f</td>", digits, v);
    else
        ch_buffer_text(out, "<td>" DASH "</td>");
}

/* ----------------------------------------------------------------- results */

static void put_result(struct ch_buffer *out, const struct ch_page_run *r,
                       size_t i)
{
    const struct ch_page_epoch *best = ch_page_run_best(r);
    double seconds = 0;

    for (size_t k = 0; k < r->epochs; k++)
        seconds += isfinite(r->epoch[k].seconds) ? r->epoch[k].seconds : 0;
    ch_buffer_format(out, "<tr><th class=\"c%zu\">", i);
    ch_html_text(out, r->name);
    ch_buffer_format(out, "</th><td>%zu of %.0f</td>", r->epochs,
        ch_json_real(ch_json_get(r->settings, "epochs"), 0));
    put_real(out, 0, best ? best->epoch : (double)NAN);
    put_real(out, 4, best ? best->train_loss : (double)NAN);
    put_real(out, 4, best ? best->val_loss : (double)NAN);
    put_real(out, 4, best ? best->cider_d : (double)NAN);
    put_real(out, 4, best ? best->bleu_4 : (double)NAN);
    put_real(out, 0, r->epochs ? r->epoch[r->epochs - 1].words_per_s
                               : (double)NAN);
    ch_buffer_format(out, "<td>%.1f</td></tr>\n", seconds / 60);
}

void ch_page_results_put(struct ch_buffer *out,
                         struct ch_page_run *const *run, size_t count)
{
    ch_buffer_format(out, "<h2>%s</h2>\n", count > 1 ? "Runs" : "Run");
    begin_table(out, "What training came to", "<th>run</th><th>epochs</th>"
        "<th>best epoch</th><th>its training loss</th><th>validation loss</th>"
        "<th>CIDEr-D</th><th>BLEU-4</th><th>words/s</th><th>minutes</th>");
    for (size_t i = 0; i < count; i++)
        put_result(out, run[i], i);
    end_table(out);
}

/* ---------------------------------------------------------------- settings */

static void value_text(char *out, size_t size, const struct ch_json *v)
{
    if (!v)
        snprintf(out, size, DASH);
    else if (ch_json_is_text(v))
        snprintf(out, size, "%s", ch_json_text(v, ""));
    else if (ch_json_is_number(v))
        snprintf(out, size, "%.12g", ch_json_real(v, 0));
    else
        snprintf(out, size, "%s", ch_json_bool(v, false) ? "yes" : "no");
}

static bool is_same(struct ch_page_run *const *run, size_t count,
                    const char *name)
{
    char first[4096], other[4096];

    value_text(first, sizeof first, ch_json_get(run[0]->settings, name));
    for (size_t i = 1; i < count; i++) {
        value_text(other, sizeof other, ch_json_get(run[i]->settings, name));
        if (strcmp(first, other))
            return false;
    }
    return true;
}

static void put_setting(struct ch_buffer *out, struct ch_page_run *const *run,
                        size_t count, const char *name)
{
    char text[4096];

    ch_buffer_text(out, "<tr><th>");
    ch_html_text(out, name);
    ch_buffer_text(out, "</th>");
    for (size_t i = 0; i < count; i++) {
        value_text(text, sizeof text, ch_json_get(run[i]->settings, name));
        ch_buffer_text(out, "<td>");
        ch_html_text(out, text);
        ch_buffer_text(out, "</td>");
    }
    ch_buffer_text(out, "</tr>\n");
}

static void begin_settings(struct ch_buffer *out, const char *label,
                           struct ch_page_run *const *run, size_t count)
{
    struct ch_buffer heads = { 0 };

    ch_buffer_text(&heads, "<th>setting</th>");
    for (size_t i = 0; i < count; i++) {
        ch_buffer_format(&heads, "<th class=\"c%zu\">", i);
        ch_html_text(&heads, run[i]->name);
        ch_buffer_text(&heads, "</th>");
    }
    out->failed |= heads.failed;
    if (!heads.failed)
        begin_table(out, label, heads.at);
    ch_buffer_release(&heads);
}

/* Those that are the same, or those that are not.  What only a later run has
 * stands at its end. */
static void put_rows(struct ch_buffer *out, struct ch_page_run *const *run,
                     size_t count, bool same)
{
    for (size_t i = 0; i < count; i++) {
        const struct ch_json *value;
        const char *name;
        void *place = NULL;

        while (ch_json_next(run[i]->settings, &place, &name, &value)) {
            bool is_known = !strcmp(name, "kind");

            for (size_t k = 0; k < i; k++)
                is_known |= ch_json_get(run[k]->settings, name) != NULL;
            if (!is_known && is_same(run, count, name) == same)
                put_setting(out, run, count, name);
        }
    }
}

void ch_page_settings_put(struct ch_buffer *out,
                          struct ch_page_run *const *run, size_t count)
{
    if (count > 1) {
        ch_buffer_text(out, "<h2>Settings that differ</h2>\n");
        begin_settings(out, "Settings that differ", run, count);
        put_rows(out, run, count, false);
        end_table(out);
    }
    ch_buffer_format(out, "<details><summary>%s</summary>\n",
                     count > 1 ? "Settings that are the same"
                               : "Settings and data");
    begin_settings(out, "Settings", run, count);
    put_rows(out, run, count, true);
    end_table(out);
    ch_buffer_text(out, "</details>\n");
}

/* -------------------------------------------------------------------- time */

enum { PHASES = 4 };

static void put_shares(struct ch_buffer *out, const double s[PHASES])
{
    double all = s[0] + s[1] + s[2] + s[3], x = 0;

    ch_buffer_text(out, "<td class=\"plot\"><svg viewBox=\"0 0 100 8\" "
        "preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    for (int p = 0; p < PHASES && all > 0; p++) {
        ch_buffer_format(out, "<rect class=\"p%d\" x=\"%.2f\" y=\"0\" "
            "width=\"%.2f\" height=\"8\"/>", p, x, 100 * s[p] / all);
        x += 100 * s[p] / all;
    }
    ch_buffer_text(out, "</svg></td>");
}

static void put_phases(struct ch_buffer *out, const struct ch_page_run *r)
{
    begin_table(out, "Seconds of rank 0", "<th>epoch</th><th>"
        "<span class=\"p0\"></span>load</th><th><span class=\"p1\"></span>"
        "compute</th><th><span class=\"p2\"></span>wait</th><th>"
        "<span class=\"p3\"></span>update</th><th>shares</th>");
    for (size_t i = 0; i < r->steps;) {
        double epoch = r->step[i].epoch, s[PHASES] = { 0 };

        for (; i < r->steps && r->step[i].epoch == epoch; i++) {
            const struct ch_page_step *t = &r->step[i];
            const double part[PHASES] = { t->load_s, t->compute_s, t->wait_s,
                                          t->update_s };

            for (int p = 0; p < PHASES; p++)
                s[p] += isfinite(part[p]) ? part[p] : 0;
        }
        ch_buffer_format(out, "<tr><td>%.0f</td>", epoch);
        for (int p = 0; p < PHASES; p++)
            put_real(out, 1, s[p]);
        put_shares(out, s);
        ch_buffer_text(out, "</tr>\n");
    }
    end_table(out);
}

static void put_range(struct ch_buffer *out, const double s[3])
{
    if (isfinite(s[0] + s[1] + s[2]))
        ch_buffer_format(out, "<td>%.1f, %.1f, %.1f</td>", s[0], s[1], s[2]);
    else
        ch_buffer_text(out, "<td>" DASH "</td>");
}

static void put_ranks(struct ch_buffer *out, const struct ch_page_run *r)
{
    ch_buffer_text(out, "<p class=\"sub\">Of all ranks: the least, the median "
                   "and the most.</p>\n");
    begin_table(out, "Seconds of the ranks", "<th>epoch</th><th>load</th>"
        "<th>compute</th><th>wait</th><th>slowest</th>");
    for (size_t i = 0; i < r->rank_lines; i++) {
        ch_buffer_format(out, "<tr><td>%.0f</td>", r->ranks[i].epoch);
        put_range(out, r->ranks[i].load_s);
        put_range(out, r->ranks[i].compute_s);
        put_range(out, r->ranks[i].wait_s);
        ch_buffer_format(out, "<td>rank %lld, ",
                         (long long)r->ranks[i].slowest);
        ch_html_text(out, r->ranks[i].host);
        ch_buffer_text(out, "</td></tr>\n");
    }
    end_table(out);
}

void ch_page_times_put(struct ch_buffer *out, const struct ch_page_run *r)
{
    if (!r->steps)
        return;
    ch_buffer_text(out, "<h2>Time</h2>\n<p class=\"sub\">Seconds of the steps "
                   "of each epoch, of rank 0");
    if (*r->name) {
        ch_buffer_text(out, " of ");
        ch_html_text(out, r->name);
    }
    ch_buffer_text(out, ".</p>\n");
    put_phases(out, r);
    if (r->rank_lines)
        put_ranks(out, r);
}
