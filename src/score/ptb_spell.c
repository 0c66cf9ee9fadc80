/* ptb_spell.c - a token as it is printed */
#include "score/ptb_spell.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "score/ptb_unicode.h"

struct units {
    const uint16_t *at;
    size_t n;
    bool is_hard;              /* its soft hyphens stay, and are characters */
};

/* A quick way for what nearly all is. */
static void put(struct ch_buffer *out, uint32_t c)
{
    char byte = (char)c;

    if (c < 0x80)
        ch_buffer_put(out, &byte, 1);
    else
        ch_text_put(out, c);
}

/* Whether the name is at unit i; its length, or 0.  With `either` 32 letters
 * may be capitals, with 0 not. */
static size_t named(struct units u, size_t i, const char *name,
                    unsigned either)
{
    size_t n = strlen(name);

    if (n > u.n - i)
        return 0;
    for (size_t k = 0; k < n; k++) {
        unsigned c = u.at[i + k];

        if (c >= 'A' && c <= 'Z')
            c |= either;
        if (c != (unsigned char)name[k])
            return 0;
    }
    return n;
}

/* The quote of ASCII for the one at unit i; *n is 0 when there is none. */
static const char *quote(struct units u, size_t i, size_t *n)
{
    *n = 1;
    switch (u.at[i]) {
    case 0x91: case 0x2018: case 0x201b: case 0x2039:
        return "`";
    case 0x92: case 0x2019: case 0x203a:
        return "'";
    case 0x93: case 0x201c: case 0xab:
        return "``";
    case 0x94: case 0x201d: case 0xbb:
        return "''";
    default:
        *n = named(u, i, "&apos;", 0);
        return "'";
    }
}

/* The only mark that has case. */
#define IOTA_BELOW 0x345

static int is_among(const struct ch_ptb_range *range, size_t count, unsigned c)
{
    for (size_t i = 0; i < count; i++)
        if (c >= range[i].first && c <= range[i].last)
            return 1;
    return 0;
}
#define AMONG(list, c) is_among(list, sizeof (list) / sizeof *(list), c)

/* Java counts small letters of Unicode's "other" kind, too, and Roman
 * numbers. */
static int has_case(struct units u, size_t i)
{
    static const struct ch_ptb_range other[] = {
        { 0x2b0, 0x2b8 }, { 0x2c0, 0x2c1 }, { 0x2e0, 0x2e4 },
        { IOTA_BELOW, IOTA_BELOW }, { 0x37a, 0x37a }, { 0x1d2c, 0x1d61 },
        { 0x2160, 0x217f },
    };

    return i < u.n && (ch_text_is_cased(u.at[i]) || AMONG(other, u.at[i]));
}

/* Kana and Chinese characters are words of their own. */
static int is_word(unsigned c)
{
    static const struct ch_ptb_range apart[] = {
        { 0x3005, 0x3005 }, { 0x3041, 0x3094 }, { 0x309d, 0x309e },
        { 0x30a1, 0x30fa }, { 0x30fc, 0x30fe }, { 0x4e00, 0x9fa5 },
        { 0xf900, 0xfa2d },
    };

    return ch_text_is_word(c) && !AMONG(apart, c);
}

/* What a word goes on over: soft hyphens that are dropped, joiners, signs of
 * Arabic and Syriac, and others that only say how text is set. */
