/* index.h - photos, their captions, tags and features in one SQLite file
 *
 * photo     path (bytes, absolute), size, changed_ns, caption, tags
 * words     the captions again, as FTS5 indexes them (porter, unicode61)
 * tag       name, photo
 * feature   photo, the pooled features of the encoder: length 1, f16
 * setting   what made them: model, hash, beam, encoder, eyes, features
 * root      folders that were asked for
 *
 * A rollback journal, and no log beside the file: an index is one file, which
 * may lie on a disk that is read-only.  Who writes commits in pieces; after a
 * crash all that was committed is there.
 *
 * Life:     open -> ... -> close
 * Threads:  one handle per thread.
 */
#ifndef CH_USE_INDEX_H
#define CH_USE_INDEX_H

#include "base/bytes.h"
#include "base/file.h"
#include "base/sql.h"

/* What made an index.  hash and beam are compared. */
struct ch_index_maker {
    const char *model;        /* absolute */
    const char *hash;         /* of its bytes, hexadecimal */
    const char *beam;
    const char *encoder;      /* JSON (data/encoder.h) */
    const char *eyes;         /* the encoder's file, absolute */
    size_t features;          /* F */
};

struct ch_index {
    struct ch_sql *sql;
    char path[4096];
    int lock;                 /* of a writer, or -1 */
    size_t features;
    struct ch_sql_rows *find; /* statements that are used again and again */
    struct ch_sql_rows *names;
};

/* An index that is there, to look into. */
int ch_index_open(struct ch_index *x, const char *path, struct ch_err *e);
/* One to write to, made when it is not there.  maker: NULL: it must be there.
 * CH_EUSAGE when another process writes to it, or something else made it. */
int ch_index_open_writer(struct ch_index *x, const char *path,
                         const struct ch_index_maker *maker,
                         struct ch_err *e);
void ch_index_close(struct ch_index *x);   /* zeroed with lock -1 is fine */

/* The value of a setting, and a NUL behind it. */
int ch_index_setting(struct ch_index *x, const char *name,
                     struct ch_buffer *out, struct ch_err *e);

/* ------------------------------------------------------------------ photos
 * Writing: between ch_sql_begin(x->sql) and ch_sql_end(). */

struct ch_index_photo {
    const char *path;
    struct ch_file_id file;   /* its size and time */
    const char *caption, *tags;
    const float *feature;     /* [F] as the encoder gave them */
};
/* In the place of what was there. */
int ch_index_put(struct ch_index *x, const struct ch_index_photo *p,
                 struct ch_err *e);
int ch_index_drop(struct ch_index *x, const char *path, struct ch_err *e);
/* The photo at a path: 1 and its id when it has that size and time; 2 when it
 * has others; 0 when there is none. */
int ch_index_find(struct ch_index *x, const char *path,
                  const struct ch_file_id *file, int64_t *id,
                  struct ch_err *e);
int ch_index_add_root(struct ch_index *x, const char *folder,
                      struct ch_err *e);

/* A photo's path and caption; borrowed until the next.  n: of the path. */
int ch_index_name(struct ch_index *x, int64_t id, const char **path,
                  size_t *n, const char **caption, const char **tags,
                  struct ch_err *e);

#endif
