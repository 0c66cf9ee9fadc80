/* file.c - files that are whole or absent
 *
 * A file is synced before it gets its name, and the folder after: otherwise a
 * crash may leave the new name with no bytes behind it.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

/* Bytes between two signs of life of a writer. */
#define PART ((size_t)4 << 20)

double ch_clock_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---------------------------------------------------------------- reading */

static int open_to_read(const char *path, int *fd, struct stat *s,
                        struct ch_err *e)
{
    int rc = 0;

    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return ch_fail_errno(e, path, "cannot open");
    if (fstat(*fd, s))
        rc = ch_fail_errno(e, path, "cannot look at it");
    else if (S_ISDIR(s->st_mode))
        rc = ch_fail_at(e, CH_EIO, path, CH_NO_OFFSET,
                        "expected a file, found a folder");
    if (rc) {
        close(*fd);
        *fd = -1;
    }
    return rc;
}

/* Read to the end, whatever fstat() said: pipes have no size, and files grow.
 * One byte is kept free for the NUL. */
static int read_all(int fd, size_t limit, struct ch_buffer *b,
                    const char *path, size_t expected, struct ch_err *e)
{
    size_t room = expected < limit ? expected + 1 : 4096;

    for (;;) {
        char *at;
        ssize_t n;

        if (b->room - b->size < 2) {
            room = b->room ? 2 * b->room : room + 1;
            at = realloc(b->at, room);
            if (!at)
                return ch_fail_at(e, CH_ENOMEM, path, CH_NO_OFFSET,
                                  "cannot hold %zu bytes", room);
            b->at = at;
            b->room = room;
        }
        n = read(fd, b->at + b->size, b->room - b->size - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ch_fail_errno(e, path, "cannot read");
        if (n == 0)
            return 0;
        b->size += (size_t)n;
        if (b->size > limit)
            return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                              "expected at most %zu bytes, found more", limit);
    }
}

int ch_file_read(const char *path, size_t limit, char **out, size_t *size,
                 struct ch_err *e)
{
    struct ch_buffer b = { 0 };
    struct stat s;
    int fd;
    int rc = open_to_read(path, &fd, &s, e);

    *out = NULL;
    *size = 0;
    if (rc)
        return rc;
    rc = read_all(fd, limit, &b, path,
                  s.st_size > 0 ? (size_t)s.st_size : 0, e);
    close(fd);
    if (rc) {
        free(b.at);
        return rc;
    }
    b.at[b.size] = '\0';
    *out = b.at;
    *size = b.size;
    return 0;
}

int ch_map_open(struct ch_map *m, const char *path, struct ch_err *e)
{
    struct stat s;
    int fd;
    int rc = open_to_read(path, &fd, &s, e);

    *m = (struct ch_map){ .at = (const unsigned char *)"" };
    if (rc)
        return rc;
    if (!S_ISREG(s.st_mode)) {
        rc = ch_fail_at(e, CH_EIO, path, CH_NO_OFFSET,
                        "expected a plain file");
    } else if (s.st_size > 0) {
        void *at = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd,
                        0);

        if (at == MAP_FAILED) {
            rc = ch_fail_errno(e, path, "cannot map");
        } else {
            m->at = at;
            m->size = (size_t)s.st_size;
        }
    }
    close(fd);
    return rc;
}

void ch_map_close(struct ch_map *m)
{
    if (m->size)
        munmap((void *)(uintptr_t)m->at, m->size);
    *m = (struct ch_map){ 0 };
}

int ch_file_identify(struct ch_file_id *id, const char *path,
                     struct ch_err *e)
{
    struct stat s;

    if (stat(path, &s))
        return ch_fail_errno(e, path, "cannot look at it");
    *id = (struct ch_file_id) {
        .device = s.st_dev, .inode = s.st_ino, .size = (uint64_t)s.st_size,
        .changed_ns = (int64_t)s.st_mtim.tv_sec * 1000000000 +
                      s.st_mtim.tv_nsec
    };
    return 0;
}

int ch_file_check_same(const struct ch_file_id *id, const char *path,
                       struct ch_err *e)
{
    struct ch_file_id now;
    int rc = ch_file_identify(&now, path, e);

    if (rc)
        return rc;
    if (now.device != id->device || now.inode != id->inode)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET, "was replaced by "
                          "another file while it is in use");
    if (now.size != id->size || now.changed_ns != id->changed_ns)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET, "was written to "
                          "while it is in use");
    return 0;
}

bool ch_file_exists(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0;
}

int64_t ch_file_size(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0 && S_ISREG(s.st_mode) ? (int64_t)s.st_size : -1;
}

