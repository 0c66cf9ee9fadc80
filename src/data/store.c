/* store.c - one LMDB file
 *
 * No lock file is ever made: readers need none, since nobody writes shards
 * that are read, and a writer takes a lock on the file itself.
 */
#include "data/store.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Address space reserved for a writer; the file grows only as it is filled.
 * Doubled between transactions when half of it is used, so one transaction may
 * write up to half.  The test builds with a small one. */
#ifndef CH_STORE_MAP_START
#define CH_STORE_MAP_START ((size_t)16 << 30)
#endif

/* Values that are forgotten one by one before all are. */
#define FORGET_ALL 64

struct ch_store {
    MDB_env *env;
    MDB_txn *txn;        /* a reader's snapshot, or a writer's open puts */
    MDB_dbi dbi;
    int is_writer;
    int lock;            /* a writer's descriptor with the lock, or -1 */
    uintptr_t low, high; /* of the map: where values were, so far */
    uint32_t forgotten;  /* values, so far */
    char path[4096];
};

/* LMDB tells a write that was cut short, the first sign of a full disk, as an
 * input/output error. */
static int is_full(const struct ch_store *s)
{
    struct statvfs disk;

    return statvfs(s->path, &disk) == 0 && disk.f_bavail < 16;
}

static int fail(struct ch_store *s, int lmdb, const char *what,
                struct ch_err *e)
{
    int is_bytes = lmdb == MDB_INVALID || lmdb == MDB_CORRUPTED ||
                   lmdb == MDB_VERSION_MISMATCH || lmdb == MDB_PAGE_NOTFOUND ||
                   lmdb == MDB_INCOMPATIBLE;

    if (lmdb == ENOSPC || lmdb == EDQUOT || (lmdb == EIO && is_full(s)))
        return ch_fail_at(e, CH_EIO, s->path, CH_NO_OFFSET,
                          "the disk is full; what was stored before is kept");
    if (lmdb == MDB_MAP_FULL)
        return ch_fail_at(e, CH_ENOMEM, s->path, CH_NO_OFFSET,
                          "more was put at once than the map holds; commit "
                          "more often");
    return ch_fail_at(e, is_bytes ? CH_EFORMAT : CH_EIO, s->path,
                      CH_NO_OFFSET, "cannot %s: %s", what,
                      mdb_strerror(lmdb));
}

/* A map of a file that ends early would end the process with SIGBUS. */
static int check_size(struct ch_store *s, struct ch_err *e)
{
    MDB_envinfo info;
    MDB_stat layout;
    struct stat file;

    if (mdb_env_info(s->env, &info) || mdb_env_stat(s->env, &layout) ||
        stat(s->path, &file))
        return ch_fail_errno(e, s->path, "cannot look at the file");
    if (info.me_last_pgno >= (uint64_t)file.st_size / layout.ms_psize)
        return ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                          "cut short: %llu bytes, expected %llu; copy or make "
                          "it again", (unsigned long long)file.st_size,
                          ((unsigned long long)info.me_last_pgno + 1) *
                          layout.ms_psize);
    return 0;
}

/* One of the two pages LMDB begins with, as far as it trusts them blindly: it
 * divides by the page size, and ends the process when the root of a tree is
 * one of these pages.  Layout of LMDB 0.9 where a size_t has 8 bytes. */
static int check_meta(struct ch_store *s, uint64_t at, uint32_t *page,
                      struct ch_err *e)
{
    enum { HEAD = 16, BEFORE_TREES = 24, BEFORE_ROOT = 40, META = 152 };
    unsigned char bytes[META] = { 0 };
    struct ch_bytes b = ch_bytes_of(bytes, META);
    FILE *f = fopen(s->path, "rb");
    size_t n = 0;

    if (!f)
        return ch_fail_errno(e, s->path, "cannot open");
    if (fseeko(f, (off_t)at, SEEK_SET) == 0)
        n = fread(bytes, 1, META, f);
    fclose(f);
    if (n < META)
        return 0;              /* LMDB tells it */
    (void)ch_bytes_run(&b, HEAD + BEFORE_TREES);
    for (int tree = 0; tree < 2; tree++) {
        uint32_t pad = ch_bytes_u32(&b);
        uint64_t root;

        if (tree == 0)
            *page = pad;       /* where LMDB keeps the page size */
        (void)ch_bytes_run(&b, BEFORE_ROOT - 4);
        root = ch_bytes_u64(&b);
        if (root < 2)
            return ch_fail_at(e, CH_EFORMAT, s->path, at, "no LMDB file: the "
                              "root of a tree is page %d; copy or make it "
                              "again", (int)root);
    }
    if (*page < 256 || *page > 65536 || (*page & (*page - 1)))
        return ch_fail_at(e, CH_EFORMAT, s->path, at, "no LMDB file: pages of "
                          "%u bytes; copy or make it again", *page);
    return 0;
}

