/* scenes_canvas.c - ovals, polygons and lines with soft edges, and noise
 *
 * Every shape is filled by its signed distance: a pixel is covered by
 * 0.5 - distance, cut to 0..1, which is what makes edges smooth.
 */
#include "scenes.h"

#include <math.h>

static float clamp01(double v)
{
    return v < 0 ? 0.0f : v > 1 ? 1.0f : (float)v;
}

static uint32_t mix(uint32_t h)
{
    h ^= h >> 16;
    h *= 0x7feb352du;
    h ^= h >> 15;
    h *= 0x846ca68bu;
    return h ^ h >> 16;
}

static double lattice(const struct scene_canvas *c, int x, int y)
{
    uint32_t h = mix((uint32_t)x * 0x9e3779b1u ^ mix((uint32_t)y ^ c->grain));

    return (h >> 8) / 16777216.0;
}

float ch_scenes_canvas_noise(const struct scene_canvas *c, double x, double y)
{
    double fx = floor(x), fy = floor(y), u = x - fx, v = y - fy;
    int ix = (int)fx, iy = (int)fy;
    double top, bottom;

    u = u * u * (3 - 2 * u);
    v = v * v * (3 - 2 * v);
    top = lattice(c, ix, iy) * (1 - u) + lattice(c, ix + 1, iy) * u;
    bottom = lattice(c, ix, iy + 1) * (1 - u) + lattice(c, ix + 1, iy + 1) * u;
    return (float)(top * (1 - v) + bottom * v);
}

void ch_scenes_canvas_blend(struct scene_canvas *c, int x, int y,
                            struct scene_rgb colour, float part)
{
    struct scene_rgb *p;

    if (x < 0 || y < 0 || x >= SCENE_WIDTH || y >= SCENE_HEIGHT)
        return;
    p = &c->pixel[y][x];
    p->r += (colour.r - p->r) * part;
    p->g += (colour.g - p->g) * part;
    p->b += (colour.b - p->b) * part;
}

/* Rows and columns that a shape may touch, inside the picture. */
struct frame { int left, right, top, bottom; };

static struct frame frame_of(double x0, double x1, double y0, double y1)
{
    struct frame f = { (int)floor(fmax(x0 - 1, 0)),
                       (int)ceil(fmin(x1 + 1, SCENE_WIDTH - 1)),
                       (int)floor(fmax(y0 - 1, 0)),
                       (int)ceil(fmin(y1 + 1, SCENE_HEIGHT - 1)) };
    return f;
}

/* Lit from the upper left: u, v in -1..1 across the shape, y down. */
static struct scene_rgb lit(const struct scene_pen *p, struct scene_rgb c,
                            double u, double v, int x, int y)
{
    double grain = ch_scenes_canvas_noise(p->canvas, x * 0.45, y * 0.45) - 0.5;
    float f = (float)(1 - 0.13 * u - 0.17 * v + 0.12 * grain);

    return (struct scene_rgb){ c.r * f * p->light.r, c.g * f * p->light.g,
                               c.b * f * p->light.b };
}

void ch_scenes_canvas_oval(const struct scene_pen *p, struct scene_oval o,
                           struct scene_rgb colour, float part)
{
    double cx = p->x + p->side * o.x * p->unit, cy = p->y - o.y * p->unit;
    double rx = o.rx * p->unit, ry = o.ry * p->unit;
    double cosine = cos(o.turn * p->side), sine = sin(o.turn * p->side);
    double soft = o.soft > 0 ? o.soft : 1, reach = fmax(rx, ry) + soft;
    struct frame f = frame_of(cx - reach, cx + reach, cy - reach, cy + reach);

    for (int y = f.top; y <= f.bottom; y++) {
        for (int x = f.left; x <= f.right; x++) {
            double dx = x - cx, dy = y - cy;
            double u = (dx * cosine - dy * sine) / rx;
            double v = (dx * sine + dy * cosine) / ry;
            double k = hypot(u, v), slope = hypot(u / rx, v / ry);
            /* First-order distance to the ellipse, in pixels. */
            double distance = slope > 0 ? k * (k - 1) / slope : -fmin(rx, ry);
            float cover = clamp01(0.5 - distance / soft);

            if (cover > 0)
                ch_scenes_canvas_blend(p->canvas, x, y,
                                       lit(p, colour, u, v, x, y),
                                       cover * part);
        }
    }
}

