/* scenes_ground.c - sky, sea, grass, sand, snow, street and room */
#include "scenes.h"

#include <math.h>
#include <stdlib.h>

#define RGB(r, g, b) ((struct scene_rgb){ r, g, b })

static struct scene_rgb between(struct scene_rgb a, struct scene_rgb b,
                                double part)
{
    float t = part < 0 ? 0.0f : part > 1 ? 1.0f : (float)part;

    return RGB(a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t,
               a.b + (b.b - a.b) * t);
}

static struct scene_rgb times(struct scene_rgb a, struct scene_rgb b, double f)
{
    return RGB(a.r * b.r * (float)f, a.g * b.g * (float)f,
               a.b * b.b * (float)f);
}

struct scene_rgb ch_scenes_ground_light(const struct scene *s)
{
    static const struct scene_rgb light[SCENE_HOURS] = {
        [SCENE_DAY] = { 1, 1, 1 }, [SCENE_SUNSET] = { 1, 0.84f, 0.72f },
        [SCENE_NIGHT] = { 0.68f, 0.72f, 0.86f } };

    return light[s->hour];
}

static struct scene_rgb sky_at(const struct scene *s, double part)
{
    static const struct scene_rgb top[SCENE_HOURS] = {
        [SCENE_DAY] = { 0.28f, 0.55f, 0.90f },
        [SCENE_SUNSET] = { 0.38f, 0.28f, 0.52f },
        [SCENE_NIGHT] = { 0.02f, 0.03f, 0.10f } };
    static const struct scene_rgb low[SCENE_HOURS] = {
        [SCENE_DAY] = { 0.76f, 0.88f, 0.97f },
        [SCENE_SUNSET] = { 0.99f, 0.62f, 0.32f },
        [SCENE_NIGHT] = { 0.10f, 0.13f, 0.28f } };

    return between(top[s->hour], low[s->hour], part);
}

/* Colour of the ground; depth 0 at the horizon, 1 at the lower edge. */
static struct scene_rgb ground_at(const struct scene *s,
                                  const struct scene_canvas *c, int x, int y,
                                  double depth)
{
    double squeeze = 1 / (0.15 + depth);   /* far things are narrow */
    double u = (x - SCENE_WIDTH / 2) * squeeze;
    double fine = ch_scenes_canvas_noise(c, x * 0.9, y * 0.9) - 0.5;
    double wide = ch_scenes_canvas_noise(c, u * 0.03, 30 * depth) - 0.5;

    switch (s->setting) {
    case SCENE_MEADOW:
        fine = ch_scenes_canvas_noise(c, x * 0.8, y * 0.25) - 0.5;
        return times(between(RGB(0.45f, 0.66f, 0.28f), RGB(0.20f, 0.48f, 0.13f),
                             depth), RGB(1, 1, 1), 1 + 0.5 * fine + 0.3 * wide);
    case SCENE_BEACH:
        if (depth < 0.2)
            return times(RGB(0.16f, 0.48f, 0.68f), RGB(1, 1, 1),
                         1 + 0.25 * sin(y * 1.9 + 3 * wide) + 0.2 * fine);
        if (depth < 0.235)
            return RGB(0.93f, 0.95f, 0.95f);
        return times(RGB(0.90f, 0.79f, 0.56f), RGB(1, 1, 1),
                     1 + 0.22 * fine + 0.1 * sin(depth * 60 + 7 * wide));
    case SCENE_SNOW:
        return times(between(RGB(0.80f, 0.86f, 0.94f), RGB(0.95f, 0.97f, 1),
                             depth), RGB(1, 1, 1),
                     1 + 0.05 * fine + 0.14 * wide);
    case SCENE_STREET:
        if (depth < 0.16)
            return times(RGB(0.66f, 0.64f, 0.60f), RGB(1, 1, 1),
                         1 + 0.12 * fine);
        if (fabs(depth - 0.62) < 0.022 && fmod(u + 4000, 64) < 36)
            return RGB(0.92f, 0.92f, 0.88f);
        return times(RGB(0.33f, 0.33f, 0.35f), RGB(1, 1, 1), 1 + 0.3 * fine);
    case SCENE_SEA:
        return times(between(RGB(0.22f, 0.52f, 0.72f), RGB(0.05f, 0.26f, 0.48f),
                             depth), RGB(1, 1, 1),
                     1 + 0.22 * sin(70 * sqrt(depth) + 9 * wide + x * 0.02)
                         + 0.2 * fine);
    default:
        /* Planks: a dark joint every so often, each plank a little other. */
        wide = ch_scenes_canvas_noise(c, floor(u / 34) * 7.3, 0.5) - 0.5;
        return times(RGB(0.66f, 0.45f, 0.26f), RGB(1, 1, 1),
                     fmod(u + 3400, 34) < 2 ? 0.6
                                            : 1 + 0.35 * wide + 0.1 * fine);
    }
}

