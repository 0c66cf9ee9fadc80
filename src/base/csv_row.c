/* csv_row.c - rows of a table with commas */
#include "base/csv_row.h"

#include <string.h>

#include "base/text.h"

int ch_csv_row_bad(const struct ch_csv_rows *t, const char *why,
                   struct ch_err *e)
{
    return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET, "line %zu: %s",
                      t->row_line, why);
}

static int peek(const struct ch_csv_rows *t)
{
    return t->in.used < t->in.size ? t->in.at[t->in.used] : -1;
}

/* LF or CR LF, or the end. */
static int at_row_end(const struct ch_csv_rows *t)
{
    int c = peek(t);

    return c < 0 || c == '\n' ||
           (c == '\r' && t->in.used + 1 < t->in.size &&
            t->in.at[t->in.used + 1] == '\n');
}

static void put(struct ch_csv_rows *t, int c)
{
    const char byte = (char)c;

    ch_buffer_put(&t->text, &byte, 1);
}

static int read_quoted(struct ch_csv_rows *t, struct ch_err *e)
{
    t->in.used++;
    for (;;) {
        int c = peek(t);

        if (c < 0)
            return ch_csv_row_bad(t, "a quote is not closed", e);
        t->in.used++;
        if (c == '"' && peek(t) != '"')
            break;
        if (c == '"')
            t->in.used++;
        t->line += c == '\n';
        put(t, c);
    }
    if (peek(t) != ',' && !at_row_end(t))
        return ch_csv_row_bad(t, "expected a comma behind a closing quote", e);
    return 0;
}

static int read_plain(struct ch_csv_rows *t, struct ch_err *e)
{
    for (int c; (c = peek(t)) != ',' && !at_row_end(t); t->in.used++) {
        if (c == '"')
            return ch_csv_row_bad(t, "a quote inside a field that does not "
                                  "begin with one", e);
        if (c == '\r')
            return ch_csv_row_bad(t, "a carriage return inside a field without "
                                  "quotes; end lines as Unix or Windows do",
                                  e);
        put(t, c);
    }
    return 0;
}

void ch_csv_rows_init(struct ch_csv_rows *t, const char *text, size_t n,
                      const char *path)
{
    *t = (struct ch_csv_rows) { .in = ch_bytes_of(text, n), .path = path,
                                .line = 1 };
    ch_bytes_skip_mark(&t->in);
}

static int read_row(struct ch_csv_rows *t, struct ch_err *e)
{
    int rc = 0;

    if (peek(t) < 0)
        return 0;
    ch_buffer_reset(&t->text);
    t->row_line = t->line;
    t->count = 0;
    while (!rc) {
        if (t->count == CH_CSV_FIELDS)
            return ch_csv_row_bad(t, "more than 256 fields", e);
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

int ch_csv_rows_next(struct ch_csv_rows *t, struct ch_err *e)
{
    int rc;

    /* An empty line is no row of one empty field. */
    do
        rc = read_row(t, e);
    while (rc > 0 && t->count == 1 && t->text.size == 1);
    return rc;
}

void ch_csv_rows_release(struct ch_csv_rows *t)
{
    ch_buffer_release(&t->text);
}

const char *ch_csv_row_field(const struct ch_csv_rows *t, size_t i, size_t *n)
{
    if (n)
        *n = t->start[i + 1] - t->start[i] - 1;
    return t->text.at + t->start[i];
}

size_t ch_csv_row_find(const struct ch_csv_rows *t, const char *text)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(ch_csv_row_field(t, i, NULL), text) == 0)
            return i;
    return CH_CSV_FIELDS;
}

int ch_csv_row_text(const struct ch_csv_rows *t, size_t fields,
                    struct ch_err *e)
{
    if (t->count != fields)
        return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET,
                          "line %zu: %zu fields, expected %zu as in the first "
                          "row", t->row_line, t->count, fields);
    if (ch_text_check(t->text.at, t->text.size) < t->text.size)
        return ch_csv_row_bad(t, "is not UTF-8 text", e);
    for (size_t i = 0; i < t->count; i++) {
        size_t n;

        if (strlen(ch_csv_row_field(t, i, &n)) != n)
            return ch_csv_row_bad(t, "is not UTF-8 text", e);
    }
    return 0;
}

void ch_csv_row_put(struct ch_buffer *out, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        ch_buffer_text(out, text);
        return;
    }
    ch_buffer_text(out, "\"");
    for (; *text; text++) {
        if (*text == '"')
            ch_buffer_text(out, "\"");
        ch_buffer_put(out, text, 1);
    }
    ch_buffer_text(out, "\"");
}
