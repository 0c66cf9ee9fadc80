/* chart.h - lines over a number, as an inline SVG */
#ifndef CH_PAGE_CHART_H
#define CH_PAGE_CHART_H

#include "base/bytes.h"

struct ch_chart_point {
    double x, y;               /* y: finite */
};

struct ch_chart_line {
    const char *class, *name;
    bool has_dots;
    const struct ch_chart_point *point;
    size_t count;
};

struct ch_chart {
    const char *title, *unit;  /* of y; x are steps */
    const struct ch_chart_line *line;
    size_t lines;
    double best;               /* a step that is marked; NaN: none */
};

/* Nothing for a chart without points. */
void ch_chart_put(struct ch_buffer *out, const struct ch_chart *c);

#endif