static int check_metas(struct ch_store *s, struct ch_err *e)
{
    uint32_t first = 0, second = 0;
    int rc = check_meta(s, 0, &first, e);

    if (!rc && first)
        rc = check_meta(s, first, &second, e);
    if (!rc && second && first != second)
        rc = ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET, "no LMDB file: "
                        "pages of %u and of %u bytes; copy or make it again",
                        first, second);
    return rc;
}

/* What LMDB would tell in other words, or not at all. */
static int check_file(struct ch_store *s, struct ch_err *e)
{
    struct stat file;

    if (stat(s->path, &file) != 0)
        return ch_fail_errno(e, s->path, "cannot open");
    if (!S_ISREG(file.st_mode))
        return ch_fail_at(e, CH_EIO, s->path, CH_NO_OFFSET,
                          "expected a plain file, found %s",
                          S_ISDIR(file.st_mode) ? "a folder" : "a device");
    if (file.st_size == 0 && !s->is_writer)
        return ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                          "the file is empty, expected a shard; copy or make "
                          "it again");
    return file.st_size ? check_metas(s, e) : 0;
}

static int take_lock(struct ch_store *s, struct ch_err *e)
{
    s->lock = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (s->lock < 0)
        return ch_fail_errno(e, s->path, "cannot open for writing");
    if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return ch_fail_errno(e, s->path, "cannot lock");
    return ch_fail_at(e, CH_EIO, s->path, CH_NO_OFFSET,
                      "another program is writing this file; wait for it or "
                      "stop it");
}

static int open_env(struct ch_store *s, struct ch_err *e)
{
    unsigned flags = MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS;
    struct stat file;
    int rc = mdb_env_create(&s->env);

    if (!rc && stat(s->path, &file) != 0)
        return ch_fail_errno(e, s->path, "cannot look at the file");
    /* A reader maps the whole file, whatever its first pages say: LMDB reads
     * both of them, also when they claim to be the only one. */
    if (!rc)
        rc = mdb_env_set_mapsize(s->env, s->is_writer ? CH_STORE_MAP_START
                                                      : (size_t)file.st_size);
    if (!rc)
        rc = mdb_env_open(s->env, s->path,
                          flags | (s->is_writer ? 0 : MDB_RDONLY), 0666);
    if (rc == MDB_INVALID || rc == EINVAL)
        return ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                          "not a shard, or cut short: no LMDB file; copy or "
                          "make it again");
    return rc ? fail(s, rc, "open", e) : check_size(s, e);
}

static int begin(struct ch_store *s, struct ch_err *e)
{
    int rc = mdb_txn_begin(s->env, NULL, s->is_writer ? 0 : MDB_RDONLY,
                           &s->txn);

    if (!rc)
        rc = mdb_dbi_open(s->txn, NULL, 0, &s->dbi);
    return rc ? fail(s, rc, "begin a transaction", e) : 0;
}

/* Between transactions only: LMDB moves the map. */
static int grow_map(struct ch_store *s, struct ch_err *e)
{
    MDB_envinfo info;
    MDB_stat layout;
    int rc = mdb_env_info(s->env, &info);

    if (!rc)
        rc = mdb_env_stat(s->env, &layout);
    if (!rc && info.me_last_pgno > info.me_mapsize / layout.ms_psize / 2)
        rc = mdb_env_set_mapsize(s->env, 2 * info.me_mapsize);
    return rc ? fail(s, rc, "grow the map", e) : 0;
}

/* LMDB leaves two bytes of a page's head as malloc gives them, and writes them
 * to the file.  They are zero then, wherever the memory has been. */
static void zero_memory(int is_wanted)
{
#ifdef M_PERTURB
    static atomic_int writers;
    int before = atomic_fetch_add(&writers, is_wanted ? 1 : -1);

    if (before + is_wanted == 1)
        mallopt(M_PERTURB, is_wanted ? 0xff : 0);
#else
    (void)is_wanted;
#endif
}

static int open_store(struct ch_store **out, const char *path, int is_writer,
                      struct ch_err *e)
{
    struct ch_store *s = calloc(1, sizeof *s);
    int rc = 0;

    *out = NULL;
    if (!s)
        return ch_fail(e, CH_ENOMEM, "cannot hold a shard handle");
    s->lock = -1;
    s->is_writer = is_writer;
    if (is_writer)
        zero_memory(1);
    if (strlen(path) >= sizeof s->path)
        rc = ch_fail(e, CH_EUSAGE, "the path %.40s... is too long", path);
    else
        strcpy(s->path, path);
    if (!rc && is_writer) rc = take_lock(s, e);
    if (!rc) rc = check_file(s, e);
    if (!rc) rc = open_env(s, e);
    if (!rc && is_writer) rc = grow_map(s, e);
    if (!rc) rc = begin(s, e);
    if (rc)
        ch_store_close(s);
    else
        *out = s;
    return rc;
}

