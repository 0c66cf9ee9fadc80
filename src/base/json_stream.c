/* json_stream.c - a JSON document of any size, value by value
 *
 * This file knows brackets, commas and where a value ends; what a value is,
 * jansson decides.  A value that does not end is handed to it as well: it
 * says so better.
 */
#include "base/json_stream.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK ((size_t)1 << 16)
#define END (-1)

/* Where in the document the next byte stands. */
enum place { BEFORE, IN_OBJECT, IN_ARRAY, AFTER };

struct ch_json_stream {
    FILE *file;                /* NULL: at is the whole document */
    char *block;               /* [BLOCK] of the file */
    const char *at;
    size_t size, used;
    bool failed;               /* the file could not be read on */
    uint64_t offset;           /* of the next byte in the document */
    size_t line;               /* of the next byte, from 1 */
    char path[4096];
    enum place place;
    bool is_object;            /* the document is */
    bool is_first;             /* nothing stands before it in its bracket */
    size_t number;
    struct ch_table *seen;     /* members */
    struct ch_json *name, *value;
    struct ch_buffer text;     /* of one value */
};

static int open_stream(struct ch_json_stream **out, const char *path,
                       struct ch_err *e)
{
    struct ch_json_stream *s = calloc(1, sizeof *s);
    int rc;

    *out = NULL;
    if (!s)
        return ch_fail(e, CH_ENOMEM, "cannot hold a JSON reader");
    snprintf(s->path, sizeof s->path, "%s", path);
    s->line = 1;
    rc = ch_table_open(&s->seen, e);
    if (rc)
        ch_json_stream_close(s);
    else
        *out = s;
    return rc;
}

int ch_json_stream_open(struct ch_json_stream **out, const char *path,
                        struct ch_err *e)
{
    int rc = open_stream(out, path, e);

    if (rc)
        return rc;
    (*out)->file = fopen(path, "rb");
    (*out)->block = malloc(BLOCK);
    if (!(*out)->file)
        rc = ch_fail_errno(e, path, "cannot open");
    else if (!(*out)->block)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold a JSON reader");
    if (rc) {
        ch_json_stream_close(*out);
        *out = NULL;
    }
    return rc;
}

int ch_json_stream_of(struct ch_json_stream **out, const void *bytes, size_t n,
                      const char *path, struct ch_err *e)
{
    int rc = open_stream(out, path, e);

    if (!rc) {
        (*out)->at = bytes;
        (*out)->size = n;
    }
    return rc;
}

void ch_json_stream_close(struct ch_json_stream *s)
{
    if (!s)
        return;
    if (s->file)
        fclose(s->file);
    ch_json_close(s->name);
    ch_json_close(s->value);
    ch_table_close(s->seen);
    ch_buffer_release(&s->text);
    free(s->block);
    free(s);
}

int ch_json_stream_rewind(struct ch_json_stream *s, struct ch_err *e)
{
    ch_table_close(s->seen);
    s->seen = NULL;
    if (s->file) {
        if (fseeko(s->file, 0, SEEK_SET) != 0)
            return ch_fail_errno(e, s->path, "cannot read a second time");
        s->size = 0;
    }
    s->used = 0;
    s->offset = 0;
    s->line = 1;
    s->place = BEFORE;
    return ch_table_open(&s->seen, e);
}

const char *ch_json_stream_path(const struct ch_json_stream *s)
{
    return s->path;
}

/* ---------------------------------------------------------------- bytes */

static int peek(struct ch_json_stream *s)
{
    if (s->used == s->size && s->file && !s->failed) {
        s->at = s->block;
        s->used = 0;
        s->size = fread(s->block, 1, BLOCK, s->file);
        s->failed = s->size == 0 && ferror(s->file);
    }
    return s->used < s->size ? (unsigned char)s->at[s->used] : END;
}

static void step(struct ch_json_stream *s)
{
    s->line += s->at[s->used] == '\n';
    s->used++;
    s->offset++;
}

