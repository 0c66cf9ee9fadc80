/* html.c - pieces of HTML: escaped text, pictures, curves */
#include "page/html.h"

#include "base/text.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

void ch_html_text(struct ch_buffer *out, const char *text)
{
    size_t n = strlen(text), at = 0;

    while (at < n) {
        size_t good = at + ch_text_check(text + at, n - at);
        for (; at < good; at++) {
            switch (text[at]) {
            case '&': ch_buffer_text(out, "&amp;"); break;
            case '<': ch_buffer_text(out, "&lt;"); break;
            case '>': ch_buffer_text(out, "&gt;"); break;
            case '"': ch_buffer_text(out, "&quot;"); break;
            case '\'': ch_buffer_text(out, "&#39;"); break;
            default: ch_buffer_put(out, text + at, 1);
            }
        }
        if (at < n) {
            ch_buffer_text(out, "\xef\xbf\xbd");
            at++;
        }
    }
}

void ch_html_base64(struct ch_buffer *out, const void *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *b = bytes;

    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)b[i] << 16;
        char four[4];

        if (left > 1)
            v |= (uint32_t)b[i + 1] << 8;
        if (left > 2)
            v |= b[i + 2];
        for (int k = 0; k < 4; k++)
            four[k] = digit[v >> (18 - 6 * k) & 63];
        if (left < 3)
            four[3] = '=';
        if (left < 2)
            four[2] = '=';
        ch_buffer_put(out, four, 4);
    }
}

/* ------------------------------------------------------------- curves */

/* The picture's measures, in its own units. */
enum { WIDTH = 640, HEIGHT = 300, LEFT = 52, RIGHT = 628, TOP = 14,
       BOTTOM = 256 };

struct frame {
    double first, last;        /* epochs */
    double low, high;          /* values */
};

struct curve {
    const char *class, *name;
    size_t member;             /* where its value lies in an epoch */
};

struct chart {
    const char *title, *label, *unit;
    struct curve curve[2];
    size_t curves;
};

#define AT(member) offsetof(struct ch_page_epoch, member)
static const struct chart charts[] = {
    { "Loss", "Training and validation loss by epoch", "nats per word",
      { { "train", "training (with dropout)", AT(train_loss) },
        { "val", "validation", AT(val_loss) } }, 2 },
    { "CIDEr-D", "CIDEr-D of the validation captions by epoch", "CIDEr-D",
      { { "val", "validation", AT(cider_d) } }, 1 },
    { "Learning rate", "Learning rate by epoch", "rate",
      { { "train", "at the end of the epoch", AT(rate) } }, 1 },
    { "Speed", "Words a second by epoch", "words/s",
      { { "train", "training", AT(words_per_s) } }, 1 },
};

static double value_of(const struct ch_page_epoch *epoch, size_t member)
{
    double v;

    memcpy(&v, (const char *)epoch + member, sizeof v);
    return v;
}

static double x_of(const struct frame *f, double epoch)
{
    double span = f->last > f->first ? f->last - f->first : 1;

    return LEFT + (epoch - f->first) / span * (RIGHT - LEFT);
}

static double y_of(const struct frame *f, double v)
{
    return BOTTOM - (v - f->low) / (f->high - f->low) * (BOTTOM - TOP);
}

/* A round step that divides `span` into about `parts`. */
static double round_step(double span, int parts)
{
    double rough = span / parts;
    double unit = pow(10, floor(log10(rough)));
    double times = rough / unit;

    return unit * (times > 5 ? 10 : times > 2 ? 5 : times > 1 ? 2 : 1);
}

