/* store.h - one LMDB file (the only door to lmdb.h)
 *
 * Files are opened without subfolder and without a lock file.  So readers work
 * on read-only and network file systems; there is no table of readers that
 * could be full (MDB_READERS_FULL), and no entry or lock of a dead process that
 * could go stale.  A reader holds one snapshot until close.  Writers exclude
 * each other by flock() on the file itself, which the system gives up with the
 * process.  A writer's map grows by itself.  The bytes of a new file
 * are a function of what is put into it, and of the commits.
 *
 * Threads:  one handle, one thread at a time for writing; a reader's get() may
 *           be called by one thread.
 */
#ifndef CH_DATA_STORE_H
#define CH_DATA_STORE_H

#include "chorus/err.h"

struct ch_store;
int ch_store_open(struct ch_store **out, const char *path, struct ch_err *e);
/* Made when absent.  A second writer of the same file is an error. */
int ch_store_open_write(struct ch_store **out, const char *path,
                        struct ch_err *e);
/* A writer's uncommitted puts are dropped. */
void ch_store_close(struct ch_store *s);

/* 1 and the value, borrowed until the next put, commit or close; 0 when there
 * is none; negative. */
int ch_store_get(struct ch_store *s, const void *key, size_t key_bytes,
                 const void **value, size_t *bytes, struct ch_err *e);
/* A value that get() gave is not needed for now: its pages need not stay in
 * this process's memory.  It may be read again, from the system's cache or
 * disk.  all: of all that was read. */
void ch_store_forget(struct ch_store *s, const void *value, size_t bytes);
void ch_store_forget_all(struct ch_store *s);
/* All records in the order of their keys' bytes, until visit() fails. */
typedef int (*ch_store_visit_fn)(void *context, const void *key,
                                 size_t key_bytes, const void *value,
                                 size_t bytes, struct ch_err *e);
int ch_store_each(struct ch_store *s, ch_store_visit_fn visit, void *context,
                  struct ch_err *e);
int ch_store_put(struct ch_store *s, const void *key, size_t key_bytes,
                 const void *value, size_t bytes, struct ch_err *e);
int ch_store_drop(struct ch_store *s, const void *key, size_t key_bytes,
                  struct ch_err *e);
/* All puts since the last commit are on disk, or none is. */
int ch_store_commit(struct ch_store *s, struct ch_err *e);
uint64_t ch_store_count(struct ch_store *s);

#endif
