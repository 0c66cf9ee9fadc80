/* image.c - from a picture to a CNN's input: resize, order, normalise
 *
 * Antialiased bilinear: each output value is a weighted mean under a triangle
 * whose support grows with the reduction, first along rows, then along
 * columns, as Pillow's BILINEAR does it, but in float throughout.
 */
#include "data/image.h"

#include "base/arena.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Weights of one axis: output i is the sum over k < count[i] of
 * weight[i * most + k] * input[first[i] + k]. */
struct axis {
    size_t out, most;
    size_t *first, *count;
    float *weight;
};

static void release(struct axis *a)
{
    free(a->first);
    free(a->count);
    free(a->weight);
}

static void fill(struct axis *a, size_t i, size_t in, double begin,
                 double scale)
{
    double wide = fmax(scale, 1);
    double centre = begin + ((double)i + 0.5) * scale;
    double low = fmax(floor(centre - wide + 0.5), 0);
    double high = fmin(floor(centre + wide + 0.5), (double)in);
    double sum = 0;
    size_t first = (size_t)low, count = high > low ? (size_t)(high - low) : 0;

    for (size_t k = 0; k < count; k++)
        sum += fmax(0, 1 - fabs(((double)(first + k) + 0.5 - centre) / wide));
    a->first[i] = first;
    a->count[i] = count;
    for (size_t k = 0; k < count; k++)
        a->weight[i * a->most + k] = (float)(
            fmax(0, 1 - fabs(((double)(first + k) + 0.5 - centre) / wide)) /
            sum);
}

/* `out` values over [begin, begin + span) of an axis of `in` pixels. */
static int plan(struct axis *a, size_t in, double begin, double span,
                size_t out, struct ch_err *e)
{
    double scale = span / (double)out;

    a->out = out;
    a->most = (size_t)(2 * ceil(fmax(scale, 1)) + 2);
    a->first = calloc(out, sizeof *a->first);
    a->count = calloc(out, sizeof *a->count);
    a->weight = calloc(out * a->most, sizeof *a->weight);
    if (!a->first || !a->count || !a->weight)
        return ch_fail(e, CH_ENOMEM, "cannot resize a picture");
    for (size_t i = 0; i < out; i++)
        fill(a, i, in, begin, scale);
    return 0;
}

/* rows[y][x][3] = the picture with its rows made a->out wide. */
static void along_rows(const struct ch_image *image, const struct axis *a,
                       float *rows)
{
    for (size_t y = 0; y < image->height; y++) {
        const unsigned char *from = image->rgb + 3 * y * image->width;
        float *to = rows + 3 * y * a->out;

        for (size_t x = 0; x < a->out; x++) {
            const float *weight = a->weight + x * a->most;
            const unsigned char *p = from + 3 * a->first[x];
            float r = 0, g = 0, b = 0;

            for (size_t k = 0; k < a->count[x]; k++, p += 3) {
                r += weight[k] * (float)p[0];
                g += weight[k] * (float)p[1];
                b += weight[k] * (float)p[2];
            }
            to[3 * x] = r;
            to[3 * x + 1] = g;
            to[3 * x + 2] = b;
        }
    }
}

/* out[c][y][x], normalised. */
static void along_columns(const float *rows, const struct axis *a,
                          const struct ch_image_rule *rule, float *out)
{
    size_t size = rule->size;

    for (size_t y = 0; y < size; y++) {
        const float *weight = a->weight + y * a->most;
        for (size_t c = 0; c < 3; c++) {
            size_t from = rule->is_bgr ? 2 - c : c;
            float *to = out + (c * size + y) * size;

            for (size_t x = 0; x < size; x++) {
                float v = 0;
                for (size_t k = 0; k < a->count[y]; k++)
                    v += weight[k] *
                         rows[3 * ((a->first[y] + k) * size + x) + from];
                to[x] = (v - rule->mean[c]) / rule->std[c];
            }
        }
    }
}

int ch_image_input(const struct ch_image *image,
                   const struct ch_image_rule *rule, float *out,
                   struct ch_err *e)
{
    double w = (double)image->width, h = (double)image->height;
    double wide = w, high = h, left = 0, top = 0;
    struct axis across = { 0 }, down = { 0 };
    float *rows = NULL;
    size_t room;
    int rc;

    if (rule->resize == CH_RESIZE_CROP) {
        /* A square of `size` out of a picture whose shorter side would be
         * `shorter`: in pixels of the picture as it is. */
        wide = high = fmin(w, h) * (double)rule->size / (double)rule->shorter;
        left = (w - wide) / 2;
        top = (h - high) / 2;
    }
    if (!ch_mul_ok(3 * sizeof *rows * rule->size, image->height, &room))
        return ch_fail(e, CH_ENOMEM, "cannot resize a picture");
    rc = plan(&across, image->width, left, wide, rule->size, e);
    if (!rc) rc = plan(&down, image->height, top, high, rule->size, e);
    if (!rc && !(rows = malloc(room)))
        rc = ch_fail(e, CH_ENOMEM, "cannot resize a picture");
    if (!rc) {
        along_rows(image, &across, rows);
        along_columns(rows, &down, rule, out);
    }
    free(rows);
    release(&across);
    release(&down);
    return rc;
}

size_t ch_image_need(const struct ch_image_rule *rule)
{
    /* Twice what is resized to: a picture scaled by its decoder to just that
     * is blurred, and features of it are off by 6 to 10 % of their norm in
     * place of 2 %. */
    return 2 * (rule->resize == CH_RESIZE_CROP ? rule->shorter : rule->size);
}