static void put_axes(struct ch_buffer *out, const struct frame *f,
                     const char *unit)
{
    double dy = round_step(f->high - f->low, 5);
    double dx = f->last > f->first ? round_step(f->last - f->first, 8) : 1;

    if (dx < 1)
        dx = 1;
    for (double y = ceil(f->low / dy) * dy; y <= f->high + dy / 1e6; y += dy)
        ch_buffer_format(out,
            "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
            "y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" "
            "text-anchor=\"end\">%.6g</text>\n",
            LEFT, RIGHT, y_of(f, y), y_of(f, y), LEFT - 8, y_of(f, y) + 4, y);
    for (double x = f->first; x <= f->last + dx / 1e6; x += dx)
        ch_buffer_format(out,
            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>\n",
            x_of(f, x), BOTTOM + 18, x);
    ch_buffer_format(out,
        "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n"
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">epoch</text>\n"
        "<text transform=\"translate(12 %d) rotate(-90)\" "
        "text-anchor=\"middle\">%s</text>\n",
        LEFT, RIGHT, BOTTOM, BOTTOM, (LEFT + RIGHT) / 2, HEIGHT - 8,
        (TOP + BOTTOM) / 2, unit);
}

static void put_curve(struct ch_buffer *out, const struct frame *f,
                      const struct ch_page_epoch *epoch, size_t count,
                      const struct curve *c)
{
    const char *between = "";

    ch_buffer_format(out, "<polyline class=\"%s\" points=\"", c->class);
    for (size_t i = 0; i < count; i++) {
        double v = value_of(&epoch[i], c->member);

        if (!isfinite(v))
            continue;
        ch_buffer_format(out, "%s%.1f,%.1f", between,
                         x_of(f, epoch[i].epoch), y_of(f, v));
        between = " ";
    }
    ch_buffer_text(out, "\"/>\n");
    for (size_t i = 0; i < count; i++) {
        double v = value_of(&epoch[i], c->member);

        if (isfinite(v))
            ch_buffer_format(out,
                "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>"
                "epoch %.0f: %.4g</title></circle>\n", c->class,
                x_of(f, epoch[i].epoch), y_of(f, v), epoch[i].epoch, v);
    }
}

/* The last that was best is the best. */
static void put_best(struct ch_buffer *out, const struct frame *f,
                     const struct ch_page_epoch *epoch, size_t count)
{
    double x;

    while (count > 0 && !epoch[count - 1].is_best)
        count--;
    if (count == 0)
        return;
    x = x_of(f, epoch[count - 1].epoch);
    ch_buffer_format(out, "<line class=\"best\" x1=\"%.1f\" x2=\"%.1f\" "
        "y1=\"%d\" y2=\"%d\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">"
        "best</text>\n", x, x, TOP, BOTTOM, x, TOP - 3,
        x > RIGHT - 20 ? "end" : "middle");
}

static void put_chart(struct ch_buffer *out, const struct chart *c,
                      const struct ch_page_epoch *epoch, size_t count)
{
    struct frame f = { epoch[0].epoch, epoch[0].epoch, INFINITY, -INFINITY };

    /* fmin and fmax give what is a number. */
    for (size_t i = 0; i < count; i++) {
        f.first = fmin(f.first, epoch[i].epoch);
        f.last = fmax(f.last, epoch[i].epoch);
        for (size_t k = 0; k < c->curves; k++) {
            f.low = fmin(f.low, value_of(&epoch[i], c->curve[k].member));
            f.high = fmax(f.high, value_of(&epoch[i], c->curve[k].member));
        }
    }
    if (!isfinite(f.low) || !isfinite(f.high))
        return;
    if (!(f.high > f.low)) {
        double room = f.low != 0 ? fabs(f.low) / 2 : 0.5;

        f.low -= room;
        f.high += room;
    }
    ch_buffer_format(out,
        "<h2>%s</h2>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" "
        "aria-label=\"%s\">\n", c->title, WIDTH, HEIGHT, c->label);
    put_axes(out, &f, c->unit);
    put_best(out, &f, epoch, count);
    for (size_t k = 0; k < c->curves; k++)
        put_curve(out, &f, epoch, count, &c->curve[k]);
    ch_buffer_text(out, "</svg>\n<p class=\"legend\">");
    for (size_t k = 0; k < c->curves; k++)
        ch_buffer_format(out, "<span class=\"%s\">%s</span> ",
                         c->curve[k].class, c->curve[k].name);
    ch_buffer_text(out, "</p>\n");
}

void ch_html_curves(struct ch_buffer *out, const struct ch_page_epoch *epoch,
                    size_t count)
{
    for (size_t i = 0; i < sizeof charts / sizeof *charts; i++)
        put_chart(out, &charts[i], epoch, count);
}
