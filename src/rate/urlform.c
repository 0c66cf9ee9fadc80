/* urlform.c - the body of a form */
#include "rate/urlform.h"

#include <string.h>

#include "base/text.h"

/* The bytes that body[0..n) stands for, and a NUL; their number, or -1. */
static int64_t decode(char *out, const char *body, size_t n)
{
    size_t made = 0;

    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)body[i];

        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            int high = i + 2 < n ? ch_text_hex(body[i + 1]) : -1;
            int low = high >= 0 ? ch_text_hex(body[i + 2]) : -1;

            if (low < 0)
                return -1;
            c = high * 16 + low;
            i += 2;
        }
        if (c == 0)
            return -1;
        out[made++] = (char)c;
    }
    out[made] = '\0';
    return (int64_t)made;
}

int ch_urlform_parse(struct ch_urlform *f, const char *body, size_t n,
                     struct ch_err *e)
{
    size_t used = 0;

    /* A NUL behind each name and value: '=' and '&' left their places, but for
     * a field without '=', and for the last. */
    f->count = 0;
    if (n > CH_URLFORM_BYTES)
        return ch_fail(e, CH_EFORMAT, "expected a form of at most %d bytes, "
                       "found %zu", CH_URLFORM_BYTES, n);
    for (size_t at = 0; at < n;) {
        const char *start = body + at;
        const char *stop = memchr(start, '&', n - at);
        size_t length = stop ? (size_t)(stop - start) : n - at;
        const char *equals = memchr(start, '=', length);
        size_t name = equals ? (size_t)(equals - start) : length;
        int64_t made;

        at += length + 1;
        if (length == 0)
            continue;
        if (f->count == CH_URLFORM_FIELDS)
            return ch_fail(e, CH_EFORMAT, "expected at most %d fields",
                           CH_URLFORM_FIELDS);
        f->field[f->count].name = f->text + used;
        made = decode(f->text + used, start, name);
        if (made >= 0) {
            used += (size_t)made + 1;
            f->field[f->count].value = f->text + used;
            made = equals ? decode(f->text + used, equals + 1,
                                   length - name - 1)
                          : decode(f->text + used, "", 0);
        }
        if (made < 0)
            return ch_fail(e, CH_EFORMAT, "field %zu: expected letters and "
                           "%%XX", f->count + 1);
        used += (size_t)made + 1;
        f->count++;
    }
    for (size_t i = 0; i < f->count; i++)
        if (ch_text_check(f->field[i].name, strlen(f->field[i].name)) <
            strlen(f->field[i].name) ||
            ch_text_check(f->field[i].value, strlen(f->field[i].value)) <
            strlen(f->field[i].value))
            return ch_fail(e, CH_EFORMAT, "field %zu: not UTF-8", i + 1);
    return 0;
}

const char *ch_urlform_get(const struct ch_urlform *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (!strcmp(f->field[i].name, name))
            return f->field[i].value;
    return NULL;
}

int64_t ch_urlform_digits(const char *text, size_t n, int64_t limit)
{
    int64_t v = 0;

    if (n == 0 || n > 18)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        v = v * 10 + (text[i] - '0');
    }
    return v <= limit ? v : -1;
}

int64_t ch_urlform_number(const struct ch_urlform *f, const char *name,
                          int64_t limit)
{
    const char *value = ch_urlform_get(f, name);

    return value ? ch_urlform_digits(value, strlen(value), limit) : -1;
}
