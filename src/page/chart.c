/* chart.c - lines over a number, as an inline SVG */
#include "page/chart.h"

#include "base/html.h"

#include <math.h>

/* The picture's measures, in its own units. */
enum { WIDTH = 440, HEIGHT = 266, LEFT = 58, RIGHT = 428, TOP = 26,
       BOTTOM = 226 };
/* At an axis, at most: counted, since beside 1e17 a step of 1 leads nowhere. */
#define MARKS 8

struct frame {
    double first, last;        /* steps */
    double low, high;          /* values */
};

static double x_of(const struct frame *f, double x)
{
    double span = f->last > f->first ? f->last - f->first : 1;

    return LEFT + (x - f->first) / span * (RIGHT - LEFT);
}

static double y_of(const struct frame *f, double y)
{
    return BOTTOM - (y - f->low) / (f->high - f->low) * (BOTTOM - TOP);
}

/* A round step that divides `span` into about `parts`. */
static double round_step(double span, int parts)
{
    double rough = span / parts;
    double unit = pow(10, floor(log10(rough)));
    double times = rough / unit;

    return unit * (times > 5 ? 10 : times > 2 ? 5 : times > 1 ? 2 : 1);
}

/* Around all points, with a little room; 0 when there are none, or some farther
 * apart than numbers go. */
static int find_frame(struct frame *f, const struct ch_chart *c)
{
    double room;

    *f = (struct frame){ INFINITY, -INFINITY, INFINITY, -INFINITY };
    for (size_t k = 0; k < c->lines; k++)
        for (size_t i = 0; i < c->line[k].count; i++) {
            const struct ch_chart_point *p = &c->line[k].point[i];

            f->first = fmin(f->first, p->x);
            f->last = fmax(f->last, p->x);
            f->low = fmin(f->low, p->y);
            f->high = fmax(f->high, p->y);
        }
    if (!(f->low <= f->high))
        return 0;
    room = (f->high - f->low) / 20;
    if (!(room > 0))
        room = f->low != 0 ? fabs(f->low) / 2 : 0.5;
    /* What is never negative has no axis below 0. */
    f->low = f->low >= 0 ? fmax(f->low - room, 0) : f->low - room;
    f->high += room;
    return isfinite(f->high - f->low) && isfinite(f->last - f->first);
}

static void put_axes(struct ch_buffer *out, const struct frame *f,
                     const char *unit)
{
    double dy = round_step(f->high - f->low, 5);
    double dx = f->last > f->first ? round_step(f->last - f->first, 6) : 1;

    dx = fmax(dx, 1);
    for (int k = 0; k < MARKS; k++) {
        double y = (ceil(f->low / dy) + k) * dy;

        if (!(y <= f->high))
            break;
        ch_buffer_format(out,
            "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
            "y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" "
            "text-anchor=\"end\">%.6g</text>\n",
            LEFT, RIGHT, y_of(f, y), y_of(f, y), LEFT - 6, y_of(f, y) + 4, y);
    }
    for (int k = 0; k < MARKS; k++) {
        double x = (ceil(f->first / dx) + k) * dx;

        if (!(x <= f->last))
            break;
        ch_buffer_format(out,
            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>\n",
            x_of(f, x), BOTTOM + 16, x);
    }
    ch_buffer_format(out,
        "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n"
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">step</text>\n"
        "<text x=\"2\" y=\"11\">%s</text>\n",
        LEFT, RIGHT, BOTTOM, BOTTOM, (LEFT + RIGHT) / 2, HEIGHT - 8, unit);
}

static void put_line(struct ch_buffer *out, const struct frame *f,
                     const struct ch_chart_line *l)
{
    ch_buffer_format(out, "<polyline class=\"%s\" points=\"", l->class);
    for (size_t i = 0; i < l->count; i++)
        ch_buffer_format(out, "%s%.1f,%.1f", i ? " " : "",
                         x_of(f, l->point[i].x), y_of(f, l->point[i].y));
    ch_buffer_text(out, "\"/>\n");
    for (size_t i = 0; i < l->count && l->has_dots; i++)
        ch_buffer_format(out,
            "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>"
            "step %.0f: %.5g</title></circle>\n", l->class,
            x_of(f, l->point[i].x), y_of(f, l->point[i].y), l->point[i].x,
            l->point[i].y);
}

void ch_chart_put(struct ch_buffer *out, const struct ch_chart *c)
{
    struct frame f;

    if (!find_frame(&f, c))
        return;
    ch_buffer_format(out,
        "<section class=\"chart\"><h3>%s</h3>\n<svg viewBox=\"0 0 %d %d\" "
        "role=\"img\" aria-label=\"%s by step\">\n", c->title, WIDTH, HEIGHT,
        c->title);
    put_axes(out, &f, c->unit);
    if (c->best >= f.first && c->best <= f.last) {
        double x = x_of(&f, c->best);

        ch_buffer_format(out, "<line class=\"best\" x1=\"%.1f\" x2=\"%.1f\" "
            "y1=\"%d\" y2=\"%d\"/><text x=\"%.1f\" y=\"%d\" "
            "text-anchor=\"%s\">best</text>\n", x, x, TOP, BOTTOM, x, TOP - 4,
            x > RIGHT - 20 ? "end" : "middle");
    }
    for (size_t k = 0; k < c->lines; k++)
        put_line(out, &f, &c->line[k]);
    ch_buffer_text(out, "</svg>\n<p class=\"legend\">");
    for (size_t k = 0; k < c->lines; k++) {
        if (!c->line[k].count)
            continue;
        ch_buffer_format(out, "<span class=\"%s\">", c->line[k].class);
        ch_html_text(out, c->line[k].name);
        ch_buffer_text(out, "</span> ");
    }
    ch_buffer_text(out, "</p></section>\n");
}
