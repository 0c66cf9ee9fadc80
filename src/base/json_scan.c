/* json_scan.c - JSON read once, in order, where it lies */
#include "base/json_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static int bad(const struct ch_json_scan *s, const char *at, const char *what,
               struct ch_err *e)
{
    return ch_fail_at(e, CH_EFORMAT, s->path, (uint64_t)(at - s->begin),
                      "not JSON: expected %s", what);
}

void ch_json_scan_init(struct ch_json_scan *s, char *bytes, size_t n,
                       const char *path)
{
    s->begin = s->at = bytes;
    s->end = bytes + n;
    s->path = path;
    s->depth = 0;
    s->is_first = true;
}

/* White space of JSON.  The NUL behind the last byte stops it. */
static void skip_space(struct ch_json_scan *s)
{
    while (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t')
        s->at++;
}

char ch_json_scan_peek(struct ch_json_scan *s)
{
    skip_space(s);
    return *s->at;
}

int ch_json_scan_enter(struct ch_json_scan *s, char bracket, struct ch_err *e)
{
    if (ch_json_scan_peek(s) != bracket)
        return bad(s, s->at, bracket == '{' ? "{" : "[", e);
    if (s->depth == CH_JSON_SCAN_DEPTH)
        return bad(s, s->at, "no more brackets inside each other", e);
    s->at++;
    s->is_object[s->depth++] = bracket == '{';
    s->is_first = true;
    return 0;
}

int ch_json_scan_next(struct ch_json_scan *s, const char **key,
                      struct ch_err *e)
{
    bool is_object = s->is_object[s->depth - 1];
    char close = is_object ? '}' : ']';
    int rc;

    *key = NULL;
    if (ch_json_scan_peek(s) == close) {
        s->at++;
        s->depth--;
        s->is_first = false;
        return 0;
    }
    if (!s->is_first) {
        if (*s->at != ',')
            return bad(s, s->at, is_object ? ", or }" : ", or ]", e);
        s->at++;
    }
    s->is_first = false;
    if (!is_object)
        return 1;
    if (ch_json_scan_peek(s) != '"')
        return bad(s, s->at, "a name in quotes", e);
    rc = ch_json_scan_text(s, key, e);
    if (rc)
        return rc;
    if (ch_json_scan_peek(s) != ':')
        return bad(s, s->at, ":", e);
    s->at++;
    return 1;
}

/* ----------------------------------------------------------------- texts */

/* Four hexadecimal digits, or -1. */
static long hex4(const char *at)
{
    long v = 0;

    for (int i = 0; i < 4; i++) {
        int digit = ch_text_hex(at[i]);

        if (digit < 0)
            return -1;
        v = v * 16 + digit;
    }
    return v;
}

static char *put_utf8(char *out, long c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *out++ = (char)(0xe0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    } else {
        *out++ = (char)(0xf0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
        *out++ = (char)(0x80 | (c & 0x3f));
    }
    return out;
}

/* The escape at s->at, behind its backslash, is written at *out.  What is
 * written is never longer than what was read. */
static int unescape(struct ch_json_scan *s, char **out, struct ch_err *e)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *found;
    long c, low;

    if (*s->at != 'u') {
        found = *s->at ? strchr(letters, *s->at) : NULL;
        if (!found)
            return bad(s, s->at, "an escape that JSON knows", e);
        s->at++;
        *(*out)++ = meant[found - letters];
        return 0;
    }
    c = hex4(s->at + 1);
    if (c <= 0)
        return bad(s, s->at, "four digits of a character other than zero", e);
    s->at += 5;
    if (c >= 0xd800 && c < 0xdc00 && s->at[0] == '\\' && s->at[1] == 'u') {
        low = hex4(s->at + 2);
        if (low < 0xdc00 || low > 0xdfff)
            return bad(s, s->at, "the second half of a character", e);
        s->at += 6;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c >= 0xd800 && c < 0xe000) {
        return bad(s, s->at, "a whole character, found half of one", e);
    }
    *out = put_utf8(*out, c);
    return 0;
}

int ch_json_scan_text(struct ch_json_scan *s, const char **text,
                      struct ch_err *e)
{
    char *start, *out;
    unsigned char all = 0;
    int rc;

    *text = NULL;
    if (ch_json_scan_peek(s) != '"')
        return bad(s, s->at, "a text", e);
    start = ++s->at;
    /* Up to the first escape texts lie where they belong. */
    while ((unsigned char)*s->at >= 0x20 && *s->at != '"' && *s->at != '\\')
        all |= (unsigned char)*s->at++;
    out = s->at;
    for (;;) {
        unsigned char c = (unsigned char)*s->at;

        if (c == '"')
            break;
        if (c < 0x20)
            return bad(s, s->at, s->at == s->end ? "the end of a text"
                                                 : "no control character", e);
        s->at++;
        if (c == '\\') {
            rc = unescape(s, &out, e);
            if (rc)
                return rc;
        } else {
            all |= c;
            *out++ = (char)c;
        }
    }
    s->at++;
    *out = '\0';
    if (all >= 0x80) {
        size_t n = (size_t)(out - start), wrong = ch_text_check(start, n);

        if (wrong < n)
            return bad(s, start + wrong, "UTF-8", e);
    }
    *text = start;
    return 0;
}

/* --------------------------------------------------------------- the rest */

static char *skip_digits(char *at)
{
    while (*at >= '0' && *at <= '9')
        at++;
    return at;
}

/* Behind a number; *is_whole when it has neither fraction nor exponent. */
static int skip_number(struct ch_json_scan *s, bool *is_whole,
                       struct ch_err *e)
{
    char *at = s->at, *digits;

    *is_whole = true;
    at += *at == '-';
    digits = at;
    at = skip_digits(at);
    if (at == digits || (*digits == '0' && at > digits + 1))
        return bad(s, s->at, "a value", e);
    if (*at == '.') {
        *is_whole = false;
        digits = ++at;
        at = skip_digits(at);
        if (at == digits)
            return bad(s, at, "digits", e);
    }
    if (*at == 'e' || *at == 'E') {
        *is_whole = false;
        at++;
        at += *at == '-' || *at == '+';
        digits = at;
        at = skip_digits(at);
        if (at == digits)
            return bad(s, at, "digits", e);
    }
    s->at = at;
    return 0;
}

int ch_json_scan_int(struct ch_json_scan *s, int64_t *out, struct ch_err *e)
{
    char *start;
    bool is_whole;
    int rc;

    ch_json_scan_peek(s);
    start = s->at;
    rc = skip_number(s, &is_whole, e);
    if (rc)
        return rc;
    errno = 0;
    *out = strtoll(start, NULL, 10);
    if (!is_whole || errno)
        return bad(s, start, "a whole number", e);
    return 0;
}

static int skip_word(struct ch_json_scan *s, const char *word,
                     struct ch_err *e)
{
    size_t n = strlen(word);

    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n))
        return bad(s, s->at, "a value", e);
    s->at += n;
    return 0;
}

static int skip_plain(struct ch_json_scan *s, char first, struct ch_err *e)
{
    const char *text;
    bool is_whole;

    switch (first) {
    case '"': return ch_json_scan_text(s, &text, e);
    case 't': return skip_word(s, "true", e);
    case 'f': return skip_word(s, "false", e);
    case 'n': return skip_word(s, "null", e);
    default: return skip_number(s, &is_whole, e);
    }
}

int ch_json_scan_skip(struct ch_json_scan *s, struct ch_err *e)
{
    size_t depth = s->depth;
    const char *key;
    int rc;

    do {
        char first = ch_json_scan_peek(s);

        if (first == '{' || first == '[')
            rc = ch_json_scan_enter(s, first, e);
        else
            rc = skip_plain(s, first, e);
        /* To the next value, out of all that closes before it. */
        while (!rc && s->depth > depth) {
            rc = ch_json_scan_next(s, &key, e);
            if (rc == 1)
                break;
        }
    } while (rc == 1 && s->depth > depth);
    return rc;
}

int ch_json_scan_end(struct ch_json_scan *s, struct ch_err *e)
{
    skip_space(s);
    return s->at == s->end ? 0 : bad(s, s->at, "the end", e);
}
