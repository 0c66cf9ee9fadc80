/* image.c - from a picture to a CNN's input: resize, order, normalise
 *
 * Antialiased bilinear: each output value is a weighted mean under a triangle
 * whose support grows with the reduction, along both sides, as Pillow's
 * BILINEAR does it, but in float throughout.  Columns come first, row by row
 * of the result: their pixels lie one after another, four values at a time.
 */
#include "data/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Weights of one axis: output i is the sum over k < taps of
 * weight[i * most + k] * input[first[i] + k].  All have as many taps, some of
 * weight 0: a loop that is always as long costs half of one that is not. */
struct axis {
    size_t out, most, taps;
    size_t *first;
    float *weight;
};

static void release(struct axis *a)
{
    free(a->first);
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
    if (count > a->taps)
        a->taps = count;
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
    a->weight = calloc(out * a->most, sizeof *a->weight);
    if (!a->first || !a->weight)
        return ch_fail(e, CH_ENOMEM, "cannot resize a picture");
    for (size_t i = 0; i < out; i++)
        fill(a, i, in, begin, scale);
    for (size_t i = 0; i < out; i++) {
        float *weight = a->weight + i * a->most;
        size_t end = a->first[i] + a->taps, back = end > in ? end - in : 0;

        /* At the far edge the weights of 0 come first. */
        a->first[i] -= back;
        memmove(weight + back, weight, (a->taps - back) * sizeof *weight);
        memset(weight, 0, back * sizeof *weight);
    }
    return 0;
}

typedef float four __attribute__((vector_size(16)));
typedef int four_ints __attribute__((vector_size(16)));
typedef short eight __attribute__((vector_size(16)));
typedef unsigned char sixteen __attribute__((vector_size(16)));

/* 16 bytes as floats, little endian.  Zeros are put between them twice, in the
 * pattern that processors have an instruction for: compilers make a detour of
 * a plain conversion. */
static void widen(const unsigned char *p, four out[4])
{
    const sixteen zero = { 0 };
    const eight none = { 0 };
    sixteen b;
    eight half[2];

    memcpy(&b, p, sizeof b);
    half[0] = (eight)__builtin_shufflevector(b, zero, 0, 16, 1, 17, 2, 18, 3,
                                             19, 4, 20, 5, 21, 6, 22, 7, 23);
    half[1] = (eight)__builtin_shufflevector(b, zero, 8, 24, 9, 25, 10, 26, 11,
                                             27, 12, 28, 13, 29, 14, 30, 15,
                                             31);
    for (int i = 0; i < 2; i++) {
        out[2 * i] = __builtin_convertvector(
            (four_ints)__builtin_shufflevector(half[i], none, 0, 8, 1, 9, 2,
                                               10, 3, 11), four);
        out[2 * i + 1] = __builtin_convertvector(
            (four_ints)__builtin_shufflevector(half[i], none, 4, 12, 5, 13, 6,
                                               14, 7, 15), four);
    }
}

/* row[i] = the weighted mean of byte i of the rows under result row y, for
 * bytes [begin, end). */
static void along_columns(const struct ch_image *image, const struct axis *a,
                          size_t y, size_t begin, size_t end, float *row)
{
    const float *weight = a->weight + y * a->most;
    size_t stride = 3 * image->width, taps = a->taps, i = begin;
    const unsigned char *first = image->rgb + a->first[y] * stride;

    for (; i + 16 <= end; i += 16) {
        const unsigned char *p = first + i;
        four sum[4] = { { 0 } };

        for (size_t k = 0; k < taps; k++, p += stride) {
            four v[4];
            widen(p, v);
            for (int j = 0; j < 4; j++)
                sum[j] += weight[k] * v[j];
        }
        memcpy(row + i, sum, sizeof sum);
    }
    for (; i < end; i++) {
        row[i] = 0;
        for (size_t k = 0; k < taps; k++)
            row[i] += weight[k] * (float)first[k * stride + i];
    }
}

/* out[c][y][x], normalised.  A pixel is three of the four values taken; one
 * value more than the row's is there to be read. */
