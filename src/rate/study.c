/* study.c - a study: what is rated, by whom, and all that was said */
#include "rate/study.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define FILE_NAME "study.sqlite"
#define UNFINISHED ".tmp"

/* Captions without a system are those of checks, shown with another photo.
 * A task's second caption is that of a pair.  Marks are what holds now; events
 * are every click there was, never changed. */
static const char schema[] =
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE system(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " is_human INTEGER NOT NULL);"
    "CREATE TABLE photo(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE reference(id INTEGER PRIMARY KEY,"
    " photo INTEGER NOT NULL REFERENCES photo, text TEXT NOT NULL);"
    "CREATE INDEX reference_photo ON reference(photo);"
    "CREATE TABLE caption(id INTEGER PRIMARY KEY,"
    " photo INTEGER NOT NULL REFERENCES photo,"
    " system INTEGER NOT NULL REFERENCES system, text TEXT NOT NULL,"
    " UNIQUE(photo, system));"
    "CREATE TABLE rater(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " token TEXT NOT NULL UNIQUE, has_started INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE task(id INTEGER PRIMARY KEY,"
    " rater INTEGER NOT NULL REFERENCES rater, place INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, photo INTEGER NOT NULL REFERENCES photo,"
    " first INTEGER NOT NULL REFERENCES caption,"
    " second INTEGER REFERENCES caption, state INTEGER NOT NULL DEFAULT 0,"
    " finished INTEGER, UNIQUE(rater, place));"
    "CREATE INDEX task_state ON task(rater, state, place);"
    "CREATE TABLE mark(task INTEGER NOT NULL REFERENCES task,"
    " scale INTEGER NOT NULL, value INTEGER NOT NULL,"
    " PRIMARY KEY(task, scale)) WITHOUT ROWID;"
    "CREATE TABLE event(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " task INTEGER NOT NULL REFERENCES task, what TEXT NOT NULL,"
    " scale INTEGER, value INTEGER, at_ms INTEGER NOT NULL);"
    "CREATE INDEX event_task ON event(task);";

size_t ch_study_questions(enum ch_rate_mode mode)
{
    return mode == CH_RATE_PAIRS ? 1 : CH_STUDY_SCALE_COUNT;
}

uint32_t ch_study_values(enum ch_rate_mode mode)
{
    return mode == CH_RATE_PAIRS ? 3 : 5;
}

const char *ch_study_question_name(enum ch_rate_mode mode, size_t question)
{
    static const char *const name[] = {
#define SCALE_NAME(name, ...) #name,
        CH_STUDY_SCALES(SCALE_NAME)
#undef SCALE_NAME
    };

    return mode == CH_RATE_PAIRS ? CH_STUDY_PAIR_NAME : name[question];
}

/* ------------------------------------------------------------- settings */

static int put(struct ch_study *s, const char *name, const char *value,
               struct ch_err *e)
{
    return ch_sql_run(s->sql, e, "INSERT INTO setting VALUES(?, ?)", "tt",
                      name, value);
}

static int put_number(struct ch_study *s, const char *name, double value,
                      struct ch_err *e)
{
    char text[40];

    snprintf(text, sizeof text, "%.17g", value);
    return put(s, name, text, e);
}

static int put_settings(struct ch_study *s, struct ch_err *e)
{
    char seed[24];
    int rc = put(s, "format", "chorus-study-1", e);

    snprintf(seed, sizeof seed, "%llu", (unsigned long long)s->seed);
    if (!rc) rc = put(s, "mode", ch_rate_mode_name[s->mode], e);
    if (!rc) rc = put(s, "seed", seed, e);
    if (!rc) rc = put(s, "title", s->title, e);
    if (!rc) rc = put(s, "images", s->images, e);
    if (!rc) rc = put_number(s, "tasks", s->tasks, e);
    if (!rc) rc = put_number(s, "checks", s->checks, e);
    if (!rc) rc = put_number(s, "repeats", s->repeats, e);
    return rc;
}

static int take(struct ch_study *s, const char *name, const char *value,
                struct ch_err *e)
{
    if (!strcmp(name, "format") && strcmp(value, "chorus-study-1"))
        return ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                          "expected chorus-study-1, found %.40s", value);
    if (!strcmp(name, "mode"))
        s->mode = strcmp(value, ch_rate_mode_name[CH_RATE_PAIRS])
                  ? CH_RATE_SCALES : CH_RATE_PAIRS;
    else if (!strcmp(name, "seed"))
        s->seed = strtoull(value, NULL, 10);
    else if (!strcmp(name, "title"))
        snprintf(s->title, sizeof s->title, "%s", value);
    else if (!strcmp(name, "images"))
        snprintf(s->images, sizeof s->images, "%s", value);
    else if (!strcmp(name, "tasks"))
        s->tasks = (uint32_t)strtoul(value, NULL, 10);
    else if (!strcmp(name, "checks"))
        s->checks = strtod(value, NULL);
    else if (!strcmp(name, "repeats"))
        s->repeats = strtod(value, NULL);
    return 0;
}

static int read_settings(struct ch_study *s, struct ch_err *e)
{
    struct ch_sql_rows *r = NULL;
    int rc = ch_sql_query(&r, s->sql, e, "SELECT name, value FROM setting",
                          "");
    int rows = 0, more = 0;

    while (!rc && (more = ch_sql_next(r, e)) > 0) {
        rc = take(s, ch_sql_text(r, 0), ch_sql_text(r, 1), e);
        rows++;
    }
    ch_sql_rows_close(r);
    if (!rc && more < 0)
        rc = more;
    if (!rc && !rows)
        rc = ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                        "expected a study, found no settings");
    return rc;
}