bool ch_file_is_folder(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

int ch_file_free(const char *path, uint64_t *bytes, struct ch_err *e)
{
    struct statvfs disk;

    if (statvfs(path, &disk))
        return ch_fail_errno(e, path, "cannot tell how much is free");
    *bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    return 0;
}

/* ---------------------------------------------------------------- folders */

static int make_folder(const char *path, struct ch_err *e)
{
    if (mkdir(path, 0777) == 0)
        return 0;
    if (errno != EEXIST)
        return ch_fail_errno(e, path, "cannot make the folder");
    if (!ch_file_is_folder(path))
        return ch_fail_at(e, CH_EIO, path, CH_NO_OFFSET,
                          "expected a folder, found a file");
    return 0;
}

int ch_file_folder(const char *path, struct ch_err *e)
{
    char *copy = strdup(path);
    int rc = 0;

    if (!copy)
        return ch_fail(e, CH_ENOMEM, "cannot hold a path");
    for (char *at = copy + 1; *copy && *at && !rc; at++)
        if (*at == '/') {
            *at = '\0';
            rc = make_folder(copy, e);
            *at = '/';
        }
    if (!rc)
        rc = make_folder(copy, e);
    free(copy);
    return rc;
}

int ch_file_sync_folder(const char *path, struct ch_err *e)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    int fd, rc = 0;

    if (n >= sizeof folder)
        return ch_fail(e, CH_EUSAGE, "a path of %zu bytes is too long",
                       strlen(path));
    memcpy(folder, path, n);
    folder[n] = '\0';
    if (n == 0)
        strcpy(folder, slash ? "/" : ".");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ch_fail_errno(e, folder, "cannot open the folder");
    /* Some file systems cannot sync a folder, and say so with EINVAL. */
    if (fsync(fd) && errno != EINVAL)
        rc = ch_fail_errno(e, folder, "cannot sync the folder");
    close(fd);
    return rc;
}

int ch_file_join(char *out, size_t size, const char *dir, const char *name,
                 struct ch_err *e)
{
    size_t n = strlen(dir);
    const char *between = n && dir[n - 1] != '/' ? "/" : "";
    int need = snprintf(out, size, "%s%s%s", dir, between, name);

    if (need < 0 || (size_t)need >= size)
        return ch_fail_at(e, CH_EUSAGE, dir, CH_NO_OFFSET,
                          "the path to %s is longer than %zu bytes", name,
                          size ? size - 1 : 0);
    return 0;
}

/* ---------------------------------------------------------------- writing */

int ch_writer_open(struct ch_writer *w, const char *path, struct ch_err *e)
{
    struct stat s;
    int fd, n;

    *w = (struct ch_writer){ 0 };
    n = snprintf(w->beside, sizeof w->beside, "%s.tmp.%ld", path,
                 (long)getpid());
    if (n < 0 || (size_t)n >= sizeof w->beside)
        return ch_fail(e, CH_EUSAGE, "a path of %zu bytes is too long",
                       strlen(path));
    strcpy(w->path, path);
    /* The rename would replace a device by a plain file. */
    if (stat(path, &s) == 0 && !S_ISREG(s.st_mode))
        return ch_fail_at(e, CH_EIO, path, CH_NO_OFFSET,
                          "expected a plain file or none, found %s",
                          S_ISDIR(s.st_mode) ? "a folder" : "a device");
    fd = open(w->beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return ch_fail_errno(e, path, "cannot write beside it");
    w->file = fdopen(fd, "wb");
    if (!w->file) {
        int rc = ch_fail_errno(e, path, "cannot write");

        close(fd);
        unlink(w->beside);
        return rc;
    }
    return 0;
}

int ch_writer_put(struct ch_writer *w, const void *bytes, size_t n,
                  struct ch_err *e)
{
    const char *at = bytes;

    while (n) {
        size_t part = w->moved && n > PART ? PART : n;

        if (fwrite(at, 1, part, w->file) != part)
            return ch_fail_errno(e, w->path, "cannot write");
        if (w->moved)
            w->moved(w->context);
        at += part;
        n -= part;
    }
    return 0;
}

/* One fsync() tells nothing while it lasts: before it, part by part. */
static int sync_parts(struct ch_writer *w)
{
    int fd = fileno(w->file);
    off_t size = w->moved ? lseek(fd, 0, SEEK_CUR) : 0;

    for (off_t at = 0; at < size; at += (off_t)PART) {
        if (sync_file_range(fd, at, (off_t)PART,
                            SYNC_FILE_RANGE_WAIT_BEFORE |
                            SYNC_FILE_RANGE_WRITE |
                            SYNC_FILE_RANGE_WAIT_AFTER))
            /* Some file systems cannot; an error is told here only. */
            return errno == EINVAL || errno == ENOSYS || errno == ESPIPE
                       ? 0 : -1;
        w->moved(w->context);
    }
    return 0;
}

int ch_writer_finish(struct ch_writer *w, struct ch_err *e)
{
    int rc = 0;

    if (fflush(w->file) || ferror(w->file) || sync_parts(w) ||
        fsync(fileno(w->file)))
        rc = ch_fail_errno(e, w->path, "cannot write");
    /* Some file systems tell only here that the disk is full. */
    if (fclose(w->file) && !rc)
        rc = ch_fail_errno(e, w->path, "cannot write");
    w->file = NULL;
    if (!rc && rename(w->beside, w->path))
        rc = ch_fail_errno(e, w->path, "cannot rename %s to it", w->beside);
    if (rc)
        unlink(w->beside);
    else
        rc = ch_file_sync_folder(w->path, e);
    return rc;
}

void ch_writer_close(struct ch_writer *w)
{
    if (!w->file)
        return;
    fclose(w->file);
    w->file = NULL;
    unlink(w->beside);
}

int ch_file_write(const char *path, const void *bytes, size_t size,
                  struct ch_err *e)
{
    struct ch_writer w;
    int rc = ch_writer_open(&w, path, e);

    if (rc)
        return rc;
    rc = ch_writer_put(&w, bytes, size, e);
    if (!rc)
        rc = ch_writer_finish(&w, e);
    ch_writer_close(&w);
    return rc;
}
