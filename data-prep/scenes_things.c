/* scenes_things.c - how a ball, a dog, a house ... is drawn
 *
 * Each is drawn in its own coordinates (scenes.h): the foot at 0, 0, about 1
 * high, facing right.
 */
#include "scenes.h"

#define RGB(r, g, b) ((struct scene_rgb){ r, g, b })
#define POLYGON(p, colour, ...)                                                \
    ch_scenes_canvas_polygon(p, (const double[][2]){ __VA_ARGS__ },            \
                             sizeof((const double[][2]){ __VA_ARGS__ })        \
                                 / sizeof(double[2]), colour)
#define LINE(p, colour, width, ...)                                            \
    ch_scenes_canvas_line(p, (const double[][2]){ __VA_ARGS__ }, width, colour)

static void oval(const struct scene_pen *p, double x, double y, double rx,
                 double ry, struct scene_rgb colour)
{
    ch_scenes_canvas_oval(p, (struct scene_oval){ x, y, rx, ry, 0, 0 }, colour,
                          1);
}

static void tilted(const struct scene_pen *p, const double v[5],
                   struct scene_rgb colour)
{
    ch_scenes_canvas_oval(p, (struct scene_oval){ v[0], v[1], v[2], v[3], v[4],
                                                  0 }, colour, 1);
}
#define TILTED(p, colour, ...)                                                 \
    tilted(p, (const double[5]){ __VA_ARGS__ }, colour)

static struct scene_rgb shade(struct scene_rgb c, float f)
{
    return RGB(c.r * f, c.g * f, c.b * f);
}

static struct scene_rgb towards_white(struct scene_rgb c, float part)
{
    return RGB(c.r + (1 - c.r) * part, c.g + (1 - c.g) * part,
               c.b + (1 - c.b) * part);
}

static void draw_ball(const struct scene_pen *p, struct scene_rgb c)
{
    oval(p, 0, 0.5, 0.5, 0.5, shade(c, 0.8f));
    ch_scenes_canvas_oval(p, (struct scene_oval){ -0.06, 0.57, 0.38, 0.38, 0,
                                                  0.2 * p->unit }, c, 0.9f);
    ch_scenes_canvas_oval(p, (struct scene_oval){ -0.17, 0.7, 0.11, 0.09, 0.4,
                                                  0.08 * p->unit },
                          RGB(1, 1, 1), 0.75f);
}

static void draw_box(const struct scene_pen *p, struct scene_rgb c)
{
    POLYGON(p, c, { -0.5, 0 }, { 0.28, 0 }, { 0.28, 0.76 }, { -0.5, 0.76 });
    POLYGON(p, shade(c, 0.66f), { 0.28, 0 }, { 0.56, 0.2 }, { 0.56, 0.96 },
            { 0.28, 0.76 });
    POLYGON(p, towards_white(c, 0.3f), { -0.5, 0.76 }, { 0.28, 0.76 },
            { 0.56, 0.96 }, { -0.22, 0.96 });
    LINE(p, shade(c, 0.6f), 0.03, { -0.11, 0 }, { -0.11, 0.76 });
    LINE(p, shade(c, 0.6f), 0.03, { -0.5, 0.4 }, { 0.28, 0.4 });
}

