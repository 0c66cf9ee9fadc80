/* scenes.h - what a synthetic scene is, shared by the parts of scenes.c
 *
 * The way of a scene: scenes_plan.c decides what is in it, scenes_paint.c and
 * scenes_things.c draw that on a canvas (scenes_canvas.c), scenes_words.c says
 * it in five ways.  Everything is a function of (seed, number of the scene).
 */
#ifndef CH_SCENES_H
#define CH_SCENES_H

#include "base/bytes.h"
#include "base/rng.h"

#include <stdbool.h>

enum { SCENE_WIDTH = 320, SCENE_HEIGHT = 240, SCENE_CAPTIONS = 5 };

enum scene_setting { SCENE_MEADOW, SCENE_BEACH, SCENE_SNOW, SCENE_STREET,
                     SCENE_SEA, SCENE_ROOM, SCENE_SETTINGS };
enum scene_hour { SCENE_DAY, SCENE_SUNSET, SCENE_NIGHT, SCENE_HOURS };

/* X(name, settings it stands in, colours it comes in, height in pixels,
 *   how many at most); lists are bit masks, see scenes_plan.c. */
#define SCENE_KINDS(X)                                                         \
    X(BALL, LAND | IN(ROOM), ANY, 38, 4)                                       \
    X(BOX, LAND | IN(ROOM), ANY, 56, 3)                                        \
    X(DOG, LAND | IN(ROOM), FUR, 58, 3)                                        \
    X(CAT, LAND | IN(ROOM), FUR, 52, 3)                                        \
    X(CHILD, LAND | IN(ROOM), CLOTH, 88, 3)                                    \
    X(CAR, IN(STREET) | IN(MEADOW), PAINT, 56, 2)                              \
    X(TREE, IN(MEADOW) | IN(SNOW), LEAF, 118, 4)                               \
    X(HOUSE, IN(MEADOW) | IN(SNOW) | IN(STREET), WALL, 104, 2)                 \
    X(FLOWER, IN(MEADOW), PETAL, 52, 4)                                        \
    X(BOAT, IN(SEA), PAINT, 92, 3)                                             \
    X(BIRD, AIR, FEATHER, 24, 4)                                               \
    X(KITE, AIR, PAINT, 54, 3)                                                 \
    X(BALLOON, AIR | IN(ROOM), PAINT, 66, 4)

enum scene_kind {
#define SCENE_KIND_ENUM(name, settings, colours, height, most) SCENE_##name,
    SCENE_KINDS(SCENE_KIND_ENUM)
#undef SCENE_KIND_ENUM
    SCENE_KIND_COUNT
};

#define SCENE_COLOURS(X)                                                       \
    X(RED, "red", 0.82f, 0.12f, 0.12f)                                         \
    X(BLUE, "blue", 0.12f, 0.30f, 0.82f)                                       \
    X(GREEN, "green", 0.13f, 0.52f, 0.18f)                                     \
    X(YELLOW, "yellow", 0.96f, 0.82f, 0.12f)                                   \
    X(ORANGE, "orange", 0.95f, 0.48f, 0.08f)                                   \
    X(PURPLE, "purple", 0.48f, 0.18f, 0.65f)                                   \
    X(PINK, "pink", 0.96f, 0.50f, 0.68f)                                       \
    X(WHITE, "white", 0.93f, 0.93f, 0.91f)                                     \
    X(BLACK, "black", 0.12f, 0.12f, 0.13f)                                     \
    X(BROWN, "brown", 0.46f, 0.27f, 0.13f)

enum scene_colour {
#define SCENE_COLOUR_ENUM(name, word, r, g, b) SCENE_##name,
    SCENE_COLOURS(SCENE_COLOUR_ENUM)
#undef SCENE_COLOUR_ENUM
    SCENE_COLOUR_COUNT
};

enum scene_size { SCENE_SMALL, SCENE_USUAL, SCENE_LARGE };

/* How the first group lies to the second. */
enum scene_relation { SCENE_ALONE, SCENE_LEFT, SCENE_RIGHT, SCENE_ON, SCENE_IN,
                      SCENE_ABOVE };

struct scene_group {
    enum scene_kind kind;
    enum scene_colour colour;
    enum scene_size size;
    unsigned count;
};

struct scene {
    enum scene_setting setting;
    enum scene_hour hour;           /* SCENE_DAY in a room */
    bool has_sun, has_moon, has_clouds;
    enum scene_relation relation;
    struct scene_group a, b;        /* b.count is 0 for SCENE_ALONE */
};

struct scene_rgb { float r, g, b; };

/* ------------------------------------------------------------ the plan */
void ch_scenes_plan_make(struct scene *s, uint64_t seed, uint32_t number);
double ch_scenes_plan_height(const struct scene_group *g);  /* pixels */

/* ---------------------------------------------------------- the canvas
 * Pixels are linear sums of floats, 0..1; edges are anti-aliased by their
 * distance. */
struct scene_canvas {
    struct scene_rgb pixel[SCENE_HEIGHT][SCENE_WIDTH];
    uint32_t grain;                 /* seed of the textures */
};

/* Where a thing is drawn: its own coordinates have x to the right and y up
 * from the middle of its foot, in units of its height. */
struct scene_pen {
    struct scene_canvas *canvas;
    double x, y, unit;              /* foot and height, in pixels */
    double side;                    /* 1, or -1: mirrored */
    struct scene_rgb light;         /* colour of the light on it */
};

/* Smooth noise in 0..1 with features of about one unit. */
float ch_scenes_canvas_noise(const struct scene_canvas *c, double x, double y);
void ch_scenes_canvas_blend(struct scene_canvas *c, int x, int y,
                            struct scene_rgb colour, float part);
/* radius x and y; turn in radians; soft: width of the edge in pixels. */
struct scene_oval { double x, y, rx, ry, turn, soft; };
void ch_scenes_canvas_oval(const struct scene_pen *p, struct scene_oval o,
                           struct scene_rgb colour, float part);
void ch_scenes_canvas_polygon(const struct scene_pen *p,
                              const double (*corner)[2], size_t count,
                              struct scene_rgb colour);
void ch_scenes_canvas_line(const struct scene_pen *p, const double (*end)[2],
                           double width, struct scene_rgb colour);
/* Lens, sensor and paper: light falls off, noise, bytes.  rgb: W x H x 3. */
void ch_scenes_canvas_develop(struct scene_canvas *c, struct ch_rng *r,
                              unsigned char *rgb);

/* ------------------------------------------------------------ drawing */
void ch_scenes_things_draw(const struct scene_pen *p, enum scene_kind kind,
                           enum scene_colour colour, uint32_t variant);
struct scene_rgb ch_scenes_things_colour(enum scene_colour colour);
/* Where something stands on top of it, in its own coordinates. */
double ch_scenes_things_top(enum scene_kind kind);

void ch_scenes_paint_scene(const struct scene *s, uint64_t seed,
                           uint32_t number, struct scene_canvas *canvas);
/* Sky, ground and what shines; returns the row of the horizon. */
double ch_scenes_ground_paint(const struct scene *s, struct ch_rng *r,
                              struct scene_canvas *canvas);
struct scene_rgb ch_scenes_ground_light(const struct scene *s);

/* -------------------------------------------------------------- words */
/* Five sentences, all different, true of the scene. */
void ch_scenes_words_captions(const struct scene *s, uint64_t seed,
                              uint32_t number,
                              struct ch_buffer caption[SCENE_CAPTIONS]);

#endif