static void along_row(const float *row, const struct axis *a, size_t y,
                      const struct ch_image_rule *rule, float *out)
{
    size_t size = rule->size, taps = a->taps, r = rule->is_bgr ? 2 : 0;
    /* By the order of the picture, not of the input. */
    const four mean = { rule->mean[r], rule->mean[1], rule->mean[2 - r], 0 };
    const four std = { rule->std[r], rule->std[1], rule->std[2 - r], 1 };

    for (size_t x = 0; x < size; x++) {
        const float *weight = a->weight + x * a->most;
        const float *p = row + 3 * a->first[x];
        four sum = { 0 };

        for (size_t k = 0; k < taps; k++, p += 3) {
            four pixel;
            memcpy(&pixel, p, sizeof pixel);
            sum += weight[k] * pixel;
        }
        sum = (sum - mean) / std;
        out[(0 * size + y) * size + x] = sum[r];
        out[(1 * size + y) * size + x] = sum[1];
        out[(2 * size + y) * size + x] = sum[2 - r];
    }
}

/* The part of the picture, in its pixels, that one view shows. */
struct part {
    double left, top, width, height;
};

/* As torchvision: the picture is made nw x nh, whole numbers, and a square of
 * whole pixels is cut out of that: in the centre, or in a corner. */
static struct part place(const struct ch_image *image,
                         const struct ch_image_rule *rule, size_t corner)
{
    double w = (double)image->width, h = (double)image->height;
    double size = (double)rule->size, shorter = (double)rule->shorter;
    double nw = shorter, nh = shorter, left, top;

    if (rule->resize == CH_RESIZE_SQUASH)
        return (struct part){ 0, 0, w, h };
    if (w < h)
        nh = floor(shorter * h / w);
    else
        nw = floor(shorter * w / h);
    left = rint((nw - size) / 2);       /* halves to even */
    top = rint((nh - size) / 2);
    if (corner > 0) {
        left = corner % 2 ? 0 : nw - size;
        top = corner <= 2 ? 0 : nh - size;
    }
    return (struct part){ left * w / nw, top * h / nh, size * w / nw,
                          size * h / nh };
}

static int resize(const struct ch_image *image, const struct part *part,
                  const struct ch_image_rule *rule, float *out,
                  struct ch_err *e)
{
    struct axis across = { 0 }, down = { 0 };
    size_t size = rule->size;
    float *row = calloc(3 * image->width + 1, sizeof *row);
    int rc = row ? 0 : ch_fail(e, CH_ENOMEM, "cannot resize a picture");

    if (!rc)
        rc = plan(&across, image->width, part->left, part->width, size, e);
    if (!rc)
        rc = plan(&down, image->height, part->top, part->height, size, e);
    for (size_t y = 0; y < size && !rc; y++) {
        along_columns(image, &down, y, 3 * across.first[0],
                      3 * (across.first[size - 1] + across.taps), row);
        along_row(row, &across, y, rule, out);
    }
    free(row);
    release(&across);
    release(&down);
    return rc;
}

static void mirror(const float *view, size_t size, float *out)
{
    for (size_t i = 0; i < 3 * size; i++)
        for (size_t x = 0; x < size; x++)
            out[i * size + x] = view[i * size + size - 1 - x];
}

int ch_image_input(const struct ch_image *image,
                   const struct ch_image_rule *rule, float *out,
                   struct ch_err *e)
{
    size_t floats = 3 * rule->size * rule->size;
    size_t crops = ch_image_view_count(rule) / (rule->flip ? 2 : 1);
    int rc = 0;

    for (size_t i = 0; i < crops && !rc; i++) {
        const struct part part = place(image, rule, i);
        rc = resize(image, &part, rule, out, e);
        if (!rc && rule->flip)
            mirror(out, rule->size, out + floats);
        out += floats * (rule->flip ? 2 : 1);
    }
    return rc;
}

size_t ch_image_view_count(const struct ch_image_rule *rule)
{
    return (rule->corners ? 5 : 1) * (rule->flip ? 2 : 1);
}

size_t ch_image_need(const struct ch_image_rule *rule)
{
    /* Twice what is resized to: a picture scaled by its decoder to just that
     * is blurred, and features of it are off by 6 to 10 % of their norm in
     * place of 2 %. */
    return 2 * (rule->resize == CH_RESIZE_CROP ? rule->shorter : rule->size);
}