static void draw_dog(const struct scene_pen *p, struct scene_rgb c)
{
    struct scene_rgb dark = shade(c, 0.62f);

    LINE(p, dark, 0.11, { -0.36, 0.4 }, { -0.38, 0.05 });
    LINE(p, dark, 0.11, { 0.26, 0.4 }, { 0.27, 0.05 });
    LINE(p, c, 0.12, { -0.26, 0.4 }, { -0.25, 0.04 });
    LINE(p, c, 0.12, { 0.36, 0.4 }, { 0.39, 0.04 });
    LINE(p, c, 0.09, { -0.44, 0.55 }, { -0.68, 0.86 });
    TILTED(p, c, 0, 0.5, 0.47, 0.2, 0.05);
    TILTED(p, c, 0.42, 0.68, 0.13, 0.24, -0.5);
    oval(p, 0.52, 0.83, 0.19, 0.16, c);
    oval(p, 0.69, 0.78, 0.14, 0.09, towards_white(c, 0.15f));
    TILTED(p, dark, 0.4, 0.78, 0.075, 0.18, 0.15);
    oval(p, 0.81, 0.8, 0.045, 0.04, RGB(0.05f, 0.04f, 0.04f));
    oval(p, 0.57, 0.87, 0.032, 0.036, RGB(0.04f, 0.03f, 0.03f));
    LINE(p, RGB(0.75f, 0.1f, 0.1f), 0.06, { 0.32, 0.72 }, { 0.47, 0.64 });
}

static void draw_cat(const struct scene_pen *p, struct scene_rgb c)
{
    struct scene_rgb eye = RGB(0.55f, 0.8f, 0.2f);

    LINE(p, shade(c, 0.8f), 0.09, { -0.26, 0.08 }, { -0.58, 0.16 });
    LINE(p, shade(c, 0.8f), 0.09, { -0.58, 0.16 }, { -0.66, 0.48 });
    TILTED(p, c, -0.03, 0.31, 0.29, 0.32, 0);
    oval(p, 0.04, 0.24, 0.2, 0.2, towards_white(c, 0.12f));
    oval(p, 0.0, 0.04, 0.11, 0.05, c);
    oval(p, 0.2, 0.04, 0.11, 0.05, c);
    POLYGON(p, c, { -0.16, 0.76 }, { -0.14, 1.04 }, { 0.04, 0.88 });
    POLYGON(p, c, { 0.1, 0.88 }, { 0.28, 1.04 }, { 0.3, 0.76 });
    POLYGON(p, RGB(0.9f, 0.6f, 0.6f), { -0.12, 0.84 }, { -0.11, 0.97 },
            { -0.02, 0.88 });
    POLYGON(p, RGB(0.9f, 0.6f, 0.6f), { 0.16, 0.88 }, { 0.25, 0.97 },
            { 0.26, 0.84 });
    oval(p, 0.07, 0.73, 0.25, 0.2, c);
    oval(p, -0.02, 0.77, 0.05, 0.05, eye);
    oval(p, 0.17, 0.77, 0.05, 0.05, eye);
    oval(p, -0.02, 0.77, 0.018, 0.045, RGB(0, 0, 0));
    oval(p, 0.17, 0.77, 0.018, 0.045, RGB(0, 0, 0));
    oval(p, 0.08, 0.68, 0.035, 0.025, RGB(0.9f, 0.5f, 0.5f));
}

static void draw_child(const struct scene_pen *p, struct scene_rgb c,
                       uint32_t variant)
{
    static const struct scene_rgb skins[] = {
        { 0.96f, 0.80f, 0.68f }, { 0.80f, 0.58f, 0.42f },
        { 0.52f, 0.34f, 0.22f } };
    static const struct scene_rgb hairs[] = {
        { 0.14f, 0.09f, 0.06f }, { 0.42f, 0.25f, 0.10f },
        { 0.84f, 0.66f, 0.30f } };
    struct scene_rgb skin = skins[variant % 3], jeans = { 0.2f, 0.25f, 0.42f };
    /* Dark skin keeps dark hair; the rest is free. */
    struct scene_rgb hair = hairs[variant % 3 == 2 ? 0 : variant / 3 % 3];

    LINE(p, jeans, 0.1, { -0.08, 0.4 }, { -0.11, 0.05 });
    LINE(p, jeans, 0.1, { 0.08, 0.4 }, { 0.11, 0.05 });
    oval(p, -0.09, 0.03, 0.08, 0.03, RGB(0.2f, 0.15f, 0.12f));
    oval(p, 0.14, 0.03, 0.08, 0.03, RGB(0.2f, 0.15f, 0.12f));
    LINE(p, skin, 0.065, { -0.16, 0.62 }, { -0.27, 0.4 });
    LINE(p, skin, 0.065, { 0.16, 0.62 }, { 0.3, 0.78 });
    POLYGON(p, c, { -0.16, 0.35 }, { 0.16, 0.35 }, { 0.15, 0.71 },
            { -0.15, 0.71 });
    LINE(p, c, 0.1, { -0.13, 0.67 }, { -0.2, 0.55 });
    LINE(p, c, 0.1, { 0.13, 0.67 }, { 0.21, 0.67 });
    oval(p, 0, 0.87, 0.145, 0.15, hair);
    oval(p, 0.015, 0.83, 0.115, 0.115, skin);
    oval(p, -0.025, 0.85, 0.015, 0.018, RGB(0.1f, 0.06f, 0.05f));
    oval(p, 0.06, 0.85, 0.015, 0.018, RGB(0.1f, 0.06f, 0.05f));
    LINE(p, RGB(0.7f, 0.25f, 0.25f), 0.012, { -0.015, 0.78 }, { 0.05, 0.78 });
}

