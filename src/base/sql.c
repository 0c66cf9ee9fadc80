/* sql.c - one SQLite file */
#include "base/sql.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Another process writes for a moment only; then its turn is over. */
#define WAIT_MS 10000

struct ch_sql {
    sqlite3 *db;
    const char *what;
    char path[4096];
    struct ch_sql_match *match;     /* that is filled now */
    bool can_match;
};

struct ch_sql_rows {
    const struct ch_sql *sql;
    sqlite3_stmt *statement;
};

static int refused(const struct ch_sql *s, struct ch_err *e)
{
    int code = s->db ? sqlite3_errcode(s->db) : SQLITE_NOMEM;
    const char *why = s->db ? sqlite3_errmsg(s->db) : "out of memory";

    if (code == SQLITE_NOMEM)
        return ch_fail(e, CH_ENOMEM, "%s: no memory for SQLite", s->path);
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        return ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                          "expected %s, found: %s", s->what, why);
    return ch_fail_at(e, CH_EIO, s->path, CH_NO_OFFSET, "%s", why);
}

int ch_sql_open(struct ch_sql **out, const char *path, const char *what,
                struct ch_err *e)
{
    struct ch_sql *s = calloc(1, sizeof *s);
    int rc = 0;

    *out = NULL;
    if (!s)
        return ch_fail(e, CH_ENOMEM, "cannot hold %s", what);
    s->what = what;
    if (snprintf(s->path, sizeof s->path, "%s", path) >= (int)sizeof s->path)
        rc = ch_fail(e, CH_EUSAGE, "%.40s...: the path is too long", path);
    else if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE, NULL) !=
             SQLITE_OK)
        rc = refused(s, e);
    if (!rc) {
        sqlite3_busy_timeout(s->db, WAIT_MS);
        sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        /* FULL: a commit returns when the log is on the disk. */
        rc = ch_sql_script(s, "PRAGMA synchronous = FULL;"
                           "PRAGMA foreign_keys = ON;"
                           "PRAGMA trusted_schema = OFF;", e);
    }
    if (rc)
        ch_sql_close(s);
    else
        *out = s;
    return rc;
}

int ch_sql_create(struct ch_sql **out, const char *path, const char *what,
                  struct ch_err *e)
{
    FILE *file = fopen(path, "wxe");
    int rc = 0;

    *out = NULL;
    /* It may hold what is private: links of raters, what is on photos. */
    if (!file || fchmod(fileno(file), 0600))
        rc = ch_fail_errno(e, path, "cannot make");
    if (file && fclose(file) && !rc)
        rc = ch_fail_errno(e, path, "cannot make");
    return rc ? rc : ch_sql_open(out, path, what, e);
}

void ch_sql_close(struct ch_sql *s)
{
    if (!s)
        return;
    sqlite3_close_v2(s->db);
    free(s);
}

int ch_sql_script(struct ch_sql *s, const char *script, struct ch_err *e)
{
    if (sqlite3_exec(s->db, script, NULL, NULL, NULL) != SQLITE_OK)
        return refused(s, e);
    return 0;
}

static int bind(sqlite3_stmt *statement, const char *types, va_list list)
{
    int rc = SQLITE_OK;

    for (int i = 0; types[i] && rc == SQLITE_OK; i++) {
        const void *bytes;

        if (types[i] == 'i') {
            rc = sqlite3_bind_int64(statement, i + 1, va_arg(list, int64_t));
        } else if (types[i] == 'd') {
            rc = sqlite3_bind_double(statement, i + 1, va_arg(list, double));
        } else if (types[i] == 'b') {
            bytes = va_arg(list, const void *);
            rc = sqlite3_bind_blob64(statement, i + 1, bytes,
                                     va_arg(list, size_t), SQLITE_TRANSIENT);
        } else {
            rc = sqlite3_bind_text(statement, i + 1,
                                   va_arg(list, const char *), -1,
                                   SQLITE_TRANSIENT);
        }
    }
    return rc;
}

