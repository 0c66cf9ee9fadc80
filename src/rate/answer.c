/* answer.c - what a rater does: see a task, mark, finish, skip, undo */
#include "rate/answer.h"

#include <stdio.h>
#include <time.h>

int ch_answer_find(const struct ch_study *s, const char *token,
                   struct ch_answer_rater *out, struct ch_err *e)
{
    struct ch_sql_rows *r;
    int rc = ch_sql_query(&r, s->sql, e, "SELECT id, has_started, "
        "(SELECT count(*) FROM task WHERE rater = rater.id AND state = 1), "
        "(SELECT count(*) FROM task WHERE rater = rater.id AND state = 2), "
        "(SELECT count(*) FROM task WHERE rater = rater.id) "
        "FROM rater WHERE token = ?", "t", token);

    if (rc)
        return rc;
    rc = ch_sql_next(r, e);
    if (rc > 0)
        *out = (struct ch_answer_rater) {
            .id = ch_sql_int(r, 0), .has_started = ch_sql_int(r, 1) != 0,
            .done = ch_sql_int(r, 2), .skipped = ch_sql_int(r, 3),
            .all = ch_sql_int(r, 4),
        };
    ch_sql_rows_close(r);
    return rc;
}

static int read_marks(const struct ch_study *s, struct ch_answer_task *t,
                      struct ch_err *e)
{
    struct ch_sql_rows *r;
    int more = 0;
    int rc = ch_sql_query(&r, s->sql, e, "SELECT scale, value FROM mark "
                          "WHERE task = ?", "i", t->id);

    if (rc)
        return rc;
    while ((more = ch_sql_next(r, e)) > 0) {
        int64_t scale = ch_sql_int(r, 0);

        if (scale >= 0 && scale < CH_STUDY_SCALE_COUNT)
            t->mark[scale] = (uint32_t)ch_sql_int(r, 1);
    }
    ch_sql_rows_close(r);
    return more;
}

int ch_answer_task(const struct ch_study *s, int64_t rater,
                   struct ch_answer_task *out, struct ch_err *e)
{
    struct ch_sql_rows *r;
    int rc = ch_sql_query(&r, s->sql, e, "SELECT task.id, task.photo, a.text, "
        "b.text FROM task JOIN caption a ON a.id = first "
        "LEFT JOIN caption b ON b.id = second "
        "WHERE rater = ? AND state = 0 ORDER BY place LIMIT 1", "i", rater);

    if (rc)
        return rc;
    rc = ch_sql_next(r, e);
    if (rc > 0) {
        out->id = ch_sql_int(r, 0);
        out->photo = ch_sql_int(r, 1);
        ch_buffer_text(&out->first, ch_sql_text(r, 2));
        ch_buffer_text(&out->second, ch_sql_text(r, 3));
        if (out->first.failed || out->second.failed)
            rc = ch_fail(e, CH_ENOMEM, "no memory for a caption");
    }
    ch_sql_rows_close(r);
    if (rc <= 0)
        return rc;
    rc = read_marks(s, out, e);
    return rc ? rc : 1;
}

void ch_answer_release(struct ch_answer_task *t)
{
    ch_buffer_release(&t->first);
    ch_buffer_release(&t->second);
}

int ch_answer_photo(const struct ch_study *s, int64_t rater, int64_t photo,
                    char *out, size_t size, struct ch_err *e)
{
    struct ch_sql_rows *r;
    int rc = ch_sql_query(&r, s->sql, e, "SELECT name FROM photo WHERE id = ? "
        "AND EXISTS(SELECT 1 FROM task WHERE rater = ? AND task.photo = "
        "photo.id)", "ii", photo, rater);

    if (rc)
        return rc;
    rc = ch_sql_next(r, e);
    if (rc > 0 && snprintf(out, size, "%s", ch_sql_text(r, 0)) >= (int)size)
        rc = 0;
    ch_sql_rows_close(r);
    return rc;
}

/* ------------------------------------------------------------------ writing */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The state of a task of this rater: 1, or 0 when it is not theirs. */
static int state_of(const struct ch_study *s, int64_t rater, int64_t task,
                    int64_t *state, struct ch_err *e)
{
    return ch_sql_one(s->sql, state, e, "SELECT state FROM task WHERE id = ? "
                      "AND rater = ?", "ii", task, rater);
}

static int put_mark(const struct ch_study *s, int64_t task, size_t question,
                    uint32_t value, struct ch_err *e)
{
    int rc = ch_sql_run(s->sql, e, "INSERT INTO mark VALUES(?, ?, ?) ON "
                        "CONFLICT(task, scale) DO UPDATE SET value = "
                        "excluded.value", "iii", task, (int64_t)question,
                        (int64_t)value);

    return rc ? rc
              : ch_sql_run(s->sql, e, "INSERT INTO event(task, what, scale, "
                           "value, at_ms) VALUES(?, 'mark', ?, ?, ?)", "iiii",
                           task, (int64_t)question, (int64_t)value, now_ms());
}

