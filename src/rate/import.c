/* import.c - ratings of elsewhere come into a study
 *
 * The rows of one task (a rater's marks of one caption) need not stand
 * together: tasks are made when first met and finished at the end, when all
 * their questions must be answered.
 */
#include "rate/rate_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_row.h"
#include "base/file.h"
#include "rate/ticket.h"

#define FILE_LIMIT ((size_t)1 << 30)

enum column {
    RATER, IMAGE, SYSTEM, SCALE, VALUE, NEEDED, KIND = NEEDED, OTHER, FINISHED,
    COLUMNS
};
static const char *const column_name[COLUMNS] = {
    "rater", "image", "system", "scale", "value", "kind", "other", "finished"
};

struct import {
    struct ch_study *study;
    struct ch_csv_rows rows;
    size_t at[COLUMNS], fields;
    int64_t first_task;        /* the first that is made here */
    struct ch_rate_imported *made;
};

static const char *field(const struct import *m, enum column c)
{
    return m->at[c] < CH_CSV_FIELDS
           ? ch_csv_row_field(&m->rows, m->at[c], NULL) : "";
}

static int read_header(struct import *m, struct ch_err *e)
{
    int rc = ch_csv_rows_next(&m->rows, e);

    if (rc < 0)
        return rc;
    m->fields = m->rows.count;
    for (int c = 0; c < COLUMNS; c++) {
        m->at[c] = rc ? ch_csv_row_find(&m->rows, column_name[c])
                      : CH_CSV_FIELDS;
        if (c < NEEDED && m->at[c] == CH_CSV_FIELDS)
            return ch_fail_at(e, CH_EFORMAT, m->rows.path, CH_NO_OFFSET,
                              "the first row does not name a column \"%s\"",
                              column_name[c]);
    }
    return 0;
}

/* The id of what the query finds; CH_EFORMAT with the words when nothing is. */
static int find(struct import *m, const char *query, const char *what,
                const char *name, int64_t *id, struct ch_err *e)
{
    int rc = ch_sql_one(m->study->sql, id, e, query, "t", name);

    if (rc == 0)
        return ch_fail_at(e, CH_EFORMAT, m->rows.path, CH_NO_OFFSET,
                          "line %zu: the study has no %s \"%.100s\"",
                          m->rows.row_line, what, name);
    return rc < 0 ? rc : 0;
}

/* Made when new, with a token that nobody is told. */
static int find_rater(struct import *m, int64_t *id, struct ch_err *e)
{
    const char *name = field(m, RATER);
    char token[CH_TICKET_LENGTH + 1];
    int rc;

    if (!*name)
        return ch_csv_row_bad(&m->rows, "the rater has no name", e);
    rc = ch_sql_one(m->study->sql, id, e, "SELECT id FROM rater WHERE name = ?",
                    "t", name);
    if (rc)
        return rc < 0 ? rc : 0;
    rc = ch_ticket_make(token, e);
    if (!rc)
        rc = ch_sql_run(m->study->sql, e, "INSERT INTO rater(name, token, "
                        "has_started) VALUES(?, ?, 1)", "tt", name, token);
    *id = ch_sql_last(m->study->sql);
    m->made->raters += !rc;
    return rc;
}

static int find_caption(struct import *m, int64_t photo, enum column c,
                        int64_t *id, struct ch_err *e)
{
    int64_t system = 0;
    int rc = find(m, "SELECT id FROM system WHERE name = ?", "system",
                  field(m, c), &system, e);

    if (!rc) {
        rc = ch_sql_one(m->study->sql, id, e, "SELECT id FROM caption WHERE "
                        "photo = ? AND system = ?", "ii", photo, system);
        rc = rc < 0 ? rc : rc ? 0
             : ch_csv_row_bad(&m->rows, "the study has no such caption", e);
    }
    return rc;
}

static int read_question(const struct import *m, int64_t *question,
                         struct ch_err *e)
{
    enum ch_rate_mode mode = m->study->mode;

    for (size_t q = 0; q < ch_study_questions(mode); q++)
        if (!strcmp(field(m, SCALE), ch_study_question_name(mode, q))) {
            *question = (int64_t)q;
            return 0;
        }
    return ch_fail_at(e, CH_EFORMAT, m->rows.path, CH_NO_OFFSET,
                      "line %zu: the study has no scale \"%.40s\"",
                      m->rows.row_line, field(m, SCALE));
}

