/* csv_row.h - rows of a table with commas, as RFC 4180 writes it
 *
 * A field may stand in double quotes; then it may hold commas, line ends and
 * doubled quotes.  Rows end with LF or CR LF; a CR alone is an error.  Bytes
 * are not judged: check text for UTF-8 and zero bytes where it matters
 * (ch_csv_row_text() does).
 */
#ifndef CH_BASE_CSV_ROW_H
#define CH_BASE_CSV_ROW_H

#include "base/bytes.h"

#define CH_CSV_FIELDS 256

struct ch_csv_rows {
    struct ch_bytes in;
    const char *path;          /* for messages, borrowed */
    size_t line, row_line;     /* being read; where the row began, from 1 */
    struct ch_buffer text;     /* of the row's fields, a NUL behind each */
    size_t start[CH_CSV_FIELDS + 1], count;
};

/* A byte order mark in front, which spreadsheets put there, is left out. */
void ch_csv_rows_init(struct ch_csv_rows *t, const char *text, size_t n,
                      const char *path);
/* 1 and the next row, 0 at the end, or CH_EFORMAT; empty lines are no rows. */
int ch_csv_rows_next(struct ch_csv_rows *t, struct ch_err *e);
void ch_csv_rows_release(struct ch_csv_rows *t);

/* The i-th field of the row, with a NUL behind; *n (may be NULL) its bytes. */
const char *ch_csv_row_field(const struct ch_csv_rows *t, size_t i, size_t *n);
/* The field of that text, or CH_CSV_FIELDS: a column of the first row. */
size_t ch_csv_row_find(const struct ch_csv_rows *t, const char *text);
/* 0 when the row has so many fields, and all of it is UTF-8 without zero
 * bytes. */
int ch_csv_row_text(const struct ch_csv_rows *t, size_t fields,
                    struct ch_err *e);
/* CH_EFORMAT "path: line 3: why". */
int ch_csv_row_bad(const struct ch_csv_rows *t, const char *why,
                   struct ch_err *e);

/* Write a field, in quotes where a comma, a quote or a line end asks for
 * them. */
void ch_csv_row_put(struct ch_buffer *out, const char *text);

#endif