static double edge_distance(double x, double y, const double a[2],
                            const double b[2])
{
    double ex = b[0] - a[0], ey = b[1] - a[1], wx = x - a[0], wy = y - a[1];
    double length = ex * ex + ey * ey;
    double t = length > 0 ? (wx * ex + wy * ey) / length : 0;

    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return hypot(wx - t * ex, wy - t * ey);
}

/* Negative inside (even-odd rule). */
static double polygon_distance(double x, double y, const double (*q)[2],
                               size_t count)
{
    double nearest = INFINITY;
    bool is_inside = false;

    for (size_t i = 0, j = count - 1; i < count; j = i++) {
        nearest = fmin(nearest, edge_distance(x, y, q[j], q[i]));
        if ((q[i][1] > y) != (q[j][1] > y)
            && x < (q[j][0] - q[i][0]) * (y - q[i][1]) / (q[j][1] - q[i][1])
                       + q[i][0])
            is_inside = !is_inside;
    }
    return is_inside ? -nearest : nearest;
}

enum { MAX_CORNERS = 24 };

void ch_scenes_canvas_polygon(const struct scene_pen *p,
                              const double (*corner)[2], size_t count,
                              struct scene_rgb colour)
{
    double q[MAX_CORNERS][2], x0 = INFINITY, x1 = -INFINITY;
    double y0 = INFINITY, y1 = -INFINITY;
    struct frame f;

    for (size_t i = 0; i < count; i++) {
        q[i][0] = p->x + p->side * corner[i][0] * p->unit;
        q[i][1] = p->y - corner[i][1] * p->unit;
        x0 = fmin(x0, q[i][0]);
        x1 = fmax(x1, q[i][0]);
        y0 = fmin(y0, q[i][1]);
        y1 = fmax(y1, q[i][1]);
    }
    f = frame_of(x0, x1, y0, y1);
    for (int y = f.top; y <= f.bottom; y++) {
        for (int x = f.left; x <= f.right; x++) {
            float cover = clamp01(
                0.5 - polygon_distance(x, y, (const double (*)[2])q, count));
            double u = 2 * (x - x0) / (x1 - x0 + 1) - 1;
            double v = 2 * (y - y0) / (y1 - y0 + 1) - 1;

            if (cover > 0)
                ch_scenes_canvas_blend(p->canvas, x, y,
                                       lit(p, colour, u, v, x, y), cover);
        }
    }
}

void ch_scenes_canvas_line(const struct scene_pen *p, const double (*end)[2],
                           double width, struct scene_rgb colour)
{
    double a[2] = { p->x + p->side * end[0][0] * p->unit,
                    p->y - end[0][1] * p->unit };
    double b[2] = { p->x + p->side * end[1][0] * p->unit,
                    p->y - end[1][1] * p->unit };
    double half = fmax(width * p->unit, 1) / 2;
    struct frame f = frame_of(fmin(a[0], b[0]) - half, fmax(a[0], b[0]) + half,
                              fmin(a[1], b[1]) - half, fmax(a[1], b[1]) + half);

    for (int y = f.top; y <= f.bottom; y++) {
        for (int x = f.left; x <= f.right; x++) {
            float cover = clamp01(0.5 + half - edge_distance(x, y, a, b));

            if (cover > 0)
                ch_scenes_canvas_blend(p->canvas, x, y,
                                       lit(p, colour, 0, 0, x, y), cover);
        }
    }
}

void ch_scenes_canvas_develop(struct scene_canvas *c, struct ch_rng *r,
                              unsigned char *rgb)
{
    double gain = 0.92 + 0.16 * ch_rng_unit(r);
    double noise = 0.006 + 0.014 * ch_rng_unit(r);

    for (int y = 0; y < SCENE_HEIGHT; y++) {
        for (int x = 0; x < SCENE_WIDTH; x++) {
            double u = 2.0 * x / SCENE_WIDTH - 1;
            double v = 2.0 * y / SCENE_HEIGHT - 1;
            double f = gain * (1 - 0.10 * (u * u + v * v));
            double n = noise * ch_rng_normal(r);
            const struct scene_rgb *p = &c->pixel[y][x];
            size_t pixel = (size_t)(y * SCENE_WIDTH + x);
            unsigned char *out = rgb + 3 * pixel;

            out[0] = (unsigned char)(255 * clamp01(p->r * f + n) + 0.5f);
            out[1] = (unsigned char)(255 * clamp01(p->g * f + n) + 0.5f);
            out[2] = (unsigned char)(255 * clamp01(p->b * f + n) + 0.5f);
        }
    }
}