static int read_value(const struct import *m, int64_t *value, struct ch_err *e)
{
    static const char *const choice[] = { "first", "same", "second" };
    const char *text = field(m, VALUE);

    for (int64_t v = 0; v < 3 && m->study->mode == CH_RATE_PAIRS; v++)
        if (!strcmp(text, choice[v])) {
            *value = v + 1;
            return 0;
        }
    if (m->study->mode == CH_RATE_SCALES && text[0] >= '1' && text[0] <= '5' &&
        !text[1]) {
        *value = text[0] - '0';
        return 0;
    }
    return ch_fail_at(e, CH_EFORMAT, m->rows.path, CH_NO_OFFSET,
                      "line %zu: expected %s, found \"%.40s\"",
                      m->rows.row_line, m->study->mode == CH_RATE_PAIRS
                      ? "first, same or second" : "a value from 1 to 5", text);
}

static int read_time(const struct import *m, int64_t *ms, struct ch_err *e)
{
    const char *text = field(m, FINISHED);
    char *end;
    double seconds;

    *ms = 0;
    if (!*text)
        return 0;
    seconds = strtod(text, &end);
    /* Not after the year 9999. */
    if (*end || !(seconds >= 0 && seconds < 253402300800.0))
        return ch_csv_row_bad(&m->rows, "expected seconds since 1970", e);
    *ms = (int64_t)llround(seconds * 1000);
    return 0;
}

/* The task of the row, made when new; what was there before the import is not
 * changed. */
static int find_task(struct import *m, int64_t kind, int64_t ms, int64_t *task,
                     struct ch_err *e)
{
    struct ch_sql *sql = m->study->sql;
    bool is_pair = m->study->mode == CH_RATE_PAIRS;
    int64_t rater = 0, photo = 0, first = 0, second = 0;
    int rc = find_rater(m, &rater, e);

    if (!rc)
        rc = find(m, "SELECT id FROM photo WHERE name = ?", "image",
                  field(m, IMAGE), &photo, e);
    if (!rc) rc = find_caption(m, photo, SYSTEM, &first, e);
    if (!rc && is_pair) rc = find_caption(m, photo, OTHER, &second, e);
    if (!rc && first == second)
        rc = ch_csv_row_bad(&m->rows, "a system is compared with itself", e);
    if (rc)
        return rc;
    rc = ch_sql_one(sql, task, e, "SELECT id FROM task WHERE rater = ? AND "
                    "kind = ? AND first = ? AND ifnull(second, 0) = ? AND "
                    "id >= ?", "iiiii", rater, kind, first, second,
                    m->first_task);
    if (rc)
        return rc < 0 ? rc : 0;
    rc = ch_sql_run(sql, e, "INSERT INTO task(rater, place, kind, photo, "
                    "first, second) VALUES(?, (SELECT ifnull(max(place), -1) "
                    "+ 1 FROM task WHERE rater = ?), ?, ?, ?, nullif(?, 0))",
                    "iiiiii", rater, rater, kind, photo, first, second);
    *task = ch_sql_last(sql);
    if (!rc)
        rc = ch_sql_run(sql, e, "INSERT INTO event(task, what, at_ms) "
                        "VALUES(?, 'done', ?)", "ii", *task, ms);
    if (!rc)
        rc = ch_sql_run(sql, e, "UPDATE task SET finished = ? WHERE id = ?",
                        "ii", ch_sql_last(sql), *task);
    m->made->tasks += !rc;
    return rc;
}

