/* sql.h - one SQLite file (the door of SQLite)
 *
 * Values of a statement's ?s are told by letters: i int64_t, d double, t const
 * char * (UTF-8, NULL for none; copied), b const void *, size_t (bytes as they
 * are; copied):
 *     ch_sql_run(s, e, "UPDATE task SET state = ? WHERE id = ?", "ii",
 *                (int64_t)1, id);
 *
 * What was committed is on the disk: each commit is synced.
 *
 * Owner:    texts of a row are borrowed until the next row.
 * Threads:  one handle per thread; several processes may open one file.
 */
#ifndef CH_BASE_SQL_H
#define CH_BASE_SQL_H

#include "chorus/err.h"

struct ch_sql;
/* create: the file must not be there; it is readable by its owner only.
 * what: "a study", for messages; outlives the handle. */
int ch_sql_create(struct ch_sql **out, const char *path, const char *what,
                  struct ch_err *e);
/* A file that may not be written is opened for reading. */
int ch_sql_open(struct ch_sql **out, const char *path, const char *what,
                struct ch_err *e);
void ch_sql_close(struct ch_sql *s);

/* Several statements without values, in a string of their own. */
int ch_sql_script(struct ch_sql *s, const char *script, struct ch_err *e);
int ch_sql_run(struct ch_sql *s, struct ch_err *e, const char *statement,
               const char *types, ...);
/* The id of the row inserted last, and the rows the last statement changed. */
int64_t ch_sql_last(const struct ch_sql *s);
int64_t ch_sql_changes(const struct ch_sql *s);

/* All between is done, or nothing.  Not nested.  end: commits when rc is 0, and
 * takes all back otherwise; gives rc, or the error of the commit. */
int ch_sql_begin(struct ch_sql *s, struct ch_err *e);
int ch_sql_end(struct ch_sql *s, int rc, struct ch_err *e);

struct ch_sql_rows;
int ch_sql_query(struct ch_sql_rows **out, struct ch_sql *s, struct ch_err *e,
                 const char *statement, const char *types, ...);
int ch_sql_next(struct ch_sql_rows *r, struct ch_err *e);  /* 1, 0 at the end */
/* A query again, from its begin and with other values. */
int ch_sql_again(struct ch_sql_rows *r, struct ch_err *e, const char *types,
                 ...);
int64_t ch_sql_int(const struct ch_sql_rows *r, int column);
double ch_sql_real(const struct ch_sql_rows *r, int column);
/* Never NULL. */
const char *ch_sql_text(const struct ch_sql_rows *r, int column);
/* NULL where there are no bytes. */
const void *ch_sql_blob(const struct ch_sql_rows *r, int column, size_t *n);
void ch_sql_rows_close(struct ch_sql_rows *r);

/* What FTS5 knows of the phrases of a query, for who ranks rows himself. */
struct ch_sql_hit {
    int64_t row;              /* rising */
    int64_t times;            /* the phrase is in it */
};
struct ch_sql_phrase {
    struct ch_sql_hit *hit;
    size_t count, room;
};
struct ch_sql_match {
    int64_t rows, tokens;     /* of the table */
    struct ch_sql_phrase *phrase;
    size_t phrase_count;      /* 0 when no row matches the query */
};
/* table: an FTS5 one, by its name.  Zeroed before; release whatever comes. */
int ch_sql_match(struct ch_sql *s, const char *table, const char *query,
                 struct ch_sql_match *out, struct ch_err *e);
void ch_sql_match_release(struct ch_sql_match *m);

/* The first column of the first row: 1, or 0 when there is none. */
int ch_sql_one(struct ch_sql *s, int64_t *out, struct ch_err *e,
               const char *statement, const char *types, ...);

#endif
