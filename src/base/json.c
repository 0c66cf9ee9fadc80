/* json.c - JSON, read through jansson and written straight into a buffer
 *
 * A struct ch_json is a json_t under another name: the cast keeps jansson's
 * header out of every other file.
 */
#include "base/json.h"

#include "base/file.h"
#include "base/text.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* COCO's largest caption file is 90 MB; beyond this it is no caption file. */
#define JSON_LIMIT ((size_t)1 << 31)

static const json_t *value(const struct ch_json *v)
{
    return (const json_t *)v;
}

static const struct ch_json *wrap(const json_t *v)
{
    return (const struct ch_json *)v;
}

int ch_json_parse_at(struct ch_json **out, const char *bytes, size_t n,
                     const char *path, uint64_t offset, size_t line,
                     struct ch_err *e)
{
    json_error_t why;
    /* For jansson a byte of zero is the end, whatever stands behind it. */
    const char *zero = n ? memchr(bytes, 0, n) : NULL;
    json_t *found;

    *out = NULL;
    if (zero)
        return ch_fail_at(e, CH_EFORMAT, path,
                          offset + (uint64_t)(zero - bytes),
                          "not JSON: found a byte of zero");
    found = json_loadb(bytes, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                       &why);
    *out = (struct ch_json *)found;
    if (found)
        return 0;
    if (json_error_code(&why) == json_error_out_of_memory)
        return ch_fail(e, CH_ENOMEM, "%s: cannot hold the JSON", path);
    return ch_fail_at(e, CH_EFORMAT, path, offset + (uint64_t)why.position,
                      "not JSON: line %zu: %s", line + (size_t)why.line - 1,
                      why.text);
}

int ch_json_parse(struct ch_json **out, const char *bytes, size_t n,
                  const char *path, struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(bytes, n);

    ch_bytes_skip_mark(&b);
    return ch_json_parse_at(out, bytes + b.used, n - b.used, path, b.used, 1,
                            e);
}

int ch_json_load(struct ch_json **out, const char *path, struct ch_err *e)
{
    char *bytes;
    size_t n;
    int rc;

    *out = NULL;
    rc = ch_file_read(path, JSON_LIMIT, &bytes, &n, e);
    if (rc)
        return rc;
    rc = ch_json_parse(out, bytes, n, path, e);
    free(bytes);
    return rc;
}

void ch_json_close(struct ch_json *document)
{
    json_decref((json_t *)document);
}

const struct ch_json *ch_json_get(const struct ch_json *o, const char *name)
{
    return wrap(json_object_get(value(o), name));
}

const struct ch_json *ch_json_at(const struct ch_json *array, size_t i)
{
    return wrap(json_array_get(value(array), i));
}

size_t ch_json_count(const struct ch_json *v)
{
    return json_is_array(value(v)) ? json_array_size(value(v))
                                   : json_object_size(value(v));
}

bool ch_json_is_array(const struct ch_json *v)
{
    return json_is_array(value(v));
}

bool ch_json_is_object(const struct ch_json *v)
{
    return json_is_object(value(v));
}

bool ch_json_is_text(const struct ch_json *v)
{
    return json_is_string(value(v));
}

bool ch_json_is_number(const struct ch_json *v)
{
    return json_is_number(value(v));
}

const char *ch_json_text(const struct ch_json *v, const char *fallback)
{
    return json_is_string(value(v)) ? json_string_value(value(v)) : fallback;
}

int64_t ch_json_int(const struct ch_json *v, int64_t fallback)
{
    return json_is_integer(value(v)) ? json_integer_value(value(v)) : fallback;
}

double ch_json_real(const struct ch_json *v, double fallback)
{
    return json_is_number(value(v)) ? json_number_value(value(v)) : fallback;
}

bool ch_json_bool(const struct ch_json *v, bool fallback)
{
    return json_is_boolean(value(v)) ? json_is_true(value(v)) : fallback;
}

const char *ch_json_key(const struct ch_json *o, size_t i,
                        const struct ch_json **member)
{
    const char *key;
    json_t *v;

    json_object_foreach((json_t *)(uintptr_t)o, key, v) {
        if (i-- == 0) {
            *member = wrap(v);
            return key;
        }
    }
    return NULL;
}