static int is_nothing(struct units u, unsigned c)
{
    static const struct ch_ptb_range setting[] = {
        { 0x600, 0x605 }, { 0x61c, 0x61c }, { 0x6dd, 0x6dd },
        { 0x70f, 0x70f }, { 0x8e2, 0x8e2 }, { 0x180e, 0x180e },
        { 0x200b, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x2064 },
        { 0x2066, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
    };

    return c == 0xad ? !u.is_hard : c >= 0x600 && AMONG(setting, c);
}

/* What joins two letters: dashes and ties. */
static int is_joint(unsigned c)
{
    static const struct ch_ptb_range dash[] = {
        { 0xad, 0xad }, { 0x58a, 0x58a }, { 0x5be, 0x5be },
        { 0x1400, 0x1400 }, { 0x1806, 0x1806 }, { 0x2010, 0x2015 },
        { 0x2027, 0x2027 }, { 0x203f, 0x2040 }, { 0x2054, 0x2054 },
        { 0x2e17, 0x2e17 }, { 0x2e1a, 0x2e1a }, { 0x2e3a, 0x2e3b },
        { 0x2e40, 0x2e40 }, { 0x301c, 0x301c }, { 0x3030, 0x3030 },
        { 0x30a0, 0x30a0 }, { 0xfe31, 0xfe34 }, { 0xfe4d, 0xfe4f },
        { 0xfe58, 0xfe58 }, { 0xfe63, 0xfe63 }, { 0xff0d, 0xff0d },
        { 0xff3f, 0xff3f },
    };

    return c < 0x80 ? strchr("'-._", (int)c) != NULL : AMONG(dash, c);
}

/* What joins two numbers. */
static int is_number_joint(unsigned c)
{
    return c == '\'' || c == ',' || c == '.' || c == 0x66b;
}

/* The unit before i that marks and nothings stand on; u.n when there is
 * none. */
static size_t base_before(struct units u, size_t i)
{
    while (i-- > 0)
        if (!ch_text_is_mark(u.at[i]) && !is_nothing(u, u.at[i]))
            return i;
    return u.n;
}

static int is_letter(struct units u, size_t i)
{
    return i < u.n && ch_text_is_letter(u.at[i]) && is_word(u.at[i]);
}

static int is_number(struct units u, size_t i)
{
    return i < u.n && ch_text_is_word(u.at[i]) &&
           !ch_text_is_letter(u.at[i]) && !ch_text_is_mark(u.at[i]);
}

/* Does the unit join the letters or numbers it stands between? */
static int joins(struct units u, size_t i)
{
    unsigned c = u.at[i];
    size_t before = base_before(u, i), after = i + 1;

    while (after < u.n && is_nothing(u, u.at[after]))
        after++;
    return (is_joint(c) && is_letter(u, before) && is_letter(u, after)) ||
           (is_number_joint(c) && is_number(u, before) && is_number(u, after));
}

/* Whether the word of unit i has a letter with case on that side (step 1 or
 * -1) of it: words hold letters, marks and numbers, and one joint between two
 * of them.  A mark begins no word. */
static int is_cased_beside(struct units u, size_t i, int step)
{
    for (size_t k = i + (size_t)step; k < u.n; k += (size_t)step) {
        unsigned c = u.at[k];
        size_t base = c == IOTA_BELOW ? base_before(u, k) : k;

        if (base == u.n || (base != k && !is_word(u.at[base])))
            return 0;
        if (has_case(u, k))
            return 1;
        if (!joins(u, k) && !is_nothing(u, c) && !is_word(c))
            return 0;
    }
    return 0;
}

/* Lower case as Java 17 knows it: Unicode 13 has no pairs for these. */
static uint32_t lower(uint32_t c)
{
    int is_newer = c == 0x2c2f || c == 0xa7c0 || c == 0xa7d0 || c == 0xa7d6 ||
                   c == 0xa7d8 || (c >= 0x10570 && c <= 0x10595);

    return is_newer ? c : ch_text_lower(c);
}

static void put_lower(struct ch_buffer *out, struct units u, size_t *i)
{
    uint32_t c = u.at[*i];

    if (c < 0x80) {
        put(out, c >= 'A' && c <= 'Z' ? c | 32 : c);
    } else if (c >= 0xd800 && c < 0xdc00 && *i + 1 < u.n) {
        c = 0x10000 + ((c - 0xd800) << 10) + (u.at[++*i] - 0xdc00u);
        put(out, lower(c));
    } else if (c == 0x130) {
        ch_buffer_text(out, "i\xcc\x87");
    } else if (c == 0x3a3 && is_cased_beside(u, *i, -1) &&
               !is_cased_beside(u, *i, 1)) {
        put(out, 0x3c2);       /* the sigma that ends a word */
    } else {
        put(out, lower(c));
    }
}

/* A unit that the rule changes; its length, or 0 when it does not. */
static size_t put_changed(struct ch_buffer *out, int change, struct units u,
                          size_t i)
{
    size_t n = 0;
    unsigned c = u.at[i];

    if ((change & CH_PTB_SOFT) && c == 0xad)
        return 1;
    if ((change & CH_PTB_FIXED_SPACE) && c == ' ') {
        put(out, 0xa0);
        return 1;
    }
    if ((change & CH_PTB_BRACKET) && (c == '(' || c == ')')) {
        ch_buffer_text(out, c == '(' ? "-lrb-" : "-rrb-");
        return 1;
    }
    if (change & CH_PTB_QUOTE) {
        const char *said = quote(u, i, &n);

        if (n > 0)
            ch_buffer_text(out, said);
        return n;
    }
    if (change & CH_PTB_AMPERSAND)
        n = named(u, i, "&amp;", 32);
    if (n > 0)
        ch_buffer_text(out, "&");
    return n;
}

/* The units of ASCII from i on that no rule changes, in runs: what nearly all
 * tokens are made of.  Returns how many. */
static size_t put_plain(struct ch_buffer *out, struct units u, size_t i)
{
    char run[64];
    size_t n = 0;

    while (n < sizeof run && i + n < u.n && u.at[i + n] < 0x80) {
        char c = (char)u.at[i + n];

        run[n++] = c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
    }
    ch_buffer_put(out, run, n);
    return n;
}

void ch_ptb_spell(const struct ch_ptb_rule *rule, const uint16_t *unit,
                  size_t n, struct ch_buffer *out)
{
    const int changes_ascii = CH_PTB_FIXED_SPACE | CH_PTB_BRACKET |
                              CH_PTB_QUOTE | CH_PTB_AMPERSAND;
    struct units u = { unit, n, !(rule->change & CH_PTB_SOFT) };
    size_t begun = out->size;

    if (rule->say) {
        ch_buffer_text(out, rule->say);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t changed;

        if (!(rule->change & changes_ascii) && unit[i] < 0x80) {
            i += put_plain(out, u, i) - 1;
            continue;
        }
        changed = put_changed(out, rule->change, u, i);

        if (changed > 0)
            i += changed - 1;
        else
            put_lower(out, u, &i);
    }
    if (out->size == begun)
        ch_buffer_text(out, "-");      /* nothing but soft hyphens */
}
