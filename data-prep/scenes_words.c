/* scenes_words.c - says what is in a scene, in five different sentences
 *
 * A sentence is a pattern in which % and a letter stand for a part:
 *   %A %B  the group with its number, size and colour   %a %b  with less of it
 *   %v     is or are          %V  what the first group does: sits, lie, ...
 *   %p     where: on the grass  %s  the scenery: at the beach
 *   %t     when, and under what sky
 */
#include "scenes.h"

#include <ctype.h>
#include <string.h>

enum { SYNONYMS = 3, PATTERNS = 8 };

static const struct noun {
    const char *one[2], *many[2];
    const char *does, *they_do;
} noun[SCENE_KIND_COUNT] = {
    [SCENE_BALL] = { { "ball", "ball" }, { "balls", "balls" }, "lies", "lie" },
    [SCENE_BOX] = { { "box", "crate" }, { "boxes", "crates" }, "stands",
                    "stand" },
    [SCENE_DOG] = { { "dog", "puppy" }, { "dogs", "puppies" }, "stands",
                    "stand" },
    [SCENE_CAT] = { { "cat", "kitten" }, { "cats", "kittens" }, "sits",
                    "sit" },
    [SCENE_CHILD] = { { "child", "kid" }, { "children", "kids" }, "stands",
                      "stand" },
    [SCENE_CAR] = { { "car", "car" }, { "cars", "cars" }, "is parked",
                    "are parked" },
    [SCENE_TREE] = { { "tree", "tree" }, { "trees", "trees" }, "grows",
                     "grow" },
    [SCENE_HOUSE] = { { "house", "cottage" }, { "houses", "cottages" },
                      "stands", "stand" },
    [SCENE_FLOWER] = { { "flower", "flower" }, { "flowers", "flowers" },
                       "grows", "grow" },
    [SCENE_BOAT] = { { "boat", "sailboat" }, { "boats", "sailboats" },
                     "sails", "sail" },
    [SCENE_BIRD] = { { "bird", "bird" }, { "birds", "birds" }, "flies",
                     "fly" },
    [SCENE_KITE] = { { "kite", "kite" }, { "kites", "kites" }, "flies",
                     "fly" },
    [SCENE_BALLOON] = { { "balloon", "balloon" }, { "balloons", "balloons" },
                        "floats", "float" },
};

static const char *const colour_word[SCENE_COLOUR_COUNT] = {
#define COLOUR_WORD(name, word, r, g, b) word,
    SCENE_COLOURS(COLOUR_WORD)
#undef COLOUR_WORD
};

/* Where things stand, what they fly over, and the scenery as a whole. */
static const struct setting_words {
    const char *ground[SYNONYMS], *over[SYNONYMS], *scenery[SYNONYMS];
} setting_words[SCENE_SETTINGS] = {
    [SCENE_MEADOW] = { { "on the grass", "in a meadow", "on green grass" },
                       { "over a meadow", "above the grass", "over a field" },
                       { "in a meadow", "in a green field", "in the grass" } },
    [SCENE_BEACH] = { { "on the beach", "on the sand", "on a sandy beach" },
                      { "over the beach", "above the sand", "over a beach" },
                      { "at the beach", "by the sea", "on a sandy beach" } },
    [SCENE_SNOW] = { { "in the snow", "on the snow", "on snowy ground" },
                     { "over the snow", "above a snowy field",
                       "over snowy ground" },
                     { "in the snow", "in a snowy field", "in winter" } },
    [SCENE_STREET] = { { "on the street", "on the road", "in the street" },
                       { "over the street", "above the road",
                         "over a street" },
                       { "on a street", "on the road", "by the road" } },
    [SCENE_SEA] = { { "on the sea", "on the water", "on the waves" },
                    { "over the sea", "above the water", "over the waves" },
                    { "on the sea", "on the water", "at sea" } },
    [SCENE_ROOM] = { { "on the floor", "on a wooden floor", "in a room" },
                     { "in a room", "above the floor",
                       "over a wooden floor" },
                     { "in a room", "inside a room", "indoors" } },
};

