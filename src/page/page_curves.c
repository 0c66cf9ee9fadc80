/* page_curves.c - the course of one run, or of several over one another */
#include "page/page_run.h"

#include "page/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Points of a line of steps: more than the eye, or a screen, can part. */
#define BINS 240
#define LINES (2 * CH_PAGE_RUNS_MOST)

/* Where a value lies in a step, and in an epoch; NONE: nowhere. */
#define NONE SIZE_MAX
#define STEP(member) offsetof(struct ch_page_step, member)
#define EPOCH(member) offsetof(struct ch_page_epoch, member)

static const struct {
    const char *title, *unit;
    size_t step, epoch;
} curve[] = {
    { "Loss", "nats per word", STEP(loss), EPOCH(val_loss) },
    { "CIDEr-D", "of validation captions", NONE, EPOCH(cider_d) },
    { "BLEU-4", "of validation captions", NONE, EPOCH(bleu_4) },
    { "Learning rate", "", STEP(rate), NONE },
    { "Gradient norm", "before it is cut", STEP(norm), NONE },
    { "Speed", "words a second", STEP(words_per_s), NONE },
};

static double value_of(const void *from, size_t member)
{
    double v;

    memcpy(&v, (const char *)from + member, sizeof v);
    return v;
}

/* Means of so many steps each, of what is a number. */
static size_t read_steps(struct ch_chart_point *to, const struct ch_page_run *r,
                         size_t member)
{
    size_t width = (r->steps + BINS - 1) / BINS, count = 0;

    for (size_t i = 0; i < r->steps; i += width) {
        double x = 0, y = 0;
        size_t n = 0;

        for (size_t k = i; k < i + width && k < r->steps; k++) {
            double v = value_of(&r->step[k], member);

            if (!isfinite(v))
                continue;
            x += r->step[k].step;
            y += v;
            n++;
        }
        if (n)
            to[count++] = (struct ch_chart_point){ x / (double)n,
                                                   y / (double)n };
    }
    return count;
}

static size_t read_epochs(struct ch_chart_point *to,
                          const struct ch_page_run *r, size_t member)
{
    size_t count = 0;

    for (size_t i = 0; i < r->epochs; i++) {
        double v = value_of(&r->epoch[i], member);

        if (isfinite(v))
            to[count++] = (struct ch_chart_point){ r->epoch[i].step, v };
    }
    return count;
}

struct lines {
    struct ch_chart_line line[LINES];
    struct ch_chart_point *point[LINES];
    char class[LINES][16], name[LINES][4200];
    size_t count;
};

/* One run has colours for what, several have one each. */
static void add_line(struct lines *l, struct ch_buffer *out,
                     struct ch_page_run *const *run, size_t count, size_t i,
                     bool is_val, size_t member)
{
    size_t k = l->count++, room = is_val ? run[i]->epochs : BINS;
    const char *what = is_val ? "validation" : "training";

    l->point[k] = calloc(room + 1, sizeof *l->point[k]);
    if (!l->point[k]) {
        out->failed = true;
        return;
    }
    if (count == 1) {
        snprintf(l->class[k], sizeof l->class[k], is_val ? "val" : "train");
        snprintf(l->name[k], sizeof l->name[k], "%s", what);
    } else {
        snprintf(l->class[k], sizeof l->class[k], "c%zu%s", i,
                 is_val ? "" : " soft");
        snprintf(l->name[k], sizeof l->name[k], "%s, %s", run[i]->name, what);
    }
    l->line[k] = (struct ch_chart_line) {
        .class = l->class[k], .name = l->name[k], .has_dots = is_val,
        .point = l->point[k],
        .count = is_val ? read_epochs(l->point[k], run[i], member)
                        : read_steps(l->point[k], run[i], member),
    };
}

void ch_page_curves_put(struct ch_buffer *out,
                        struct ch_page_run *const *run, size_t count)
{
    const struct ch_page_epoch *best = ch_page_run_best(run[0]);
    struct lines *l = malloc(sizeof *l);

    if (!l) {
        out->failed = true;
        return;
    }
    ch_buffer_text(out, "<h2>Curves</h2>\n<div class=\"charts\">\n");
    for (size_t c = 0; c < sizeof curve / sizeof *curve; c++) {
        *l = (struct lines){ .count = 0 };
        for (size_t i = 0; i < count; i++) {
            if (curve[c].step != NONE)
                add_line(l, out, run, count, i, false, curve[c].step);
            if (curve[c].epoch != NONE)
                add_line(l, out, run, count, i, true, curve[c].epoch);
        }
        ch_chart_put(out, &(struct ch_chart) {
            .title = curve[c].title, .unit = curve[c].unit, .line = l->line,
            .lines = l->count,
            .best = count == 1 && best ? best->step : (double)NAN,
        });
        for (size_t k = 0; k < l->count; k++)
            free(l->point[k]);
    }
    ch_buffer_text(out, "</div>\n");
    free(l);
}