/* ----------------------------------------------------- create and open */

int ch_study_create(struct ch_study *s, const char *folder, struct ch_err *e)
{
    int rc = 0;

    s->sql = NULL;
    s->path[0] = '\0';
    /* Where there is something else, one more file would hide in it. */
    if (rmdir(folder) && errno != ENOENT)
        return ch_fail_errno(e, folder, "expected a new or empty folder for "
                             "the study");
    rc = ch_file_folder(folder, e);
    if (!rc)
        rc = ch_file_join(s->path, sizeof s->path, folder,
                          FILE_NAME UNFINISHED, e);
    if (!rc) rc = ch_sql_create(&s->sql, s->path, "a study", e);
    if (!rc) rc = ch_sql_script(s->sql, schema, e);
    if (!rc) rc = ch_sql_begin(s->sql, e);
    if (!rc) rc = put_settings(s, e);
    return rc ? ch_study_finish(s, rc, e) : 0;
}

int ch_study_finish(struct ch_study *s, int rc, struct ch_err *e)
{
    char path[sizeof s->path];
    size_t n = strlen(s->path);
    char *slash;

    if (s->sql)
        rc = ch_sql_end(s->sql, rc, e);
    ch_sql_close(s->sql);
    s->sql = NULL;
    if (n <= strlen(UNFINISHED))
        return rc;
    memcpy(path, s->path, n + 1);
    path[n - strlen(UNFINISHED)] = '\0';
    if (!rc && rename(s->path, path))
        rc = ch_fail_errno(e, path, "cannot rename to it");
    if (!rc) rc = ch_file_sync_folder(path, e);
    if (rc) {
        unlink(s->path);
        slash = strrchr(path, '/');
        if (slash)
            *slash = '\0';
        rmdir(path);
    }
    return rc;
}

int ch_study_open(struct ch_study *s, const char *folder, struct ch_err *e)
{
    int rc;

    *s = (struct ch_study) { .sql = NULL };
    rc = ch_file_join(s->path, sizeof s->path, folder, FILE_NAME, e);
    if (!rc && !ch_file_exists(s->path))
        rc = ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET,
                        "expected the folder of a study, found no " FILE_NAME
                        " in it; chorus rate new makes one");
    if (!rc) rc = ch_sql_open(&s->sql, s->path, "a study", e);
    /* Readers and the server do not wait for one another. */
    if (!rc) rc = ch_sql_script(s->sql, "PRAGMA journal_mode = WAL;", e);
    if (!rc) rc = read_settings(s, e);
    if (rc)
        ch_study_close(s);
    return rc;
}

void ch_study_close(struct ch_study *s)
{
    ch_sql_close(s->sql);
    s->sql = NULL;
}