static void draw_car(const struct scene_pen *p, struct scene_rgb c)
{
    struct scene_rgb glass = RGB(0.66f, 0.82f, 0.9f);
    struct scene_rgb tyre = RGB(0.08f, 0.08f, 0.09f);

    POLYGON(p, c, { -0.6, 0.5 }, { -0.42, 0.94 }, { 0.26, 0.94 },
            { 0.56, 0.52 });
    POLYGON(p, glass, { -0.49, 0.55 }, { -0.37, 0.85 }, { -0.09, 0.85 },
            { -0.09, 0.55 });
    POLYGON(p, glass, { -0.02, 0.55 }, { -0.02, 0.85 }, { 0.22, 0.85 },
            { 0.43, 0.55 });
    POLYGON(p, c, { -0.95, 0.2 }, { -0.93, 0.5 }, { -0.62, 0.56 },
            { 0.56, 0.56 }, { 0.92, 0.46 }, { 0.98, 0.2 });
    oval(p, 0.91, 0.39, 0.05, 0.06, RGB(1, 0.95f, 0.7f));
    LINE(p, shade(c, 0.6f), 0.02, { -0.05, 0.24 }, { -0.05, 0.55 });
    for (int side = -1; side <= 1; side += 2) {
        oval(p, side * 0.54, 0.19, 0.2, 0.2, tyre);
        oval(p, side * 0.54, 0.19, 0.1, 0.1, RGB(0.7f, 0.7f, 0.72f));
    }
}

static void draw_tree(const struct scene_pen *p, struct scene_rgb c,
                      uint32_t variant)
{
    struct scene_rgb bark = RGB(0.36f, 0.24f, 0.14f);

    POLYGON(p, bark, { -0.06, 0 }, { 0.06, 0 }, { 0.035, 0.5 },
            { -0.035, 0.5 });
    if (variant % 2) {
        for (int i = 0; i < 3; i++) {
            double y = 0.2 + 0.23 * i, half = 0.3 - 0.065 * i;

            POLYGON(p, shade(c, 0.7f + 0.12f * (float)i), { -half, y },
                    { half, y }, { 0, y + 0.36 });
        }
        return;
    }
    oval(p, -0.17, 0.56, 0.2, 0.17, shade(c, 0.72f));
    oval(p, 0.18, 0.57, 0.2, 0.17, shade(c, 0.72f));
    oval(p, 0, 0.72, 0.27, 0.26, shade(c, 0.88f));
    oval(p, -0.09, 0.79, 0.15, 0.13, towards_white(c, 0.1f));
}

