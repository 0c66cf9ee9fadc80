/* text.c - UTF-8: the caption rule, words, tokens */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

size_t ch_text_check(const char *text, size_t n)
{
    size_t at = 0;

    while (at < n) {
        utf8proc_int32_t c;
        utf8proc_ssize_t used;

        /* Most text is ASCII, and a byte of it needs no looking at. */
        if ((unsigned char)text[at] < 0x80) {
            at++;
            continue;
        }
        used = utf8proc_iterate((const utf8proc_uint8_t *)text + at,
                                (utf8proc_ssize_t)(n - at), &c);
        if (used <= 0)
            break;
        at += (size_t)used;
    }
    return at;
}

static int is_kept(utf8proc_int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return 1;
    default:
        return 0;
    }
}

static int is_apostrophe(utf8proc_int32_t c)
{
    return c == '\'' || c == 0x2019;
}

static void put_point(struct ch_buffer *out, utf8proc_int32_t c)
{
    utf8proc_uint8_t bytes[4];

    ch_buffer_put(out, bytes, (size_t)utf8proc_encode_char(c, bytes));
}

/* Code points composed (NFC); *out is freed with free(). */
static int compose(const char *text, size_t n, utf8proc_int32_t **out,
                   size_t *count, struct ch_err *e)
{
    const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    utf8proc_ssize_t room =
        utf8proc_decompose(at, (utf8proc_ssize_t)n, NULL, 0, how);
    utf8proc_ssize_t found;

    *out = NULL;
    *count = 0;
    if (room < 0)
        return ch_fail(e, CH_EFORMAT, "expected UTF-8 text: %s",
                       utf8proc_errmsg(room));
    /* One more: utf8proc_normalize_utf32 writes no NUL, but malloc(0) may
     * give NULL. */
    *out = malloc(((size_t)room + 1) * sizeof **out);
    if (!*out)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu characters",
                       (size_t)room);
    found = utf8proc_decompose(at, (utf8proc_ssize_t)n, *out, room, how);
    if (found > 0)
        found = utf8proc_normalize_utf32(*out, found, how);
    if (found < 0) {
        free(*out);
        *out = NULL;
        return ch_fail(e, CH_EFORMAT, "cannot compose the text: %s",
                       utf8proc_errmsg(found));
    }
    *count = (size_t)found;
    return 0;
}

/* In ASCII, and in most captions, NFC changes nothing, and what is kept is a
 * letter or a digit. */
static int is_ascii(const char *text, size_t n)
{
    unsigned char all = 0;

    for (size_t i = 0; i < n; i++)
        all |= (unsigned char)text[i];
    return all < 0x80;
}