static int put_event(const struct ch_study *s, int64_t task, const char *what,
                     struct ch_err *e)
{
    return ch_sql_run(s->sql, e, "INSERT INTO event(task, what, at_ms) "
                      "VALUES(?, ?, ?)", "iti", task, what, now_ms());
}

/* With the event's number as the place among all that was finished. */
static int close_task(const struct ch_study *s, int64_t task,
                      enum ch_study_state state, struct ch_err *e)
{
    int rc = put_event(s, task, state == CH_STUDY_DONE ? "done" : "skip", e);

    return rc ? rc
              : ch_sql_run(s->sql, e, "UPDATE task SET state = ?, finished = ? "
                           "WHERE id = ?", "iii", (int64_t)state,
                           ch_sql_last(s->sql), task);
}

/* Commits what was done (1) or was nothing to do (0), or takes it back. */
static int end(const struct ch_study *s, int rc, struct ch_err *e)
{
    int ended = ch_sql_end(s->sql, rc < 0 ? rc : 0, e);

    return ended ? ended : rc;
}

static bool is_value(const struct ch_study *s, uint32_t value)
{
    return value >= 1 && value <= ch_study_values(s->mode);
}

int ch_answer_start(const struct ch_study *s, int64_t rater, struct ch_err *e)
{
    int rc = ch_sql_run(s->sql, e, "UPDATE rater SET has_started = 1 WHERE "
                        "id = ?", "i", rater);

    return rc ? rc : ch_sql_changes(s->sql) > 0;
}

int ch_answer_mark(const struct ch_study *s, int64_t rater, int64_t task,
                   uint32_t question, uint32_t value, struct ch_err *e)
{
    int64_t state;
    int rc;

    if (question >= ch_study_questions(s->mode) || !is_value(s, value))
        return 0;
    rc = ch_sql_begin(s->sql, e);
    if (rc)
        return rc;
    rc = state_of(s, rater, task, &state, e);
    if (rc > 0 && state != CH_STUDY_OPEN)
        rc = 0;
    if (rc > 0) {
        rc = put_mark(s, task, question, value, e);
        rc = rc ? rc : 1;
    }
    return end(s, rc, e);
}

int ch_answer_done(const struct ch_study *s, int64_t rater, int64_t task,
                   const uint32_t *mark, struct ch_err *e)
{
    size_t questions = ch_study_questions(s->mode);
    int64_t state;
    int rc;

    for (size_t q = 0; q < questions; q++)
        if (!is_value(s, mark[q]))
            return 0;
    rc = ch_sql_begin(s->sql, e);
    if (rc)
        return rc;
    rc = state_of(s, rater, task, &state, e);
    if (rc > 0) {
        rc = 0;
        for (size_t q = 0; q < questions && !rc; q++)
            rc = put_mark(s, task, q, mark[q], e);
        if (!rc)
            rc = close_task(s, task, CH_STUDY_DONE, e);
        rc = rc ? rc : 1;
    }
    return end(s, rc, e);
}

int ch_answer_skip(const struct ch_study *s, int64_t rater, int64_t task,
                   struct ch_err *e)
{
    int64_t state;
    int rc = ch_sql_begin(s->sql, e);

    if (rc)
        return rc;
    rc = state_of(s, rater, task, &state, e);
    if (rc > 0 && state != CH_STUDY_OPEN)
        rc = 0;
    if (rc > 0) {
        rc = close_task(s, task, CH_STUDY_SKIPPED, e);
        rc = rc ? rc : 1;
    }
    return end(s, rc, e);
}

int ch_answer_undo(const struct ch_study *s, int64_t rater, struct ch_err *e)
{
    int64_t task;
    int rc = ch_sql_begin(s->sql, e);

    if (rc)
        return rc;
    rc = ch_sql_one(s->sql, &task, e, "SELECT id FROM task WHERE rater = ? AND "
                    "finished NOT NULL ORDER BY finished DESC LIMIT 1", "i",
                    rater);
    if (rc > 0) {
        rc = put_event(s, task, "undo", e);
        if (!rc)
            rc = ch_sql_run(s->sql, e, "UPDATE task SET state = 0, finished = "
                            "NULL WHERE id = ?", "i", task);
        rc = rc ? rc : 1;
    }
    return end(s, rc, e);
}

int ch_answer_again(const struct ch_study *s, int64_t rater, struct ch_err *e)
{
    int rc = ch_sql_begin(s->sql, e);

    if (rc)
        return rc;
    rc = ch_sql_run(s->sql, e, "INSERT INTO event(task, what, at_ms) SELECT "
                    "id, 'again', ? FROM task WHERE rater = ? AND state = 2",
                    "ii", now_ms(), rater);
    if (!rc)
        rc = ch_sql_run(s->sql, e, "UPDATE task SET state = 0, finished = NULL "
                        "WHERE rater = ? AND state = 2", "i", rater);
    return end(s, rc ? rc : ch_sql_changes(s->sql) > 0, e);
}
