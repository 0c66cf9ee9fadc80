/* scenes_paint.c - puts the things of a scene in their places */
#include "scenes.h"

#include <math.h>

struct place {
    double x, y, height;        /* foot and height in pixels */
    bool is_flying;
};

static bool is_flyer(enum scene_kind kind)
{
    return kind == SCENE_BIRD || kind == SCENE_KITE || kind == SCENE_BALLOON;
}

/* In heights. */
static double width_of(enum scene_kind kind)
{
    switch (kind) {
    case SCENE_CAR: case SCENE_BIRD: return 2;
    case SCENE_DOG: return 1.5;
    case SCENE_BOAT: return 1.3;
    case SCENE_HOUSE: return 1.2;
    case SCENE_TREE: case SCENE_CHILD: return 0.65;
    default: return 1;
    }
}

static double jitter(struct ch_rng *r, double most)
{
    return most * (2 * ch_rng_unit(r) - 1);
}

static void draw_thing(const struct scene *s, const struct scene_group *g,
                       const struct place *at, struct ch_rng *r,
                       struct scene_canvas *canvas)
{
    struct scene_pen p = { canvas, at->x, at->y, at->height,
                           ch_rng_below(r, 2) ? 1.0 : -1.0,
                           ch_scenes_ground_light(s) };
    uint32_t variant = ch_rng_below(r, 36);
    double half = g->kind == SCENE_CAR ? 0.95 : g->kind == SCENE_HOUSE ? 0.55
                                                                       : 0.42;

    if (!at->is_flying) {
        bool is_water = s->setting == SCENE_SEA;

        ch_scenes_canvas_oval(&p, (struct scene_oval){ 0.06, 0, half, 0.075, 0,
                                                       6 },
                              (struct scene_rgb){ 0.05f, 0.06f, 0.1f },
                              is_water ? 0.3f : 0.42f);
    }
    ch_scenes_things_draw(&p, g->kind, g->colour, variant);
}

/* `count` things between two columns, each in its own part. */
static void draw_row(const struct scene *s, const struct scene_group *g,
                     const double column[2], double y, double wobble,
                     struct ch_rng *r, struct scene_canvas *canvas)
{
    double step = (column[1] - column[0]) / g->count;
    double height = ch_scenes_plan_height(g);
    /* What is left of a part after the jitter: neighbours stay apart. */
    double shrink = fmin(1, 0.8 * step / (height * width_of(g->kind)));

    for (unsigned i = 0; i < g->count; i++) {
        struct place at = { column[0] + (i + 0.5) * step
                                + jitter(r, 0.1 * step),
                            y + jitter(r, wobble), height * shrink,
                            is_flyer(g->kind) };

        draw_thing(s, g, &at, r, canvas);
    }
}

/* One upon, in or under the other. */
static void draw_stacked(const struct scene *s, double foot, double horizon,
                         struct ch_rng *r, struct scene_canvas *canvas)
{
    double x = SCENE_WIDTH * 0.5 + jitter(r, SCENE_WIDTH * 0.16);
    double height = ch_scenes_plan_height(&s->b);
    struct place below = { x, foot, height * (s->relation == SCENE_ABOVE ? 1
                                                                     : 1.25),
                           false };
    struct place above = { x, 0, ch_scenes_plan_height(&s->a), true };
    double column[2] = { x - 75, x + 75 };

    if (s->relation == SCENE_ABOVE) {
        double low = fmin(0.62 * horizon, foot - height - 16);

        draw_thing(s, &s->b, &below, r, canvas);
        draw_row(s, &s->a, column,
                 fmax(low, 8 + ch_scenes_plan_height(&s->a)), 5, r, canvas);
        return;
    }
    above.y = foot - ch_scenes_things_top(s->b.kind) * below.height;
    if (s->relation == SCENE_IN) {
        /* Behind the side of the boat, before the sail. */
        above.x += 0.28 * below.height * (ch_rng_below(r, 2) ? 1 : -1);
        draw_thing(s, &s->b, &below, r, canvas);
        draw_thing(s, &s->a, &above, r, canvas);
        return;
    }
    draw_thing(s, &s->b, &below, r, canvas);
    draw_thing(s, &s->a, &above, r, canvas);
}

void ch_scenes_paint_scene(const struct scene *s, uint64_t seed,
                           uint32_t number, struct scene_canvas *canvas)
{
    static const double left[2] = { 10, 150 }, right[2] = { 170, 310 };
    static const double all[2] = { 16, 304 };
    struct ch_rng r;
    double horizon, foot;

    ch_rng_init(&r, (struct ch_rng_place){ .seed = seed,
                                           .purpose = CH_RNG_SCENE,
                                           .example = number, .position = 1 });
    horizon = ch_scenes_ground_paint(s, &r, canvas);
    foot = horizon + (SCENE_HEIGHT - horizon) * (0.5 + 0.28 * ch_rng_unit(&r));
    if (s->relation == SCENE_ALONE && is_flyer(s->a.kind)) {
        double low = ch_scenes_plan_height(&s->a) + 10;

        draw_row(s, &s->a, all, low + 0.5 * fmax(horizon - low, 0), 14, &r,
                 canvas);
    } else if (s->relation == SCENE_ALONE) {
        draw_row(s, &s->a, all, foot, 9, &r, canvas);
    } else if (s->relation == SCENE_LEFT || s->relation == SCENE_RIGHT) {
        bool is_left = s->relation == SCENE_LEFT;

        draw_row(s, &s->b, is_left ? right : left, foot - 6, 4, &r, canvas);
        draw_row(s, &s->a, is_left ? left : right, foot, 6, &r, canvas);
    } else {
        draw_stacked(s, foot, horizon, &r, canvas);
    }
}
