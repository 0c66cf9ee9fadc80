/* index.c - photos, their captions, tags and features in one SQLite file */
#include "use/index.h"

#include "base/text.h"
#include "kernel/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char what[] = "an index of chorus tag";

/* "ChTg", which tells our files from other databases. */
#define APPLICATION 1130910823
#define VERSION 1
/* F16 of more than this are no features. */
#define FEATURES_MOST 65536
#define NUMBER(x) #x
#define TEXT(x) NUMBER(x)

static const char schema[] =
    "PRAGMA application_id = " TEXT(APPLICATION) ";"
    "PRAGMA user_version = " TEXT(VERSION) ";"
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE root(path BLOB PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE photo(id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE,"
    " size INTEGER NOT NULL, changed_ns INTEGER NOT NULL,"
    " caption TEXT NOT NULL, tags TEXT NOT NULL);"
    "CREATE VIRTUAL TABLE words USING fts5(caption, content = 'photo',"
    " content_rowid = 'id', tokenize = 'porter unicode61');"
    "CREATE TABLE tag(name TEXT NOT NULL, photo INTEGER NOT NULL,"
    " PRIMARY KEY(name, photo)) WITHOUT ROWID;"
    "CREATE TABLE feature(photo INTEGER PRIMARY KEY, pooled BLOB NOT NULL);";

/* --------------------------------------------------------------- opening */

int ch_index_setting(struct ch_index *x, const char *name,
                     struct ch_buffer *out, struct ch_err *e)
{
    struct ch_sql_rows *r = NULL;
    int rc = ch_sql_query(&r, x->sql, e, "SELECT value FROM setting"
                          " WHERE name = ?", "t", name);

    ch_buffer_reset(out);
    if (!rc) rc = ch_sql_next(r, e);
    if (rc > 0) {
        ch_buffer_text(out, ch_sql_text(r, 0));
        ch_buffer_put(out, "", 1);
        rc = out->failed ? ch_fail(e, CH_ENOMEM, "cannot hold a setting") : 0;
    } else if (!rc) {
        rc = ch_fail_at(e, CH_EFORMAT, x->path, CH_NO_OFFSET,
                        "expected %s, found no %s in it", what, name);
    }
    ch_sql_rows_close(r);
    return rc;
}

static int check_format(struct ch_index *x, struct ch_err *e)
{
    int64_t application = 0, version = 0;
    int rc = ch_sql_one(x->sql, &application, e, "PRAGMA application_id", "");

    if (rc >= 0)
        rc = ch_sql_one(x->sql, &version, e, "PRAGMA user_version", "");
    if (rc < 0)
        return rc;
    if (application != APPLICATION)
        return ch_fail_at(e, CH_EFORMAT, x->path, CH_NO_OFFSET,
                          "expected %s, found another file", what);
    if (version != VERSION)
        return ch_fail_at(e, CH_EFORMAT, x->path, CH_NO_OFFSET,
                          "expected version %d of an index, found %d; make "
                          "another with chorus tag", VERSION, (int)version);
    return 0;
}

static int read_features(struct ch_index *x, struct ch_err *e)
{
    struct ch_buffer value = { 0 };
    int rc = ch_index_setting(x, "features", &value, e);

    if (!rc) {
        x->features = strtoul(value.at, NULL, 10);
        if (x->features < 1 || x->features > FEATURES_MOST)
            rc = ch_fail_at(e, CH_EFORMAT, x->path, CH_NO_OFFSET,
                            "expected 1 to %d features, found %.20s",
                            FEATURES_MOST, value.at);
    }
    ch_buffer_release(&value);
    return rc;
}

static int open_file(struct ch_index *x, struct ch_err *e)
{
    int rc = ch_sql_open(&x->sql, x->path, what, e);

    if (!rc) rc = check_format(x, e);
    return rc ? rc : read_features(x, e);
}

static int begin(struct ch_index *x, const char *path, struct ch_err *e)
{
    *x = (struct ch_index){ .lock = -1 };
    if (snprintf(x->path, sizeof x->path, "%s", path) >= (int)sizeof x->path)
        return ch_fail(e, CH_EUSAGE, "%.40s...: the path is too long", path);
    return 0;
}

int ch_index_open(struct ch_index *x, const char *path, struct ch_err *e)
{
    int rc = begin(x, path, e);

    if (!rc && !ch_file_exists(path))
        rc = ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET, "expected %s, found "
                        "nothing; chorus tag makes one", what);
    if (!rc) rc = open_file(x, e);
    if (rc)
        ch_index_close(x);
    return rc;
}

static int put_setting(struct ch_index *x, const char *name,
                       const char *value, struct ch_err *e)
{
    return ch_sql_run(x->sql, e, "INSERT INTO setting VALUES(?, ?)", "tt",
                      name, value);
}

/* All in one transaction: a file is an index, or still empty. */
static int fill(struct ch_index *x, const struct ch_index_maker *m,
                struct ch_err *e)
{
    char number[24];
    /* Six photos of 1,280 features fill a page; one of 4 KB holds one. */
    int rc = ch_sql_script(x->sql, "PRAGMA page_size = 16384;", e);

    snprintf(number, sizeof number, "%zu", m->features);
    if (!rc) rc = ch_sql_begin(x->sql, e);
    if (rc)
        return rc;
    rc = ch_sql_script(x->sql, schema, e);
    if (!rc) rc = put_setting(x, "model", m->model, e);
    if (!rc) rc = put_setting(x, "hash", m->hash, e);
    if (!rc) rc = put_setting(x, "beam", m->beam, e);
    if (!rc) rc = put_setting(x, "encoder", m->encoder, e);
    if (!rc) rc = put_setting(x, "eyes", m->eyes, e);
    if (!rc) rc = put_setting(x, "features", number, e);
    return ch_sql_end(x->sql, rc, e);
}

/* An empty file, which a run that was killed may have left, too. */
static int create(struct ch_index *x, const struct ch_index_maker *m,
                  struct ch_err *e)
{
    int rc = ch_sql_open(&x->sql, x->path, what, e);

    if (!rc) rc = fill(x, m, e);
    ch_sql_close(x->sql);
    x->sql = NULL;
    if (rc)
        unlink(x->path);
    return rc ? rc : ch_file_sync_folder(x->path, e);
}

/* Held until the handle is closed; SQLite's own locks are of another kind. */
static int lock(struct ch_index *x, bool make, struct ch_err *e)
{
    /* What is on photos may be private. */
    x->lock = open(x->path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0600);
    if (x->lock < 0)
        return ch_fail_errno(e, x->path, "cannot open for writing");
    if (flock(x->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return ch_fail_errno(e, x->path, "cannot lock");
    return ch_fail_at(e, CH_EIO, x->path, CH_NO_OFFSET, "another chorus tag "
                      "writes to it; wait for it or stop it");
}

static int expect(struct ch_index *x, const char *name, const char *value,
                  struct ch_err *e)
{
    struct ch_buffer found = { 0 };
    int rc = ch_index_setting(x, name, &found, e);

    if (!rc && strcmp(found.at, value))
        rc = ch_fail_at(e, CH_EUSAGE, x->path, CH_NO_OFFSET, "was made with "
                        "another %s; its captions and features do not go "
                        "with this one's: choose another --index",
                        strcmp(name, "beam") ? "model" : "--beam");
    ch_buffer_release(&found);
    return rc;
}

int ch_index_open_writer(struct ch_index *x, const char *path,
                         const struct ch_index_maker *maker, struct ch_err *e)
{
    int rc = begin(x, path, e);

    if (!rc && !maker && !ch_file_exists(path))
        rc = ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET, "expected %s, found "
                        "nothing; name photos and a --model to make one",
                        what);
    if (!rc) rc = lock(x, maker, e);
    if (!rc && maker && ch_file_size(path) == 0) rc = create(x, maker, e);
    if (!rc) rc = open_file(x, e);
    if (!rc && maker) rc = expect(x, "hash", maker->hash, e);
    if (!rc && maker) rc = expect(x, "beam", maker->beam, e);
    if (rc)
        ch_index_close(x);
    return rc;
}

void ch_index_close(struct ch_index *x)
{
    ch_sql_rows_close(x->find);
    ch_sql_rows_close(x->names);
    ch_sql_close(x->sql);
    if (x->lock >= 0)
        close(x->lock);
    *x = (struct ch_index){ .lock = -1 };
}

/* ---------------------------------------------------------------- photos */

int ch_index_find(struct ch_index *x, const char *path,
                  const struct ch_file_id *file, int64_t *id,
                  struct ch_err *e)
{
    static const char query[] = "SELECT id, size, changed_ns FROM photo"
                                " WHERE path = ?";
    size_t n = strlen(path);
    int rc;

    rc = x->find ? ch_sql_again(x->find, e, "b", path, n)
                 : ch_sql_query(&x->find, x->sql, e, query, "b", path, n);
    if (!rc) rc = ch_sql_next(x->find, e);
    if (rc <= 0)
        return rc;
    *id = ch_sql_int(x->find, 0);
    rc = ch_sql_int(x->find, 1) == (int64_t)file->size &&
         ch_sql_int(x->find, 2) == file->changed_ns ? 1 : 2;
    /* A statement in the middle of its rows would hold a lock. */
    return ch_sql_again(x->find, e, "") ? CH_EIO : rc;
}

int ch_index_name(struct ch_index *x, int64_t id, const char **path,
                  size_t *n, const char **caption, const char **tags,
                  struct ch_err *e)
{
    static const char query[] = "SELECT path, caption, tags FROM photo"
                                " WHERE id = ?";
    int rc = x->names ? ch_sql_again(x->names, e, "i", id)
                      : ch_sql_query(&x->names, x->sql, e, query, "i", id);

    if (!rc) rc = ch_sql_next(x->names, e);
    if (!rc)
        return ch_fail_at(e, CH_EFORMAT, x->path, CH_NO_OFFSET, "damaged: a "
                          "photo is found that it does not hold");
    if (rc < 0)
        return rc;
    *path = ch_sql_blob(x->names, 0, n);
    *caption = ch_sql_text(x->names, 1);
    *tags = ch_sql_text(x->names, 2);
    return *path ? 0 : ch_fail_at(e, CH_EFORMAT, x->path, CH_NO_OFFSET,
                                  "damaged: a photo without a path");
}

static int change_tags(struct ch_index *x, int64_t id, const char *tags,
                       const char *statement, struct ch_err *e)
{
    const char *tag;
    char name[256];
    size_t n;
    int rc = 0;

    while (!rc && ch_text_word(&tags, &tag, &n)) {
        snprintf(name, sizeof name, "%.*s", (int)n, tag);
        rc = ch_sql_run(x->sql, e, statement, "ti", name, id);
    }
    return rc;
}

static int drop_id(struct ch_index *x, int64_t id, struct ch_err *e)
{
    const char *path, *caption, *tags;
    size_t n;
    int rc = ch_index_name(x, id, &path, &n, &caption, &tags, e);

    /* FTS5 is told the caption that goes. */
    if (!rc)
        rc = ch_sql_run(x->sql, e, "INSERT INTO words(words, rowid, caption)"
                        " VALUES('delete', ?, ?)", "it", id, caption);
    if (!rc)
        rc = change_tags(x, id, tags, "DELETE FROM tag WHERE name = ?"
                         " AND photo = ?", e);
    if (!rc)
        rc = ch_sql_run(x->sql, e, "DELETE FROM feature WHERE photo = ?", "i",
                        id);
    return rc ? rc : ch_sql_run(x->sql, e, "DELETE FROM photo WHERE id = ?",
                                "i", id);
}

int ch_index_drop(struct ch_index *x, const char *path, struct ch_err *e)
{
    struct ch_file_id any = { 0 };
    int64_t id;
    int rc = ch_index_find(x, path, &any, &id, e);

    return rc > 0 ? drop_id(x, id, e) : rc;
}

static int put_feature(struct ch_index *x, int64_t id, const float *feature,
                       struct ch_err *e)
{
    struct ch_buffer bytes = { 0 };
    double length = sqrt(ch_kernel_get()->sum_squares(x->features, feature));
    float scale = length > 0 ? (float)(1 / length) : 0;
    int rc;

    for (size_t f = 0; f < x->features; f++)
        ch_buffer_u16(&bytes, ch_half_to_f16(feature[f] * scale));
    rc = bytes.failed ? ch_fail(e, CH_ENOMEM, "cannot hold features")
                      : ch_sql_run(x->sql, e, "INSERT INTO feature"
                                   " VALUES(?, ?)", "ib", id, bytes.at,
                                   bytes.size);
    ch_buffer_release(&bytes);
    return rc;
}

int ch_index_put(struct ch_index *x, const struct ch_index_photo *p,
                 struct ch_err *e)
{
    int64_t id = 0;
    int rc = ch_index_drop(x, p->path, e);

    if (!rc)
        rc = ch_sql_run(x->sql, e, "INSERT INTO photo(path, size, changed_ns,"
                        " caption, tags) VALUES(?, ?, ?, ?, ?)", "biitt",
                        p->path, strlen(p->path), (int64_t)p->file.size,
                        p->file.changed_ns, p->caption, p->tags);
    if (!rc) {
        id = ch_sql_last(x->sql);
        rc = ch_sql_run(x->sql, e, "INSERT INTO words(rowid, caption)"
                        " VALUES(?, ?)", "it", id, p->caption);
    }
    if (!rc)
        rc = change_tags(x, id, p->tags, "INSERT INTO tag VALUES(?, ?)", e);
    return rc ? rc : put_feature(x, id, p->feature, e);
}

int ch_index_add_root(struct ch_index *x, const char *folder,
                      struct ch_err *e)
{
    return ch_sql_run(x->sql, e, "INSERT OR IGNORE INTO root VALUES(?)", "b",
                      folder, strlen(folder));
}
