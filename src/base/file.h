/* file.h - files that are whole or absent
 *
 * ch_file_write() and ch_writer write beside the target, sync, rename and sync
 * the directory: a reader, or a crash, sees the older file or the new one.
 * What is there already must be a plain file.
 */
#ifndef CH_BASE_FILE_H
#define CH_BASE_FILE_H

#include "base/bytes.h"
#include "chorus/err.h"

#include <stdbool.h>
#include <stdio.h>

/* The whole of a file in memory, with a NUL behind the last byte; *out is
 * freed with free().  Larger than `limit` bytes is CH_EFORMAT. */
int ch_file_read(const char *path, size_t limit, char **out, size_t *size,
                 struct ch_err *e);
int ch_file_write(const char *path, const void *bytes, size_t size,
                  struct ch_err *e);

/* The same for a file written bit by bit. */
struct ch_writer {
    FILE *file;
    char path[4096];       /* where it will be */
    char beside[4096];     /* where it is written: path.tmp.PID */
    /* NULL, or called whenever a part of the bytes has come further, to the
     * system and then to the disk: of a slow disk, a sign of life.  Set after
     * open. */
    void (*moved)(void *context);
    void *context;
};
int ch_writer_open(struct ch_writer *w, const char *path, struct ch_err *e);
int ch_writer_put(struct ch_writer *w, const void *bytes, size_t n,
                  struct ch_err *e);
/* Sync and rename; after an error the file beside is removed. */
int ch_writer_finish(struct ch_writer *w, struct ch_err *e);
/* Forget it: removes the file beside.  Fine after finish, or when zeroed. */
void ch_writer_close(struct ch_writer *w);

/* A read-only map of a whole file; an empty file maps to size 0. */
struct ch_map {
    const unsigned char *at;
    size_t size;
};
int ch_map_open(struct ch_map *m, const char *path, struct ch_err *e);
void ch_map_close(struct ch_map *m);

/* Which file is at a path, and whether anybody wrote to it. */
struct ch_file_id {
    uint64_t device, inode, size;
    int64_t changed_ns;            /* since 1970 */
};
int ch_file_identify(struct ch_file_id *id, const char *path,
                     struct ch_err *e);
/* CH_EFORMAT when it is another file by now, or another size or time. */
int ch_file_check_same(const struct ch_file_id *id, const char *path,
                       struct ch_err *e);

bool ch_file_exists(const char *path);
int64_t ch_file_size(const char *path);          /* -1 when there is none */
bool ch_file_is_folder(const char *path);
/* Bytes that may still be written to the disk that `path` lies on. */
int ch_file_free(const char *path, uint64_t *bytes, struct ch_err *e);
/* Make a folder and those above it. */
int ch_file_folder(const char *path, struct ch_err *e);
/* Sync the folder that holds `path`. */
int ch_file_sync_folder(const char *path, struct ch_err *e);
/* dir/name into out; CH_EUSAGE when it does not fit. */
int ch_file_join(char *out, size_t size, const char *dir, const char *name,
                 struct ch_err *e);
/* All plain files under `folder`, recursively, sorted by bytes, whose name
 * ends in one of the endings ("jpg|jpeg", any case; NULL: all).  Links to files
 * count, links to folders are not followed.
 * *out and its strings are freed with ch_file_list_free(). */
int ch_file_list(const char *folder, const char *endings, char ***out,
                 size_t *count, struct ch_err *e);
/* The same, past folders under `folder` that cannot be read, or lie too deep:
 * `bad` is told of each and why; 0, or CH_ENOMEM, which ends the list.  What
 * was found in one before it failed is in the list. */
typedef int (*ch_file_bad_fn)(void *context, const char *folder,
                              const struct ch_err *why, struct ch_err *e);
int ch_file_list_past(const char *folder, const char *endings,
                      ch_file_bad_fn bad, void *context, char ***out,
                      size_t *count, struct ch_err *e);
void ch_file_list_free(char **list, size_t count);
/* The last part of a path. */
const char *ch_file_last(const char *path);
/* Does the name end in "." and one of the endings?  NULL: each does. */
bool ch_file_ends_in(const char *name, const char *endings);

/* Seconds on a clock that only goes forward. */
double ch_clock_s(void);

#endif