int ch_json_next(const struct ch_json *o, void **place, const char **name,
                 const struct ch_json **member)
{
    json_t *object = (json_t *)(uintptr_t)o;

    *place = *place ? json_object_iter_next(object, *place)
                    : json_object_iter(object);
    if (!*place)
        return 0;
    *name = json_object_iter_key(*place);
    *member = wrap(json_object_iter_value(*place));
    return 1;
}

int ch_json_need_int(const struct ch_json *o, const char *name, int64_t low,
                     int64_t high, int64_t *out, const char *path,
                     struct ch_err *e)
{
    const json_t *v = json_object_get(value(o), name);
    int64_t found;

    if (!json_is_integer(v))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "\"%s\" is missing or not a whole number", name);
    found = json_integer_value(v);
    if (found < low || found > high)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "\"%s\" is %lld, expected %lld to %lld", name,
                          (long long)found, (long long)low, (long long)high);
    *out = found;
    return 0;
}

int ch_json_need_text(const struct ch_json *o, const char *name,
                      const char **out, const char *path, struct ch_err *e)
{
    const json_t *v = json_object_get(value(o), name);

    if (!json_is_string(v))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "\"%s\" is missing or not text", name);
    *out = json_string_value(v);
    return 0;
}

/* ------------------------------------------------------------- writing */

void ch_json_writer_init(struct ch_json_writer *w, struct ch_buffer *out)
{
    memset(w, 0, sizeof *w);
    w->out = out;
}

static void put_escaped(struct ch_buffer *out, const char *text, size_t n)
{
    size_t good = ch_text_check(text, n);   /* UTF-8 up to here */

    ch_buffer_put(out, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (i == good) {
            good = i + 1 + ch_text_check(text + i + 1, n - i - 1);
            ch_buffer_put(out, "\xef\xbf\xbd", 3);
        } else if (c == '"' || c == '\\')
            ch_buffer_format(out, "\\%c", c);
        else if (c == '\n')
            ch_buffer_put(out, "\\n", 2);
        else if (c < 0x20 || c == 0x7f)
            ch_buffer_format(out, "\\u%04x", c);
        else
            ch_buffer_put(out, text + i, 1);
    }
    ch_buffer_put(out, "\"", 1);
}

/* The comma and the name that stand before a value. */
static void lead(struct ch_json_writer *w, const char *name)
{
    if (w->has_comma[w->depth])
        ch_buffer_put(w->out, ",", 1);
    w->has_comma[w->depth] = true;
    if (name) {
        put_escaped(w->out, name, strlen(name));
        ch_buffer_put(w->out, ":", 1);
    }
}

void ch_json_begin(struct ch_json_writer *w, const char *name, char bracket)
{
    assert(w->depth + 1 < (int)sizeof w->close);
    lead(w, name);
    ch_buffer_put(w->out, &bracket, 1);
    w->depth++;
    w->has_comma[w->depth] = false;
    w->close[w->depth] = bracket == '{' ? '}' : ']';
}

void ch_json_end(struct ch_json_writer *w)
{
    assert(w->depth > 0);
    ch_buffer_put(w->out, &w->close[w->depth], 1);
    w->depth--;
}

void ch_json_put_text(struct ch_json_writer *w, const char *name,
                      const char *text, size_t n)
{
    lead(w, name);
    put_escaped(w->out, text, n);
}

void ch_json_put_int(struct ch_json_writer *w, const char *name, int64_t v)
{
    lead(w, name);
    ch_buffer_format(w->out, "%lld", (long long)v);
}

void ch_json_put_real(struct ch_json_writer *w, const char *name, double v)
{
    lead(w, name);
    if (isfinite(v))
        ch_buffer_format(w->out, "%.17g", v);
    else
        ch_buffer_text(w->out, "null");
}

void ch_json_put_bool(struct ch_json_writer *w, const char *name, bool v)
{
    lead(w, name);
    ch_buffer_text(w->out, v ? "true" : "false");
}
