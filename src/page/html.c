/* html.c - pieces of HTML: escaped text, pictures, curves */
#include "page/html.h"

#include "base/text.h"

#include <math.h>
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
    double low, high;          /* losses */
};

static double x_of(const struct frame *f, double epoch)
{
    double span = f->last > f->first ? f->last - f->first : 1;

    return LEFT + (epoch - f->first) / span * (RIGHT - LEFT);
}

static double y_of(const struct frame *f, double loss)
{
    return BOTTOM - (loss - f->low) / (f->high - f->low) * (BOTTOM - TOP);
}

/* A round step that divides `span` into about `parts`. */
static double round_step(double span, int parts)
{
    double rough = span / parts;
    double unit = pow(10, floor(log10(rough)));
    double times = rough / unit;

    return unit * (times > 5 ? 10 : times > 2 ? 5 : times > 1 ? 2 : 1);
}

static void put_axes(struct ch_buffer *out, const struct frame *f)
{
    double dy = round_step(f->high - f->low, 5);
    double dx = f->last > f->first ? round_step(f->last - f->first, 8) : 1;

    if (dx < 1)
        dx = 1;
    for (double y = ceil(f->low / dy) * dy; y <= f->high + dy / 1e6; y += dy)
        ch_buffer_format(out,
            "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
            "y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\" "
            "text-anchor=\"end\">%.3g</text>\n",
            LEFT, RIGHT, y_of(f, y), y_of(f, y), LEFT - 8, y_of(f, y) + 4, y);
    for (double x = f->first; x <= f->last + dx / 1e6; x += dx)
        ch_buffer_format(out,
            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>\n",
            x_of(f, x), BOTTOM + 18, x);
    ch_buffer_format(out,
        "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n"
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">epoch</text>\n"
        "<text transform=\"translate(12 %d) rotate(-90)\" "
        "text-anchor=\"middle\">nats per word</text>\n",
        LEFT, RIGHT, BOTTOM, BOTTOM, (LEFT + RIGHT) / 2, HEIGHT - 8,
        (TOP + BOTTOM) / 2);
}

static void put_curve(struct ch_buffer *out, const struct frame *f,
                      const struct ch_page_epoch *epoch, size_t count,
                      int is_val)
{
    const char *name = is_val ? "val" : "train";

    ch_buffer_format(out, "<polyline class=\"%s\" points=\"", name);
    for (size_t i = 0; i < count; i++)
        ch_buffer_format(out, "%s%.1f,%.1f", i ? " " : "",
            x_of(f, epoch[i].epoch),
            y_of(f, is_val ? epoch[i].val_loss : epoch[i].train_loss));
    ch_buffer_text(out, "\"/>\n");
    for (size_t i = 0; i < count; i++) {
        double v = is_val ? epoch[i].val_loss : epoch[i].train_loss;
        ch_buffer_format(out,
            "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>"
            "epoch %.0f: %.4f</title></circle>\n", name,
            x_of(f, epoch[i].epoch), y_of(f, v), epoch[i].epoch, v);
    }
}

void ch_html_curves(struct ch_buffer *out, const struct ch_page_epoch *epoch,
                    size_t count)
{
    struct frame f = { epoch[0].epoch, epoch[0].epoch, INFINITY, -INFINITY };

    for (size_t i = 0; i < count; i++) {
        f.first = fmin(f.first, epoch[i].epoch);
        f.last = fmax(f.last, epoch[i].epoch);
        f.low = fmin(f.low, fmin(epoch[i].train_loss, epoch[i].val_loss));
        f.high = fmax(f.high, fmax(epoch[i].train_loss, epoch[i].val_loss));
    }
    if (!(f.high > f.low)) {
        f.low -= 0.5;
        f.high += 0.5;
    }
    ch_buffer_format(out,
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Training and "
        "validation loss by epoch\">\n", WIDTH, HEIGHT);
    put_axes(out, &f);
    put_curve(out, &f, epoch, count, 0);
    put_curve(out, &f, epoch, count, 1);
    ch_buffer_format(out,
        "<text class=\"train\" x=\"%d\" y=\"%d\" text-anchor=\"end\">"
        "training (with dropout)</text>\n<text class=\"val\" x=\"%d\" "
        "y=\"%d\" text-anchor=\"end\">validation</text>\n</svg>\n",
        RIGHT - 6, TOP + 14, RIGHT - 6, TOP + 32);
}