static int prepare(struct ch_sql_rows **out, struct ch_sql *s,
                   struct ch_err *e, const char *text, const char *types,
                   va_list list)
{
    struct ch_sql_rows *r = calloc(1, sizeof *r);
    int rc = 0;

    *out = NULL;
    if (!r)
        return ch_fail(e, CH_ENOMEM, "cannot hold a query");
    r->sql = s;
    if (sqlite3_prepare_v2(s->db, text, -1, &r->statement, NULL) !=
        SQLITE_OK || bind(r->statement, types, list) != SQLITE_OK)
        rc = refused(s, e);
    if (rc)
        ch_sql_rows_close(r);
    else
        *out = r;
    return rc;
}

int ch_sql_again(struct ch_sql_rows *r, struct ch_err *e, const char *types,
                 ...)
{
    va_list list;
    int rc;

    /* What the last time failed with was told then. */
    (void)sqlite3_reset(r->statement);
    va_start(list, types);
    rc = bind(r->statement, types, list);
    va_end(list);
    return rc == SQLITE_OK ? 0 : refused(r->sql, e);
}

int ch_sql_query(struct ch_sql_rows **out, struct ch_sql *s, struct ch_err *e,
                 const char *statement, const char *types, ...)
{
    va_list list;
    int rc;

    va_start(list, types);
    rc = prepare(out, s, e, statement, types, list);
    va_end(list);
    return rc;
}

int ch_sql_next(struct ch_sql_rows *r, struct ch_err *e)
{
    int rc = sqlite3_step(r->statement);

    if (rc == SQLITE_ROW)
        return 1;
    return rc == SQLITE_DONE ? 0 : refused(r->sql, e);
}

int64_t ch_sql_int(const struct ch_sql_rows *r, int column)
{
    return sqlite3_column_int64(r->statement, column);
}

double ch_sql_real(const struct ch_sql_rows *r, int column)
{
    return sqlite3_column_double(r->statement, column);
}

const char *ch_sql_text(const struct ch_sql_rows *r, int column)
{
    const char *text = (const char *)sqlite3_column_text(r->statement, column);

    return text ? text : "";
}

const void *ch_sql_blob(const struct ch_sql_rows *r, int column, size_t *n)
{
    const void *bytes = sqlite3_column_blob(r->statement, column);

    *n = (size_t)sqlite3_column_bytes(r->statement, column);
    return bytes;
}

void ch_sql_rows_close(struct ch_sql_rows *r)
{
    if (!r)
        return;
    sqlite3_finalize(r->statement);
    free(r);
}

int ch_sql_run(struct ch_sql *s, struct ch_err *e, const char *statement,
               const char *types, ...)
{
    struct ch_sql_rows *r;
    va_list list;
    int rc;

    va_start(list, types);
    rc = prepare(&r, s, e, statement, types, list);
    va_end(list);
    while (!rc && (rc = ch_sql_next(r, e)) > 0)
        rc = 0;
    ch_sql_rows_close(r);
    return rc;
}

int ch_sql_one(struct ch_sql *s, int64_t *out, struct ch_err *e,
               const char *statement, const char *types, ...)
{
    struct ch_sql_rows *r;
    va_list list;
    int rc;

    va_start(list, types);
    rc = prepare(&r, s, e, statement, types, list);
    va_end(list);
    if (!rc) rc = ch_sql_next(r, e);
    if (rc > 0)
        *out = ch_sql_int(r, 0);
    ch_sql_rows_close(r);
    return rc;
}

/* ------------------------------------------------------------- full text
 *
 * bm25() looks each row's length up in a table, and visits rows twice.  Here
 * the rows of each phrase are visited once, by a function that FTS5 calls at
 * the first row that matches. */