static void paint_ground(const struct scene *s, struct scene_canvas *c,
                         double horizon, struct scene_rgb wall)
{
    struct scene_rgb light = ch_scenes_ground_light(s), colour;

    for (int y = 0; y < SCENE_HEIGHT; y++) {
        for (int x = 0; x < SCENE_WIDTH; x++) {
            if (y >= horizon)
                colour = times(ground_at(s, c, x, y,
                                         (y - horizon)
                                             / (SCENE_HEIGHT - horizon)),
                               light, 1);
            else if (s->setting != SCENE_ROOM)
                colour = sky_at(s, y / horizon);
            else if (y > horizon - 7)
                colour = RGB(0.93f, 0.91f, 0.87f);
            else
                colour = times(wall, RGB(1, 1, 1),
                               x / 16 % 2 ? 1.0 : 0.955);
            c->pixel[y][x] = colour;
        }
    }
}

static void paint_clouds(const struct scene_pen *p, struct ch_rng *r,
                         double horizon)
{
    unsigned count = 2 + ch_rng_below(r, 3);

    for (unsigned i = 0; i < count; i++) {
        double x = SCENE_WIDTH * ch_rng_unit(r);
        double y = horizon * (0.12 + 0.45 * ch_rng_unit(r));
        double wide = 14 + 12 * ch_rng_unit(r);

        for (int k = -2; k <= 2; k++)
            ch_scenes_canvas_oval(
                p, (struct scene_oval){ x + k * wide * 0.75,
                                        -(y + 3 * ch_rng_unit(r)), wide,
                                        wide * (0.55 - 0.1 * abs(k)), 0, 9 },
                RGB(0.99f, 0.99f, 1), 0.8f);
    }
}

/* Sun or moon, with a glow; stars at night. */
static void paint_lights(const struct scene *s, const struct scene_pen *p,
                         struct ch_rng *r, double horizon)
{
    double x = SCENE_WIDTH * (ch_rng_below(r, 2) ? 0.12 : 0.88);
    double y = s->hour == SCENE_SUNSET ? 0.8 * horizon : 0.24 * horizon;
    struct scene_rgb disc = s->hour == SCENE_SUNSET ? RGB(1, 0.78f, 0.35f)
                            : s->has_sun ? RGB(1, 0.93f, 0.5f)
                                         : RGB(0.95f, 0.95f, 0.86f);

    for (int i = 0; s->hour == SCENE_NIGHT && i < 40; i++)
        ch_scenes_canvas_blend(p->canvas, (int)ch_rng_below(r, SCENE_WIDTH),
                               (int)ch_rng_below(r, (uint32_t)horizon),
                               RGB(1, 1, 0.95f),
                               0.3f + 0.6f * (float)ch_rng_unit(r));
    if (!s->has_sun && !s->has_moon)
        return;
    ch_scenes_canvas_oval(p, (struct scene_oval){ x, -y, 24, 24, 0, 34 }, disc,
                          0.4f);
    ch_scenes_canvas_oval(p, (struct scene_oval){ x, -y, 17, 17, 0, 1.5 },
                          disc, 1);
    if (s->has_moon)
        ch_scenes_canvas_oval(p, (struct scene_oval){ x + 8, -y + 3, 15, 15, 0,
                                                      1.5 },
                              sky_at(s, y / horizon), 1);
}

double ch_scenes_ground_paint(const struct scene *s, struct ch_rng *r,
                              struct scene_canvas *canvas)
{
    static const struct scene_rgb wall[] = {
        { 0.86f, 0.83f, 0.74f }, { 0.74f, 0.82f, 0.84f },
        { 0.84f, 0.76f, 0.76f }, { 0.78f, 0.84f, 0.74f } };
    double horizon = SCENE_HEIGHT * (0.42 + 0.1 * ch_rng_unit(r));
    struct scene_pen p = { canvas, 0, 0, 1, 1, { 1, 1, 1 } };

    canvas->grain = ch_rng_u32(r);
    if (s->setting == SCENE_ROOM)
        horizon = SCENE_HEIGHT * (0.56 + 0.06 * ch_rng_unit(r));
    paint_ground(s, canvas, horizon, wall[ch_rng_below(r, 4)]);
    if (s->setting != SCENE_ROOM)
        paint_lights(s, &p, r, horizon);
    if (s->has_clouds)
        paint_clouds(&p, r, horizon);
    return horizon;
}