static int skip_blanks(struct ch_json_stream *s)
{
    int c;

    while ((c = peek(s)) == ' ' || c == '\t' || c == '\n' || c == '\r')
        step(s);
    return c;
}

/* A byte order mark, which some put in front of UTF-8. */
static void skip_mark(struct ch_json_stream *s)
{
    struct ch_bytes b;

    (void)peek(s);
    b = ch_bytes_of(s->at, s->size);
    ch_bytes_skip_mark(&b);
    s->used = b.used;
    s->offset = b.used;
}

/* The next byte is not what it should be. */
static int unexpected(struct ch_json_stream *s, const char *wanted,
                      struct ch_err *e)
{
    int c = peek(s);

    if (s->failed)
        return ch_fail_errno(e, s->path, "cannot read");
    if (c == END)
        return ch_fail_at(e, CH_EFORMAT, s->path, s->offset,
                          "not JSON: line %zu: the file ends, expected %s",
                          s->line, wanted);
    return ch_fail_at(e, CH_EFORMAT, s->path, s->offset,
                      c > 0x20 && c < 0x7f
                          ? "not JSON: line %zu: found '%c', expected %s"
                          : "not JSON: line %zu: found byte %#x, expected %s",
                      s->line, c, wanted);
}

/* How far a value was read: as far as brackets and quotes tell. */
struct extent {
    size_t depth;
    bool in_text, is_escaped, is_whole;
};

static bool is_behind(char c)
{
    return c == ',' || c == '}' || c == ']' || c == ':' || c == ' ' ||
           c == '\t' || c == '\r' || c == '\n';
}

/* How many of n bytes belong to the value, and the line ends in them. */
static size_t extend(struct extent *x, const char *at, size_t n, size_t *lines)
{
    for (size_t i = 0; i < n; i++) {
        const char c = at[i];

        *lines += c == '\n';
        if (x->in_text) {
            x->in_text = x->is_escaped || c != '"';
            x->is_escaped = !x->is_escaped && c == '\\';
        } else if (x->depth == 0 && is_behind(c)) {
            *lines -= c == '\n';
            x->is_whole = true;
            return i;
        } else if (c == '"') {
            x->in_text = true;
        } else if (c == '{' || c == '[') {
            x->depth++;
        } else if (c == '}' || c == ']') {
            x->depth--;
        }
        x->is_whole = !x->in_text && x->depth == 0 &&
                      (c == '"' || c == '}' || c == ']');
        if (x->is_whole)
            return i + 1;
    }
    return n;
}

/* The bytes of one value, a block at a time. */
static void take_value(struct ch_json_stream *s)
{
    struct extent x = { 0 };

    ch_buffer_reset(&s->text);
    while (!x.is_whole && peek(s) != END &&
           s->text.size < CH_JSON_STREAM_LIMIT) {
        size_t room = CH_JSON_STREAM_LIMIT - s->text.size;
        size_t n = s->size - s->used < room ? s->size - s->used : room;

        n = extend(&x, s->at + s->used, n, &s->line);
        ch_buffer_put(&s->text, s->at + s->used, n);
        s->used += n;
        s->offset += n;
    }
}

static int read_value(struct ch_json_stream *s, struct ch_json **out,
                      struct ch_err *e)
{
    uint64_t offset = s->offset;
    size_t line = s->line;

    ch_json_close(*out);
    *out = NULL;
    take_value(s);
    if (s->failed || s->text.size == 0)
        return unexpected(s, "a value", e);
    if (s->text.failed)
        return ch_fail(e, CH_ENOMEM, "%s: cannot hold the JSON", s->path);
    if (s->text.size >= CH_JSON_STREAM_LIMIT)
        return ch_fail_at(e, CH_EFORMAT, s->path, offset,
                          "a value of more than %zu bytes, or one that does "
                          "not end", CH_JSON_STREAM_LIMIT - 1);
    return ch_json_parse_at(out, s->text.at, s->text.size, s->path,
                            offset, line, e);
}

