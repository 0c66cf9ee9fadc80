/* spill.c - memory that lies in a file without a name
 *
 * Each large block is a map of its own, so it never moves while it lives.  In
 * front of it, in the map, stands where in the file it lies.
 */
#include "base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE ((size_t)1 << 16)     /* the largest that Linux has */
#define HEAD 64

struct ch_spill {
    int file;
    int reason;                    /* errno of what failed last */
    uint64_t size;                 /* of the file */
    char folder[4096];
};

struct head {
    uint64_t offset, bytes;        /* of the map in the file */
};

/* Not every file system makes files that have no name from the beginning. */
static int open_file(const char *folder)
{
    char path[4096 + 32];
    int file = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

    if (file >= 0)
        return file;
    snprintf(path, sizeof path, "%s/chorus-XXXXXX", folder);
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        unlink(path);
    return file;
}

int ch_spill_open(struct ch_spill **out, const char *folder, struct ch_err *e)
{
    struct ch_spill *s = calloc(1, sizeof *s);

    *out = NULL;
    if (!s)
        return ch_fail(e, CH_ENOMEM, "cannot hold a temporary file");
    snprintf(s->folder, sizeof s->folder, "%s", folder);
    s->file = open_file(folder);
    if (s->file < 0) {
        int rc = ch_fail_errno(e, folder, "cannot make a temporary file here");

        free(s);
        return rc;
    }
    *out = s;
    return 0;
}

void ch_spill_close(struct ch_spill *s)
{
    if (!s)
        return;
    close(s->file);
    free(s);
}

/* Its pages are on the disk before they are written to: writing a page the
 * disk has no room for would end the process. */
static void *map(struct ch_spill *s, size_t size)
{
    size_t bytes = (size + HEAD + PAGE - 1) / PAGE * PAGE;
    struct head *h;

    if (bytes < size) {
        s->reason = ENOMEM;
        return NULL;
    }
    do
        s->reason = posix_fallocate(s->file, (off_t)s->size, (off_t)bytes);
    while (s->reason == EINTR);
    if (!s->reason) {
        h = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->file,
                 (off_t)s->size);
        if (h != MAP_FAILED) {
            *h = (struct head){ s->size, bytes };
            s->size += bytes;
            return (char *)h + HEAD;
        }
        s->reason = errno;
    }
    /* What there was room for is given back. */
    if (ftruncate(s->file, (off_t)s->size) != 0)
        s->reason = errno;
    return NULL;
}

static void unmap(struct ch_spill *s, void *at)
{
    struct head *h = (struct head *)(void *)((char *)at - HEAD);
    const struct head was = *h;

    munmap(h, was.bytes);
    /* Where the file system cannot, the room is given back at the end. */
    (void)fallocate(s->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    (off_t)was.offset, (off_t)was.bytes);
}

static int is_mapped(const struct ch_spill *s, size_t size)
{
    return s && size >= CH_SPILL_FROM;
}

static void *make(struct ch_spill *s, size_t size)
{
    if (is_mapped(s, size))
        return map(s, size);
    if (s)
        s->reason = ENOMEM;
    return calloc(1, size);
}

void *ch_spill_resize(struct ch_spill *s, void *at, size_t old, size_t size)
{
    void *made = NULL;

    if (old && size && !is_mapped(s, old) && !is_mapped(s, size)) {
        if (s)
            s->reason = ENOMEM;
        return realloc(at, size);
    }
    if (size) {
        made = make(s, size);
        if (!made)
            return NULL;
        if (old)
            memcpy(made, at, old < size ? old : size);
    }
    if (at && is_mapped(s, old))
        unmap(s, at);
    else
        free(at);
    return made;
}

int ch_spill_fail(const struct ch_spill *s, const char *what,
                  struct ch_err *e)
{
    if (s && (s->reason == ENOSPC || s->reason == EDQUOT))
        return ch_fail_at(e, CH_EIO, s->folder, CH_NO_OFFSET,
                          "the disk is full: no room for %s", what);
    if (s && s->reason && s->reason != ENOMEM)
        return ch_fail_at(e, CH_EIO, s->folder, CH_NO_OFFSET,
                          "cannot hold %s in a temporary file: %s", what,
                          strerror(s->reason));
    return ch_fail(e, CH_ENOMEM, "cannot hold %s", what);
}