static const char *const alone_pattern[PATTERNS] = {
    "%A %V %p", "there %v %A %p", "%A %p %t", "%a %V %p %t", "a picture of %A",
    "%p there %v %A", "%A %t", "we see %A %p" };
static const char *const left_pattern[PATTERNS] = {
    "%A %v to the left of %B", "%A and %B %s", "%a %V on the left of %b %s",
    "%A on the left and %B on the right", "%B with %A on its left",
    "%A %V next to %B %t", "there %v %A beside %B", "%a %v left of %b %p" };
static const char *const right_pattern[PATTERNS] = {
    "%A %v to the right of %B", "%B and %A %s", "%a %V on the right of %b %s",
    "%B on the left and %A on the right", "%B with %A on its right",
    "%A %V next to %B %t", "there %v %A beside %B", "%a %v right of %b %p" };
static const char *const on_pattern[PATTERNS] = {
    "%A %V on %B", "%A on top of %B %s", "%B with %A on it",
    "there %v %A on %b %s", "%a %V on top of %B %t", "%A %v on %B %t",
    "%B %s has %A on it", "we see %A on %B" };
static const char *const roof_pattern[PATTERNS] = {
    "%A sits on the roof of %B", "%A on top of %B %s",
    "%B with %A on its roof", "there %v %A on the roof of %b %s",
    "%a on the roof of %B %t", "%A %v on the roof %t", "%B %s has %A on top",
    "we see %A on the roof of %b" };
static const char *const in_pattern[PATTERNS] = {
    "%A %v in %B", "%A rides in %B %p", "%B with %A in it", "%B carries %A",
    "there %v %A in %b %p", "%a sails in %B %t", "%A in %b %t",
    "%B %p has %A on board" };
static const char *const above_pattern[PATTERNS] = {
    "%A %V above %B", "%A over %B %s", "%B under %A", "%a %V over %b %t",
    "there %v %A above %B", "%B %s with %A in the air", "%A high above %b %s",
    "%A and below %B %t" };

static const char *pick(struct ch_rng *r, const char *const *of, unsigned n)
{
    return of[ch_rng_below(r, n)];
}

static const char *time_words(const struct scene *s, struct ch_rng *r)
{
    static const char *const sunny[] = { "on a sunny day", "in the sunshine",
                                         "under the sun" };
    static const char *const cloudy[] = { "under a cloudy sky",
                                          "under white clouds" };
    static const char *const clear[] = { "under a blue sky",
                                         "under a clear sky" };
    static const char *const sunset[] = { "at sunset", "under an orange sky",
                                          "in the evening sun" };
    static const char *const moon[] = { "at night", "under the moon",
                                        "in the moonlight" };
    static const char *const dark[] = { "at night", "in the dark",
                                        "under the night sky" };
    static const char *const inside[] = { "indoors", "inside" };

    if (s->setting == SCENE_ROOM)
        return pick(r, inside, 2);
    if (s->hour == SCENE_NIGHT)
        return s->has_moon ? pick(r, moon, 3) : pick(r, dark, 3);
    if (s->hour == SCENE_SUNSET)
        return pick(r, sunset, 3);
    if (s->has_sun)
        return pick(r, sunny, 3);
    return s->has_clouds ? pick(r, cloudy, 2) : pick(r, clear, 2);
}

/* "two small red balls", "a child in a blue shirt"; brief: less of that. */
static void put_group(const struct scene_group *g, bool is_brief,
                      struct ch_rng *r, struct ch_buffer *out)
{
    static const char *const number[] = { "", "", "two", "three", "four" };
    static const char *const size[3][2] = { { "small", "little" }, { "", "" },
                                            { "large", "big" } };
    const struct noun *n = &noun[g->kind];
    const char *large = is_brief ? "" : size[g->size][ch_rng_below(r, 2)];
    bool has_colour = g->kind != SCENE_TREE
                      && (!is_brief || ch_rng_below(r, 2));
    const char *colour = has_colour ? colour_word[g->colour] : "";
    const char *word = g->count > 1 ? n->many[ch_rng_below(r, 4) == 0]
                                    : n->one[ch_rng_below(r, 4) == 0];
    const char *before = g->kind == SCENE_CHILD ? "" : colour;
    const char *first = *large ? large : *before ? before : word;