static int is_kept_ascii(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

static void normalise_ascii(const char *text, size_t n, struct ch_buffer *out)
{
    char piece[256];
    size_t filled = 0;
    int gap = 0, is_first = 1;

    for (size_t i = 0; i < n; i++) {
        const char c = text[i];

        if (is_kept_ascii(c)) {
            if (gap && !is_first)
                piece[filled++] = ' ';
            gap = is_first = 0;
            piece[filled++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        } else {
            const int is_inside = i > 0 && i + 1 < n &&
                                  is_kept_ascii(text[i - 1]) &&
                                  is_kept_ascii(text[i + 1]);

            gap |= !(c == '\'' && is_inside);
        }
        if (filled + 2 > sizeof piece) {
            ch_buffer_put(out, piece, filled);
            filled = 0;
        }
    }
    ch_buffer_put(out, piece, filled);
}

int ch_text_normalise(const char *text, size_t n, struct ch_buffer *out,
                      struct ch_err *e)
{
    utf8proc_int32_t *point;
    size_t count, bad = ch_text_check(text, n), begun = out->size;
    int rc, gap = 0;

    if (bad < n)
        return ch_fail(e, CH_EFORMAT, "byte %zu is not UTF-8", bad);
    if (is_ascii(text, n)) {
        normalise_ascii(text, n, out);
        return out->failed ? ch_fail(e, CH_ENOMEM, "cannot hold a caption")
                           : 0;
    }
    rc = compose(text, n, &point, &count, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < count; i++) {
        if (is_kept(point[i])) {
            if (gap && out->size > begun)
                ch_buffer_put(out, " ", 1);
            gap = 0;
            put_point(out, utf8proc_tolower(point[i]));
        } else if (!(is_apostrophe(point[i]) && i > 0 && i + 1 < count &&
                     is_kept(point[i - 1]) && is_kept(point[i + 1]))) {
            gap = 1;
        }
    }
    free(point);
    return out->failed ? ch_fail(e, CH_ENOMEM, "cannot hold a caption") : 0;
}

int ch_text_word(const char **at, const char **word, size_t *n)
{
    while (**at == ' ')
        (*at)++;
    *word = *at;
    *n = strcspn(*at, " ");
    *at += *n;
    return *n > 0;
}

/* The white space of Python's str.split(). */
static int is_space(utf8proc_int32_t c)
{
    return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) ||
           c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

/* One code point of a NUL-terminated text; a byte that is not UTF-8 counts as
 * a character of its own, so the walk always ends. */
static size_t next_point(const char *at, utf8proc_int32_t *c)
{
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)at,
                         (utf8proc_ssize_t)strnlen(at, 4), c);

    if (used <= 0) {
        *c = (unsigned char)*at;
        return 1;
    }
    return (size_t)used;
}

int ch_text_token(const char **at, const char **token, size_t *n)
{
    const char *p = *at;
    utf8proc_int32_t c;

    while (*p) {
        size_t used = next_point(p, &c);
        if (!is_space(c))
            break;
        p += used;
    }
    *token = p;
    while (*p) {
        size_t used = next_point(p, &c);
        if (is_space(c))
            break;
        p += used;
    }
    *n = (size_t)(p - *token);
    *at = p;
    return *n > 0;
}

uint32_t ch_text_point(const char **at, const char *end)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)*at, end - *at, &c);

    *at += used > 0 ? used : 1;
    return used > 0 ? (uint32_t)c : 0xfffd;
}

void ch_text_put(struct ch_buffer *out, uint32_t c)
{
    put_point(out, (utf8proc_int32_t)c);
}

size_t ch_text_trim(const char *text, size_t n)
{
    utf8proc_int32_t c;
    size_t last;

    for (; n > 0; n = last) {
        last = n - 1;
        while (last > 0 && n - last < 4 && (text[last] & 0xc0) == 0x80)
            last--;
        if (utf8proc_iterate((const utf8proc_uint8_t *)text + last,
                             (utf8proc_ssize_t)(n - last), &c) !=
            (utf8proc_ssize_t)(n - last) || !is_space(c))
            break;
    }
    return n;
}

uint32_t ch_text_lower(uint32_t c)
{
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

bool ch_text_is_cased(uint32_t c)
{
    utf8proc_category_t kind = utf8proc_category((utf8proc_int32_t)c);

    return kind == UTF8PROC_CATEGORY_LU || kind == UTF8PROC_CATEGORY_LL ||
           kind == UTF8PROC_CATEGORY_LT;
}

bool ch_text_is_letter(uint32_t c)
{
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);

    return ch_text_is_cased(c) || k == UTF8PROC_CATEGORY_LM ||
           k == UTF8PROC_CATEGORY_LO;
}

bool ch_text_is_mark(uint32_t c)
{
    utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);

    return k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_MC ||
           k == UTF8PROC_CATEGORY_ME;
}

bool ch_text_is_word(uint32_t c)
{
    return is_kept((utf8proc_int32_t)c);
}

uint32_t ch_text_upper(uint32_t c)
{
    return (uint32_t)utf8proc_toupper((utf8proc_int32_t)c);
}