static int read_row(struct import *m, struct ch_err *e)
{
    int64_t task = 0, question = 0, value = 0, ms = 0, there;
    int rc = ch_csv_row_text(&m->rows, m->fields, e);
    const char *kind;
    bool is_repeat;

    if (rc)
        return rc;
    kind = field(m, KIND);
    is_repeat = !strcmp(kind, "repeat");
    if (!strcmp(kind, "check")) {
        m->made->checks++;
        return 0;
    }
    if (*kind && !is_repeat && strcmp(kind, "usual"))
        return ch_csv_row_bad(&m->rows, "the kind is not usual, check or "
                              "repeat", e);
    rc = read_question(m, &question, e);
    if (!rc) rc = read_value(m, &value, e);
    if (!rc) rc = read_time(m, &ms, e);
    if (!rc)
        rc = find_task(m, is_repeat ? CH_ORDER_REPEAT : CH_ORDER_USUAL, ms,
                       &task, e);
    if (rc)
        return rc;
    rc = ch_sql_one(m->study->sql, &there, e, "SELECT value FROM mark WHERE "
                    "task = ? AND scale = ?", "ii", task, question);
    if (rc > 0)
        return ch_csv_row_bad(&m->rows, "a second value for the same rater, "
                              "caption and scale", e);
    return rc < 0 ? rc
                  : ch_sql_run(m->study->sql, e, "INSERT INTO mark VALUES(?, "
                               "?, ?)", "iii", task, question, value);
}

/* All tasks made are whole, and no rater has judged a caption twice. */
static int finish(struct import *m, struct ch_err *e)
{
    struct ch_sql *sql = m->study->sql;
    int64_t bad;
    int rc = ch_sql_one(sql, &bad, e, "SELECT task.id FROM task LEFT JOIN mark "
                        "ON mark.task = task.id WHERE task.id >= ? GROUP BY "
                        "task.id HAVING count(mark.scale) < ?", "ii",
                        m->first_task,
                        (int64_t)ch_study_questions(m->study->mode));

    if (rc > 0)
        return ch_fail_at(e, CH_EFORMAT, m->rows.path, CH_NO_OFFSET,
                          "a caption is not rated on all %zu scales by one of "
                          "its raters", ch_study_questions(m->study->mode));
    if (rc == 0)
        rc = ch_sql_one(sql, &bad, e, "SELECT a.id FROM task a JOIN task b ON "
            "a.rater = b.rater AND a.id < b.id AND a.kind = b.kind AND "
            "a.kind = 0 AND b.id >= ? AND min(a.first, ifnull(a.second, "
            "a.first)) = min(b.first, ifnull(b.second, b.first)) AND "
            "max(a.first, ifnull(a.second, a.first)) = max(b.first, "
            "ifnull(b.second, b.first)) LIMIT 1", "i", m->first_task);
    if (rc > 0)
        return ch_fail_at(e, CH_EFORMAT, m->rows.path, CH_NO_OFFSET,
                          "a rater of that name has judged one of the "
                          "captions already; rename the raters");
    if (rc == 0)
        rc = ch_sql_run(sql, e, "UPDATE task SET state = 1 WHERE id >= ?",
                        "i", m->first_task);
    return rc;
}

int ch_rate_csv_read(struct ch_study *s, const char *text, size_t n,
                     const char *path, struct ch_rate_imported *made,
                     struct ch_err *e)
{
    struct import m = { .study = s, .made = made };
    int rc;

    *made = (struct ch_rate_imported) { 0 };
    ch_csv_rows_init(&m.rows, text, n, path);
    rc = ch_sql_one(s->sql, &m.first_task, e, "SELECT ifnull(max(id), 0) + 1 "
                    "FROM task", "");
    rc = rc < 0 ? rc : read_header(&m, e);
    while (!rc && (rc = ch_csv_rows_next(&m.rows, e)) > 0)
        rc = read_row(&m, e);
    if (!rc && !made->tasks)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "expected ratings, found none");
    if (!rc) rc = finish(&m, e);
    ch_csv_rows_release(&m.rows);
    return rc;
}

int ch_rate_import(const char *study, const char *path,
                   struct ch_rate_imported *made, struct ch_err *e)
{
    struct ch_study s;
    char *text = NULL;
    size_t n = 0;
    int rc = ch_study_open(&s, study, e);

    if (rc)
        return rc;
    rc = ch_file_read(path, FILE_LIMIT, &text, &n, e);
    if (!rc) rc = ch_sql_begin(s.sql, e);
    if (!rc) {
        rc = ch_rate_csv_read(&s, text, n, path, made, e);
        rc = ch_sql_end(s.sql, rc, e);
    }
    free(text);
    ch_study_close(&s);
    return rc;
}