/* ----------------------------------------------------------------- walk */

/* A comma, or the closing bracket: 1, or 0 and behind it. */
static int go_on(struct ch_json_stream *s, char close, struct ch_err *e)
{
    bool is_first = s->is_first;
    int c = skip_blanks(s);

    s->is_first = false;
    if (c == close) {
        step(s);
        return 0;
    }
    if (is_first)
        return 1;
    if (c != ',')
        return unexpected(s, close == ']' ? "a comma or ]" : "a comma or }",
                          e);
    step(s);
    skip_blanks(s);
    return 1;
}

static int begin(struct ch_json_stream *s, struct ch_json_item *item,
                 struct ch_err *e)
{
    int c;

    skip_mark(s);
    c = skip_blanks(s);
    if (c != '{' && c != '[')
        return unexpected(s, "{ or [", e);
    step(s);
    s->is_object = c == '{';
    s->is_first = true;
    s->place = s->is_object ? IN_OBJECT : IN_ARRAY;
    s->number = 0;
    *item = (struct ch_json_item){ .member = "" };
    return !s->is_object;
}

static int read_name(struct ch_json_stream *s, struct ch_err *e)
{
    const char *name;
    int added, rc;

    if (peek(s) != '"')
        return unexpected(s, "a name in quotes", e);
    rc = read_value(s, &s->name, e);
    if (rc)
        return rc;
    name = ch_json_text(s->name, "");
    if (!ch_table_add(s->seen, name, strlen(name), 0, &added))
        return ch_fail(e, CH_ENOMEM, "%s: cannot hold the JSON", s->path);
    if (!added)
        return ch_fail_at(e, CH_EFORMAT, s->path, s->offset, "not JSON: line "
                          "%zu: \"%s\" stands twice", s->line, name);
    if (skip_blanks(s) != ':')
        return unexpected(s, "a colon", e);
    step(s);
    skip_blanks(s);
    return 0;
}

/* The next member: 1, or 0 at the end of the object. */
static int next_member(struct ch_json_stream *s, struct ch_json_item *item,
                       struct ch_err *e)
{
    int rc = go_on(s, '}', e);

    if (rc == 0)
        s->place = AFTER;
    if (rc <= 0)
        return rc;
    rc = read_name(s, e);
    if (rc)
        return rc;
    *item = (struct ch_json_item){ .member = ch_json_text(s->name, "") };
    if (peek(s) == '[') {
        step(s);
        s->place = IN_ARRAY;
        s->is_first = true;
        s->number = 0;
        return 1;
    }
    rc = read_value(s, &s->value, e);
    item->value = s->value;
    return rc ? rc : 1;
}

/* The next element: 1, or 0 at the end of the array. */
static int next_element(struct ch_json_stream *s, struct ch_json_item *item,
                        struct ch_err *e)
{
    int rc = go_on(s, ']', e);

    if (rc == 0)
        s->place = s->is_object ? IN_OBJECT : AFTER;
    if (rc <= 0)
        return rc;
    rc = read_value(s, &s->value, e);
    if (rc)
        return rc;
    *item = (struct ch_json_item){
        .member = s->is_object ? ch_json_text(s->name, "") : "",
        .number = ++s->number, .value = s->value
    };
    return 1;
}

int ch_json_stream_next(struct ch_json_stream *s, struct ch_json_item *item,
                        struct ch_err *e)
{
    int rc = 0;

    while (rc == 0 && s->place != AFTER) {
        if (s->place == BEFORE)
            rc = begin(s, item, e);
        else if (s->place == IN_OBJECT)
            rc = next_member(s, item, e);
        else
            rc = next_element(s, item, e);
    }
    if (rc)
        return rc;
    if (skip_blanks(s) != END)
        return unexpected(s, "the end of the file", e);
    return s->failed ? ch_fail_errno(e, s->path, "cannot read") : 0;
}
