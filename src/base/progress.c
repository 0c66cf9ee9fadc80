/* progress.c - how far a long job is, and how long it will take */
#include "base/file.h"
#include "base/sink.h"
#include "chorus/log.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Seconds between two lines: a terminal is redrawn, a file grows. */
#define REDRAW_S 0.1
#define LINE_S 10.0
#define BAR_WIDTH 18

double ch_progress_rate(const struct ch_progress *p)
{
    double seconds = ch_clock_s() - p->begun_s;

    if (seconds <= 0 || p->done <= p->at_start)
        return 0;
    return (double)(p->done - p->at_start) / seconds;
}

double ch_progress_left_s(const struct ch_progress *p)
{
    double rate = ch_progress_rate(p);

    if (p->total && p->done >= p->total)
        return 0;
    if (!p->total || rate <= 0)
        return -1;
    return (double)(p->total - p->done) / rate;
}

/* 6000 -> "6,000" */
static const char *grouped(uint64_t v, char out[28])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, v), used = 0;

    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}

/* 3725 -> "1:02:05", 65 -> "1:05" */
static const char *clock_text(double seconds, char out[32])
{
    unsigned long s;

    /* Beyond any job; keeps the conversion defined. */
    if (!(seconds < 1e9))
        seconds = 1e9;
    s = (unsigned long)(seconds > 0 ? seconds + 0.5 : 0);
    if (s >= 3600)
        snprintf(out, 32, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, 32, "%lu:%02lu", s / 60, s % 60);
    return out;
}

/* Three digits are what a rate is good for: 0.583, 58.1, 5,812. */
static const char *rate_text(double rate, char out[32])
{
    char digits[28];

    if (rate >= 1000)
        snprintf(out, 32, "%s/s", grouped((uint64_t)(rate + 0.5), digits));
    else
        snprintf(out, 32, "%.*f/s", rate >= 100 ? 0 : rate >= 10 ? 1 :
                 rate >= 1 ? 2 : 3, rate);
    return out;
}

static void bar_text(const struct ch_progress *p, char *out, size_t size)
{
    char bar[BAR_WIDTH + 1];
    double share = (double)p->done / (double)p->total;
    int filled = share < 1 ? (int)(share * BAR_WIDTH) : BAR_WIDTH;

    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    snprintf(out, size, "  [%s]", bar);
}

/* Everything behind the bar: "  48%  2,912/6,000 images  58.1/s  0:53 left" */
static void numbers_text(const struct ch_progress *p, char *out, size_t size)
{
    char share[16] = "", done[28], total[28], rate[32], left[32] = "";
    char clock[32];
    double left_s = ch_progress_left_s(p);

    if (p->total)
        snprintf(share, sizeof share, "  %3d%%",
                 (int)(100.0 * (double)(p->done < p->total ? p->done : p->total)
                       / (double)p->total));
    if (left_s >= 0)
        snprintf(left, sizeof left, "  %.20s left", clock_text(left_s, clock));
    snprintf(out, size, "%s  %s%s%s %s  %s%s%s%s", share,
             grouped(p->done, done), p->total ? "/" : "",
             p->total ? grouped(p->total, total) : "", p->unit,
             rate_text(ch_progress_rate(p), rate), left,
             p->note[0] ? "  " : "", p->note);
}

static void draw(struct ch_progress *p)
{
    char bar[BAR_WIDTH + 8] = "", numbers[400], line[600];
    size_t columns = ch_log_columns();

    numbers_text(p, numbers, sizeof numbers);
    if (p->total && columns)
        bar_text(p, bar, sizeof bar);
    snprintf(line, sizeof line, "%.100s%s%s", p->what, bar, numbers);
    /* A line that wraps could not be redrawn: the bar goes first, then the
     * end.  The last column stays free, or some terminals wrap. */
    if (columns && strlen(line) >= columns)
        snprintf(line, sizeof line, "%.100s%s", p->what, numbers);
    if (columns && strlen(line) >= columns && columns < sizeof line)
        line[columns - 1] = '\0';
    ch_log_draw(line, false);
    p->drawn_s = ch_clock_s();
}

void ch_progress_start(struct ch_progress *p, const char *what,
                       const char *unit, uint64_t done, uint64_t total)
{
    *p = (struct ch_progress){ .what = what, .unit = unit, .done = done,
                               .total = total, .at_start = done };
    p->begun_s = p->drawn_s = ch_clock_s();
    if (ch_log_is_drawing() && ch_log_columns())
        draw(p);
}

void ch_progress_update(struct ch_progress *p, uint64_t done)
{
    double since;

    p->done = done;
    if (!ch_log_is_drawing())
        return;
    since = ch_clock_s() - p->drawn_s;
    if (since >= LINE_S || (since >= REDRAW_S && ch_log_columns()))
        draw(p);
}

void ch_progress_finish(struct ch_progress *p)
{
    char done[28], total[28], rate[32], clock[32], line[600];
    bool is_part = p->total && p->done != p->total;

    if (!ch_log_is_drawing())
        return;
    snprintf(line, sizeof line, "%.100s  %s%s%s %.100s in %s  %s%s%s", p->what,
             grouped(p->done, done), is_part ? "/" : "",
             is_part ? grouped(p->total, total) : "", p->unit,
             clock_text(ch_clock_s() - p->begun_s, clock),
             rate_text(ch_progress_rate(p), rate), p->note[0] ? "  " : "",
             p->note);
    ch_log_draw(line, true);
    p->drawn_s = ch_clock_s();
}
