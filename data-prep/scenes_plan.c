/* scenes_plan.c - what is in a synthetic scene
 *
 * Chosen so that the five captions can be true and the picture can show them:
 * a boat floats, a white cat does not sit in the snow, a house is not in a
 * room.
 */
#include "scenes.h"

#define IN(setting) (1u << SCENE_##setting)
#define LAND (IN(MEADOW) | IN(BEACH) | IN(SNOW) | IN(STREET))
#define AIR (LAND | IN(SEA))

#define C(colour) (1u << SCENE_##colour)
#define ANY (C(RED) | C(BLUE) | C(GREEN) | C(YELLOW) | C(ORANGE) | C(PURPLE))
#define FUR (C(BLACK) | C(WHITE) | C(BROWN))
#define CLOTH (C(RED) | C(BLUE) | C(YELLOW) | C(GREEN) | C(PINK))
#define PAINT (C(RED) | C(BLUE) | C(YELLOW) | C(GREEN) | C(WHITE))
#define LEAF C(GREEN)
#define WALL (C(RED) | C(WHITE) | C(YELLOW) | C(BLUE))
#define PETAL (C(RED) | C(YELLOW) | C(PINK) | C(PURPLE) | C(WHITE))
#define FEATHER (C(BLACK) | C(WHITE))

static const struct kind_row {
    unsigned settings, colours;
    double height;
    unsigned most;
} kind_table[SCENE_KIND_COUNT] = {
#define KIND_ROW(name, settings, colours, height, most)                        \
    { settings, colours, height, most },
    SCENE_KINDS(KIND_ROW)
#undef KIND_ROW
};

/* Colours that the ground would swallow. */
static const unsigned hidden_colour[SCENE_SETTINGS] = {
    [SCENE_MEADOW] = C(GREEN), [SCENE_BEACH] = C(YELLOW),
    [SCENE_SNOW] = C(WHITE), [SCENE_STREET] = C(BLACK),
    [SCENE_SEA] = C(BLUE), [SCENE_ROOM] = C(BROWN),
};

#define K(kind) (1u << SCENE_##kind)
#define FLYING (K(BIRD) | K(KITE) | K(BALLOON))
#define ALL_KINDS ((1u << SCENE_KIND_COUNT) - 1)

/* One of the bits of a mask, each as likely; the mask is not 0. */
static unsigned pick_bit(struct ch_rng *r, unsigned mask)
{
    unsigned skip = ch_rng_below(r, (uint32_t)__builtin_popcount(mask));

    while (skip--)
        mask &= mask - 1;
    return (unsigned)__builtin_ctz(mask);
}

static unsigned kinds_in(enum scene_setting setting, unsigned wanted)
{
    unsigned mask = 0;

    for (unsigned k = 0; k < SCENE_KIND_COUNT; k++)
        if (kind_table[k].settings & (1u << setting))
            mask |= 1u << k;
    return mask & wanted;
}

static struct scene_group make_group(struct ch_rng *r, const struct scene *s,
                                     unsigned kinds, unsigned most)
{
    struct scene_group g = { .kind = pick_bit(r, kinds), .count = 1 };
    unsigned colours = kind_table[g.kind].colours;
    unsigned seen = colours & ~hidden_colour[s->setting];

    /* Black on a night sky, and dark fur, would not be seen either. */
    if (s->hour == SCENE_NIGHT)
        seen &= ~C(BLACK);
    g.colour = pick_bit(r, seen ? seen : colours);
    g.size = ch_rng_below(r, 4) ? SCENE_USUAL
             : ch_rng_below(r, 2) ? SCENE_SMALL : SCENE_LARGE;
    if (most > kind_table[g.kind].most)
        most = kind_table[g.kind].most;
    if (most > 1 && ch_rng_below(r, 5) < 2)
        g.count = 2 + ch_rng_below(r, most - 1);
    /* Many large things would leave the picture. */
    if (g.count > 1 && g.size == SCENE_LARGE)
        g.size = SCENE_USUAL;
    return g;
}