static int take_hit(const Fts5ExtensionApi *api, Fts5Context *row,
                    void *context)
{
    struct ch_sql_phrase *p = context;
    struct ch_sql_hit *hit;
    Fts5PhraseIter i;
    int column, place, rc;

    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 256;
        struct ch_sql_hit *bigger = realloc(p->hit, room * sizeof *bigger);

        if (!bigger)
            return SQLITE_NOMEM;
        p->hit = bigger;
        p->room = room;
    }
    hit = &p->hit[p->count++];
    *hit = (struct ch_sql_hit){ .row = api->xRowid(row) };
    rc = api->xPhraseFirst(row, 0, &i, &column, &place);
    for (; rc == SQLITE_OK && column >= 0; hit->times++)
        api->xPhraseNext(row, &i, &column, &place);
    return rc;
}

static void gather(const Fts5ExtensionApi *api, Fts5Context *row,
                   sqlite3_context *result, int count, sqlite3_value **value)
{
    struct ch_sql *s = api->xUserData(row);
    struct ch_sql_match *m = s->match;
    int phrases = api->xPhraseCount(row);
    sqlite3_int64 rows = 0, tokens = 0;
    int rc = api->xRowCount(row, &rows);

    (void)count, (void)value;
    if (rc == SQLITE_OK)
        rc = api->xColumnTotalSize(row, -1, &tokens);
    m->rows = rows;
    m->tokens = tokens;
    m->phrase = calloc((size_t)phrases, sizeof *m->phrase);
    if (rc == SQLITE_OK && !m->phrase)
        rc = SQLITE_NOMEM;
    for (int i = 0; i < phrases && rc == SQLITE_OK; i++, m->phrase_count++)
        rc = api->xQueryPhrase(row, i, &m->phrase[i], take_hit);
    if (rc != SQLITE_OK)
        sqlite3_result_error_code(result, rc);
}

/* FTS5 hands out its functions through a pointer that a query carries. */
static int add_gather(struct ch_sql *s, struct ch_err *e)
{
    sqlite3_stmt *statement = NULL;
    fts5_api *api = NULL;
    int rc = sqlite3_prepare_v2(s->db, "SELECT fts5(?)", -1, &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", NULL);
    if (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW && api)
        rc = api->xCreateFunction(api, "ch_gather", s, gather, NULL);
    sqlite3_finalize(statement);
    if (rc == SQLITE_OK && !api)
        return ch_fail_at(e, CH_EIO, s->path, CH_NO_OFFSET,
                          "this SQLite has no FTS5");
    s->can_match = rc == SQLITE_OK;
    return s->can_match ? 0 : refused(s, e);
}

int ch_sql_match(struct ch_sql *s, const char *table, const char *query,
                 struct ch_sql_match *out, struct ch_err *e)
{
    char statement[200];
    int rc = s->can_match ? 0 : add_gather(s, e);

    snprintf(statement, sizeof statement, "SELECT ch_gather(%s) FROM %s"
             " WHERE %s MATCH ? LIMIT 1", table, table, table);
    s->match = out;
    if (!rc) rc = ch_sql_run(s, e, statement, "t", query);
    s->match = NULL;
    return rc;
}

void ch_sql_match_release(struct ch_sql_match *m)
{
    for (size_t i = 0; i < m->phrase_count; i++)
        free(m->phrase[i].hit);
    free(m->phrase);
    *m = (struct ch_sql_match){ 0 };
}

int64_t ch_sql_last(const struct ch_sql *s)
{
    return sqlite3_last_insert_rowid(s->db);
}

int64_t ch_sql_changes(const struct ch_sql *s)
{
    return sqlite3_changes(s->db);
}

int ch_sql_begin(struct ch_sql *s, struct ch_err *e)
{
    return ch_sql_script(s, "BEGIN IMMEDIATE", e);
}

int ch_sql_end(struct ch_sql *s, int rc, struct ch_err *e)
{
    if (!rc)
        rc = ch_sql_script(s, "COMMIT", e);
    /* A rollback after an error that already rolled back fails, rightly. */
    if (rc && !sqlite3_get_autocommit(s->db))
        (void)ch_sql_script(s, "ROLLBACK", NULL);
    return rc;
}