    ch_buffer_format(out, "%s ", g->count > 1 ? number[g->count]
                                 : strchr("aeiou", *first) ? "an" : "a");
    if (*large)
        ch_buffer_format(out, "%s ", large);
    if (*before)
        ch_buffer_format(out, "%s ", before);
    ch_buffer_text(out, word);
    if (g->kind == SCENE_CHILD && has_colour)
        ch_buffer_format(out, g->count > 1 ? " in %s shirts"
                              : g->colour == SCENE_ORANGE ? " in an %s shirt"
                                                          : " in a %s shirt",
                         colour);
}

static void put_part(const struct scene *s, char part, struct ch_rng *r,
                     struct ch_buffer *out)
{
    const struct setting_words *w = &setting_words[s->setting];
    bool is_flying = s->relation == SCENE_ALONE
                     && (s->a.kind == SCENE_BIRD || s->a.kind == SCENE_KITE
                         || s->a.kind == SCENE_BALLOON);
    bool is_perched = s->relation == SCENE_ON && s->a.kind == SCENE_BIRD;
    const struct noun *n = &noun[s->a.kind];

    switch (part) {
    case 'A': case 'a':
        put_group(&s->a, part == 'a', r, out);
        break;
    case 'B': case 'b':
        put_group(&s->b, part == 'b', r, out);
        break;
    case 'v':
        ch_buffer_text(out, s->a.count > 1 ? "are" : "is");
        break;
    case 'V':
        ch_buffer_text(out, is_perched ? "sits"
                            : s->a.count > 1 ? n->they_do : n->does);
        break;
    case 'p':
        ch_buffer_text(out, pick(r, is_flying ? w->over : w->ground,
                                 SYNONYMS));
        break;
    case 's':
        ch_buffer_text(out, pick(r, w->scenery, SYNONYMS));
        break;
    case 't':
        ch_buffer_text(out, time_words(s, r));
        break;
    }
}

static void put_sentence(const struct scene *s, const char *pattern,
                         struct ch_rng *r, struct ch_buffer *out)
{
    ch_buffer_reset(out);
    for (const char *p = pattern; *p; p++) {
        if (*p == '%')
            put_part(s, *++p, r, out);
        else
            ch_buffer_put(out, p, 1);
    }
    ch_buffer_text(out, ".");
    if (!out->failed)
        out->at[0] = (char)toupper((unsigned char)out->at[0]);
}

static const char *const *patterns_of(const struct scene *s)
{
    switch (s->relation) {
    case SCENE_LEFT: return left_pattern;
    case SCENE_RIGHT: return right_pattern;
    case SCENE_ON:
        return s->b.kind == SCENE_HOUSE ? roof_pattern : on_pattern;
    case SCENE_IN: return in_pattern;
    case SCENE_ABOVE: return above_pattern;
    default: return alone_pattern;
    }
}

/* The patterns of a scene differ in their fixed words, so five different
 * patterns are five different sentences. */
void ch_scenes_words_captions(const struct scene *s, uint64_t seed,
                              uint32_t number,
                              struct ch_buffer caption[SCENE_CAPTIONS])
{
    const char *const *pattern = patterns_of(s);
    uint32_t order[PATTERNS];
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place){ .seed = seed,
                                           .purpose = CH_RNG_SCENE,
                                           .example = number, .position = 2 });
    for (uint32_t i = 0; i < PATTERNS; i++)
        order[i] = i;
    ch_rng_shuffle(&r, order, PATTERNS);
    for (size_t i = 0; i < SCENE_CAPTIONS; i++)
        put_sentence(s, pattern[order[i]], &r, &caption[i]);
}
