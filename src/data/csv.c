/* csv.c - own photos: a table with commas, as RFC 4180 writes it
 *
 * A field may stand in double quotes; then it may hold commas, line ends and
 * doubled quotes.  The first row names the columns: "image" and "caption" are
 * needed, "split" is read when splits are given by the file, others are not
 * looked at.
 */
#include "data/source.h"

#include "base/text.h"

#include <string.h>

#define FIELDS 256

struct table {
    struct ch_bytes in;
    const char *path;
    size_t line, row_line;     /* being read; where the row began */
    struct ch_buffer text;     /* of the row's fields, a NUL behind each */
    size_t start[FIELDS + 1], count;
    size_t image, caption, split;      /* columns; FIELDS: none */
};

static int bad_row(const struct table *t, const char *why, struct ch_err *e)
{
    return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET, "line %zu: %s",
                      t->row_line, why);
}

static int peek(const struct table *t)
{
    return t->in.used < t->in.size ? t->in.at[t->in.used] : -1;
}

/* LF or CR LF, or the end. */
static int at_row_end(const struct table *t)
{
    int c = peek(t);

    return c < 0 || c == '\n' ||
           (c == '\r' && t->in.used + 1 < t->in.size &&
            t->in.at[t->in.used + 1] == '\n');
}

static void put(struct table *t, int c)
{
    const char byte = (char)c;

    ch_buffer_put(&t->text, &byte, 1);
}

static int read_quoted(struct table *t, struct ch_err *e)
{
    t->in.used++;
    for (;;) {
        int c = peek(t);

        if (c < 0)
            return bad_row(t, "a quote is not closed", e);
        t->in.used++;
        if (c == '"' && peek(t) != '"')
            break;
        if (c == '"')
            t->in.used++;
        t->line += c == '\n';
        put(t, c);
    }
    if (peek(t) != ',' && !at_row_end(t))
        return bad_row(t, "expected a comma behind a closing quote", e);
    return 0;
}

static int read_plain(struct table *t, struct ch_err *e)
{
    for (int c; (c = peek(t)) != ',' && !at_row_end(t); t->in.used++) {
        if (c == '"')
            return bad_row(t, "a quote inside a field that does not begin "
                           "with one", e);
        put(t, c);
    }
    return 0;
}

/* 1 and a row, or 0 at the end. */
static int next_row(struct table *t, struct ch_err *e)
{
    int rc = 0;

    if (peek(t) < 0)
        return 0;
    ch_buffer_reset(&t->text);
    t->row_line = t->line;
    t->count = 0;
    while (!rc) {
        if (t->count == FIELDS)
            return bad_row(t, "more than 256 fields", e);
        t->start[t->count++] = t->text.size;
        rc = peek(t) == '"' ? read_quoted(t, e) : read_plain(t, e);
        put(t, 0);
        if (rc || peek(t) != ',')
            break;
        t->in.used++;
    }
    t->start[t->count] = t->text.size;
    if (!rc && t->text.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold a row of %s", t->path);
    t->in.used += peek(t) == '\r';
    t->in.used += peek(t) == '\n';
    t->line++;
    return rc ? rc : 1;
}

static const char *field(const struct table *t, size_t i, size_t *n)
{
    *n = t->start[i + 1] - t->start[i] - 1;
    return t->text.at + t->start[i];
}

static size_t column(const struct table *t, const char *name)
{
    size_t n;

    for (size_t i = 0; i < t->count; i++)
        if (strcmp(field(t, i, &n), name) == 0)
            return i;
    return FIELDS;
}

static int read_header(struct table *t, const struct ch_split_rule *by,
                       struct ch_err *e)
{
    int rc = next_row(t, e);

    if (rc < 0)
        return rc;
    t->image = rc ? column(t, "image") : FIELDS;
    t->caption = rc ? column(t, "caption") : FIELDS;
    t->split = rc ? column(t, "split") : FIELDS;
    if (t->image == FIELDS || t->caption == FIELDS)
        return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET,
                          "the first row does not name the columns \"image\" "
                          "and \"caption\"");
    if (by->by == CH_SPLIT_GIVEN && t->split == FIELDS)
        return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET,
                          "the first row does not name a column \"split\"; "
                          "split by list or by hash");
    return 0;
}

static int add_row(struct ch_source *s, const struct table *t, size_t columns,
                   const struct ch_split_rule *by, struct ch_err *e)
{
    enum ch_split split = CH_SPLIT_TRAIN;
    size_t image, file_bytes, caption_bytes, n;
    const char *file, *caption;
    int rc;

    if (t->count != columns)
        return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET,
                          "line %zu: %zu fields, expected %zu as in the first "
                          "row", t->row_line, t->count, columns);
    if (ch_text_check(t->text.at, t->text.size) < t->text.size)
        return bad_row(t, "is not UTF-8 text", e);
    file = field(t, t->image, &file_bytes);
    caption = field(t, t->caption, &caption_bytes);
    if (strlen(file) != file_bytes || strlen(caption) != caption_bytes)
        return bad_row(t, "is not UTF-8 text", e);
    if (file_bytes == 0)
        return bad_row(t, "the image has no name", e);
    if (by->by == CH_SPLIT_GIVEN &&
        !ch_split_find(field(t, t->split, &n), &split))
        return bad_row(t, "the split is not train, val or test", e);
    rc = ch_source_place(s, by, file, file_bytes, -1, split, &image, e);
    if (rc == CH_EFORMAT)
        return ch_err_wrap(e, "%s: line %zu", t->path, t->row_line);
    return rc > 0 ? ch_source_caption(s, image, caption, caption_bytes, e)
                  : rc;
}

int ch_source_csv_parse(struct ch_source *s, const char *text, size_t n,
                        const char *path, const struct ch_split_rule *by,
                        struct ch_err *e)
{
    struct table t = { .in = ch_bytes_of(text, n), .path = path, .line = 1 };
    size_t columns, rows = 0;
    int rc;

    /* Spreadsheets put a byte order mark in front. */
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        ch_bytes_run(&t.in, 3);
    rc = read_header(&t, by, e);
    columns = t.count;
    while (!rc && (rc = next_row(&t, e)) > 0) {
        /* An empty line is no row of one empty field. */
        rc = 0;
        if (t.count == 1 && t.text.size == 1)
            continue;
        rows++;
        rc = add_row(s, &t, columns, by, e);
    }
    if (!rc && rows == 0)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "no captions behind the first row");
    ch_buffer_release(&t.text);
    return rc;
}

int ch_source_csv(struct ch_source *s, const char *path,
                  const struct ch_split_rule *by, struct ch_err *e)
{
    return ch_source_text(s, path, by, ch_source_csv_parse, e);
}