static void draw_house(const struct scene_pen *p, struct scene_rgb c)
{
    struct scene_rgb roof = RGB(0.40f, 0.20f, 0.16f);
    struct scene_rgb glass = RGB(0.98f, 0.90f, 0.58f);

    POLYGON(p, roof, { 0.2, 0.7 }, { 0.34, 0.7 }, { 0.34, 0.97 },
            { 0.2, 0.97 });
    POLYGON(p, c, { -0.5, 0 }, { 0.5, 0 }, { 0.5, 0.58 }, { -0.5, 0.58 });
    POLYGON(p, roof, { -0.6, 0.55 }, { 0.6, 0.55 }, { 0.38, 0.87 },
            { -0.38, 0.87 });
    POLYGON(p, RGB(0.32f, 0.2f, 0.12f), { -0.09, 0 }, { 0.09, 0 },
            { 0.09, 0.36 }, { -0.09, 0.36 });
    for (int side = -1; side <= 1; side += 2) {
        double x = side * 0.3;

        POLYGON(p, RGB(0.95f, 0.95f, 0.93f), { x - 0.12, 0.2 },
                { x + 0.12, 0.2 }, { x + 0.12, 0.44 }, { x - 0.12, 0.44 });
        POLYGON(p, glass, { x - 0.09, 0.23 }, { x + 0.09, 0.23 },
                { x + 0.09, 0.41 }, { x - 0.09, 0.41 });
        LINE(p, RGB(0.9f, 0.9f, 0.88f), 0.02, { x, 0.22 }, { x, 0.42 });
    }
}

static void draw_flower(const struct scene_pen *p, struct scene_rgb c)
{
    static const double petal[6][2] = {
        { 0, 0.17 }, { 0.147, 0.085 }, { 0.147, -0.085 },
        { 0, -0.17 }, { -0.147, -0.085 }, { -0.147, 0.085 } };
    struct scene_rgb stem = RGB(0.12f, 0.4f, 0.12f);

    LINE(p, stem, 0.05, { 0, 0 }, { 0, 0.72 });
    TILTED(p, stem, 0.13, 0.3, 0.15, 0.06, 0.6);
    TILTED(p, stem, -0.13, 0.22, 0.15, 0.06, -0.6);
    for (int i = 0; i < 6; i++)
        oval(p, petal[i][0], 0.76 + petal[i][1], 0.12, 0.12, c);
    oval(p, 0, 0.76, 0.1, 0.1, RGB(0.95f, 0.68f, 0.1f));
}

static void draw_boat(const struct scene_pen *p, struct scene_rgb c)
{
    LINE(p, RGB(0.36f, 0.24f, 0.14f), 0.035, { -0.02, 0.2 }, { -0.02, 1 });
    POLYGON(p, RGB(0.96f, 0.95f, 0.9f), { 0.03, 0.34 }, { 0.46, 0.34 },
            { 0.03, 0.97 });
    POLYGON(p, RGB(0.88f, 0.87f, 0.82f), { -0.07, 0.36 }, { -0.36, 0.36 },
            { -0.07, 0.84 });
    POLYGON(p, c, { -0.62, 0.28 }, { 0.68, 0.28 }, { 0.46, 0 }, { -0.48, 0 });
    LINE(p, towards_white(c, 0.5f), 0.035, { -0.58, 0.23 }, { 0.62, 0.23 });
}

static void draw_bird(const struct scene_pen *p, struct scene_rgb c)
{
    POLYGON(p, shade(c, 0.75f), { -0.1, 0.45 }, { -0.62, 1.05 },
            { 0.28, 0.55 });
    POLYGON(p, c, { -0.6, 0.55 }, { -1.0, 0.66 }, { -0.95, 0.42 });
    TILTED(p, c, 0, 0.45, 0.62, 0.22, 0.08);
    oval(p, 0.58, 0.58, 0.21, 0.2, c);
    POLYGON(p, RGB(0.95f, 0.6f, 0.1f), { 0.74, 0.64 }, { 1.02, 0.54 },
            { 0.74, 0.48 });
    oval(p, 0.64, 0.63, 0.05, 0.05, RGB(0.3f, 0.05f, 0.05f));
    POLYGON(p, shade(c, 0.88f), { -0.22, 0.48 }, { 0.02, 1.2 },
            { 0.36, 0.48 });
}