static void make_pair(struct ch_rng *r, struct scene *s)
{
    unsigned ground = kinds_in(s->setting, ALL_KINDS & ~FLYING);
    bool is_left = ch_rng_below(r, 2);

    s->relation = is_left ? SCENE_LEFT : SCENE_RIGHT;
    s->b = make_group(r, s, ground, 1);
    s->a = make_group(r, s, ground & ~(1u << s->b.kind), 2);
    if (s->a.size == SCENE_LARGE)
        s->a.size = SCENE_USUAL;
    if (s->b.size == SCENE_LARGE)
        s->b.size = SCENE_USUAL;
}

static void make_on(struct ch_rng *r, struct scene *s)
{
    unsigned under = kinds_in(s->setting, K(BOX) | K(CAR) | K(HOUSE));
    unsigned over = K(BALL) | K(CAT) | K(DOG);

    s->relation = SCENE_ON;
    s->b = make_group(r, s, under, 1);
    s->b.size = SCENE_USUAL;
    if (s->b.kind == SCENE_HOUSE)
        over = K(CAT) | K(BIRD);
    s->a = make_group(r, s, over, 1);
    s->a.size = s->b.kind == SCENE_HOUSE ? SCENE_SMALL : SCENE_USUAL;
}

static void make_in_boat(struct ch_rng *r, struct scene *s)
{
    s->relation = SCENE_IN;
    s->b = make_group(r, s, K(BOAT), 1);
    s->b.size = SCENE_USUAL;
    s->a = make_group(r, s, K(DOG) | K(CAT) | K(CHILD), 1);
    s->a.size = SCENE_SMALL;
}

static void make_above(struct ch_rng *r, struct scene *s)
{
    s->relation = SCENE_ABOVE;
    s->b = make_group(r, s, kinds_in(s->setting, ALL_KINDS & ~FLYING), 1);
    s->b.size = s->b.size == SCENE_LARGE ? SCENE_USUAL : s->b.size;
    s->a = make_group(r, s, kinds_in(s->setting, FLYING), 3);
    s->a.size = s->a.size == SCENE_LARGE ? SCENE_USUAL : s->a.size;
}

void ch_scenes_plan_make(struct scene *s, uint64_t seed, uint32_t number)
{
    struct ch_rng r;
    uint32_t turn;

    ch_rng_init(&r, (struct ch_rng_place){ .seed = seed,
                                           .purpose = CH_RNG_SCENE,
                                           .example = number });
    *s = (struct scene){ .setting = ch_rng_below(&r, SCENE_SETTINGS) };
    if (s->setting != SCENE_ROOM) {
        turn = ch_rng_below(&r, 5);
        s->hour = turn < 3 ? SCENE_DAY : turn == 3 ? SCENE_SUNSET
                                                   : SCENE_NIGHT;
        s->has_sun = s->hour == SCENE_SUNSET
                     || (s->hour == SCENE_DAY && ch_rng_below(&r, 2));
        s->has_moon = s->hour == SCENE_NIGHT && ch_rng_below(&r, 3) != 0;
        s->has_clouds = s->hour == SCENE_DAY && ch_rng_below(&r, 2);
    }
    turn = ch_rng_below(&r, 10);
    if (s->setting == SCENE_SEA && turn >= 3 && turn < 7)
        make_in_boat(&r, s);
    else if (s->setting != SCENE_SEA && turn >= 3 && turn < 6)
        make_pair(&r, s);
    else if (turn >= 6 && turn < 8 && kinds_in(s->setting, K(BOX)))
        make_on(&r, s);
    else if (turn >= 8)
        make_above(&r, s);
    else
        s->a = make_group(&r, s, kinds_in(s->setting, ALL_KINDS), 4);
}

double ch_scenes_plan_height(const struct scene_group *g)
{
    static const double factor[] = { [SCENE_SMALL] = 0.62, [SCENE_USUAL] = 1.0,
                                     [SCENE_LARGE] = 1.5 };

    return kind_table[g->kind].height * factor[g->size];
}