int ch_store_open(struct ch_store **out, const char *path, struct ch_err *e)
{
    return open_store(out, path, 0, e);
}

int ch_store_open_write(struct ch_store **out, const char *path,
                        struct ch_err *e)
{
    return open_store(out, path, 1, e);
}

void ch_store_close(struct ch_store *s)
{
    if (!s)
        return;
    if (s->txn)
        mdb_txn_abort(s->txn);
    if (s->env)
        mdb_env_close(s->env);
    if (s->lock >= 0)
        close(s->lock);
    if (s->is_writer)
        zero_memory(0);
    free(s);
}

static MDB_val of(const void *bytes, size_t n)
{
    /* LMDB reads through it but has no const in its interface. */
    return (MDB_val){ .mv_size = n, .mv_data = (void *)(uintptr_t)bytes };
}

static void note_place(struct ch_store *s, uintptr_t at, size_t bytes)
{
    if (!s->high || at < s->low)
        s->low = at;
    if (at + bytes > s->high)
        s->high = at + bytes;
}

int ch_store_get(struct ch_store *s, const void *key, size_t key_bytes,
                 const void **value, size_t *bytes, struct ch_err *e)
{
    MDB_val k = of(key, key_bytes), v;
    int rc = mdb_get(s->txn, s->dbi, &k, &v);

    if (rc == MDB_NOTFOUND)
        return 0;
    if (rc)
        return fail(s, rc, "read a record", e);
    *value = v.mv_data;
    *bytes = v.mv_size;
    note_place(s, (uintptr_t)v.mv_data, v.mv_size);
    return 1;
}

/* What lies between two addresses, as far as it is known to be the map's. */
static void forget(struct ch_store *s, uintptr_t at, uintptr_t end)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    at = (at < s->low ? s->low : at) & ~(page - 1);
    end = (end > s->high ? s->high : end) & ~(page - 1);
    if (!s->is_writer && at < end)
        (void)madvise((void *)at, end - at, MADV_DONTNEED);
}

/* A page that is read brings those around it, in the file, into memory: 16 of
 * 4 KiB on Linux.  The pages by which LMDB finds a value are elsewhere: they go
 * with all others, now and then. */
void ch_store_forget(struct ch_store *s, const void *value, size_t bytes)
{
    const uintptr_t around = (uintptr_t)1 << 16;

    if (++s->forgotten % FORGET_ALL == 0)
        ch_store_forget_all(s);
    else
        forget(s, (uintptr_t)value & ~(around - 1),
               ((uintptr_t)value + bytes + around - 1) & ~(around - 1));
}

void ch_store_forget_all(struct ch_store *s)
{
    forget(s, s->low, s->high);
}

int ch_store_each(struct ch_store *s, ch_store_visit_fn visit, void *context,
                  struct ch_err *e)
{
    MDB_cursor *at;
    MDB_val k, v;
    int found, rc = 0;

    found = mdb_cursor_open(s->txn, s->dbi, &at);
    if (found)
        return fail(s, found, "read the records", e);
    while (!rc && !(found = mdb_cursor_get(at, &k, &v, MDB_NEXT)))
        rc = visit(context, k.mv_data, k.mv_size, v.mv_data, v.mv_size, e);
    mdb_cursor_close(at);
    if (!rc && found != MDB_NOTFOUND)
        rc = fail(s, found, "read the records", e);
    return rc;
}

int ch_store_put(struct ch_store *s, const void *key, size_t key_bytes,
                 const void *value, size_t bytes, struct ch_err *e)
{
    MDB_val k = of(key, key_bytes), v = of(value, bytes);
    int rc = mdb_put(s->txn, s->dbi, &k, &v, 0);

    return rc ? fail(s, rc, "store a record", e) : 0;
}

int ch_store_drop(struct ch_store *s, const void *key, size_t key_bytes,
                  struct ch_err *e)
{
    MDB_val k = of(key, key_bytes);
    int rc = mdb_del(s->txn, s->dbi, &k, NULL);

    return rc && rc != MDB_NOTFOUND ? fail(s, rc, "drop a record", e) : 0;
}

int ch_store_commit(struct ch_store *s, struct ch_err *e)
{
    int rc = mdb_txn_commit(s->txn);

    s->txn = NULL;
    if (rc)
        rc = fail(s, rc, "commit", e);
    if (!rc) rc = grow_map(s, e);
    /* A handle whose commit failed can only be closed. */
    return rc ? rc : begin(s, e);
}

uint64_t ch_store_count(struct ch_store *s)
{
    MDB_stat layout;

    return mdb_stat(s->txn, s->dbi, &layout) ? 0 : layout.ms_entries;
}