static void draw_kite(const struct scene_pen *p, struct scene_rgb c)
{
    LINE(p, RGB(0.9f, 0.9f, 0.9f), 0.015, { 0, 0.1 }, { -0.5, -0.9 });
    POLYGON(p, c, { 0, 0.05 }, { 0.36, 0.62 }, { 0, 1 }, { -0.36, 0.62 });
    POLYGON(p, towards_white(c, 0.4f), { 0, 0.05 }, { 0.36, 0.62 },
            { 0, 0.62 });
    POLYGON(p, towards_white(c, 0.4f), { 0, 0.62 }, { 0, 1 }, { -0.36, 0.62 });
    for (int i = 1; i <= 3; i++)
        POLYGON(p, c, { -0.12 * i - 0.08, 0.12 - 0.24 * i },
                { -0.12 * i + 0.08, 0.02 - 0.24 * i },
                { -0.12 * i + 0.08, 0.12 - 0.24 * i },
                { -0.12 * i - 0.08, 0.02 - 0.24 * i });
}

static void draw_balloon(const struct scene_pen *p, struct scene_rgb c)
{
    LINE(p, RGB(0.85f, 0.85f, 0.85f), 0.015, { 0, 0.36 }, { 0.05, 0.18 });
    LINE(p, RGB(0.85f, 0.85f, 0.85f), 0.015, { 0.05, 0.18 }, { -0.02, 0 });
    POLYGON(p, shade(c, 0.8f), { -0.05, 0.34 }, { 0.05, 0.34 }, { 0, 0.4 });
    oval(p, 0, 0.7, 0.27, 0.32, c);
    ch_scenes_canvas_oval(p, (struct scene_oval){ -0.1, 0.82, 0.06, 0.09, 0.3,
                                                  0.06 * p->unit },
                          RGB(1, 1, 1), 0.7f);
}

struct scene_rgb ch_scenes_things_colour(enum scene_colour colour)
{
    static const struct scene_rgb table[SCENE_COLOUR_COUNT] = {
#define COLOUR_ROW(name, word, r, g, b) { r, g, b },
        SCENE_COLOURS(COLOUR_ROW)
#undef COLOUR_ROW
    };

    return table[colour];
}

double ch_scenes_things_top(enum scene_kind kind)
{
    switch (kind) {
    case SCENE_BOX: return 0.86;    /* the middle of its upper face */
    case SCENE_CAR: return 0.92;
    case SCENE_HOUSE: return 0.85;
    case SCENE_BOAT: return 0.22;   /* inside the hull */
    default: return 1;
    }
}

void ch_scenes_things_draw(const struct scene_pen *p, enum scene_kind kind,
                           enum scene_colour colour, uint32_t variant)
{
    struct scene_rgb c = ch_scenes_things_colour(colour);

    switch (kind) {
    case SCENE_BALL: draw_ball(p, c); break;
    case SCENE_BOX: draw_box(p, c); break;
    case SCENE_DOG: draw_dog(p, c); break;
    case SCENE_CAT: draw_cat(p, c); break;
    case SCENE_CHILD: draw_child(p, c, variant); break;
    case SCENE_CAR: draw_car(p, c); break;
    case SCENE_TREE: draw_tree(p, c, variant); break;
    case SCENE_HOUSE: draw_house(p, c); break;
    case SCENE_FLOWER: draw_flower(p, c); break;
    case SCENE_BOAT: draw_boat(p, c); break;
    case SCENE_BIRD: draw_bird(p, c); break;
    case SCENE_KITE: draw_kite(p, c); break;
    case SCENE_BALLOON: draw_balloon(p, c); break;
    case SCENE_KIND_COUNT: break;
    }
}
