/* encode_folder.c - the folder of pieces, its lock, and what is swept out */
#include "data/encode_folder.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The manifest is there, and no rank writes it before the end. */
static int take_lock(struct ch_encode_folder *f, const char *shards,
                     struct ch_err *e)
{
    char path[4096];
    int rc = ch_file_join(path, sizeof path, shards, "manifest.json", e);

    if (rc)
        return rc;
    f->lock = open(path, O_RDWR | O_CLOEXEC);
    if (f->lock < 0)
        return ch_fail_errno(e, path, "cannot open for writing");
    if (flock(f->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return ch_fail_errno(e, path, "cannot lock");
    return ch_fail_at(e, CH_EIO, shards, CH_NO_OFFSET,
                      "another job is encoding these shards; wait for it or "
                      "stop it");
}

/* Files that end in, or all. */
static void sweep(const char *path, const char *having)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        if (entry->d_name[0] != '.' && strstr(entry->d_name, having))
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
}

int ch_encode_folder_open(struct ch_encode_folder *f, const char *shards,
                          int is_keeper, struct ch_err *e)
{
    int rc = ch_file_join(f->path, sizeof f->path, shards, "encode.tmp", e);

    f->lock = -1;
    if (!rc && is_keeper) rc = take_lock(f, shards, e);
    if (!rc && is_keeper)
        sweep(f->path, ".tmp");        /* half a piece, half a shard */
    if (!rc) rc = ch_file_folder(f->path, e);
    return rc;
}

void ch_encode_folder_remove(struct ch_encode_folder *f)
{
    sweep(f->path, "");
    (void)rmdir(f->path);      /* something of the user's may be in it */
}

void ch_encode_folder_close(struct ch_encode_folder *f)
{
    if (f->lock >= 0)
        close(f->lock);
    f->lock = -1;
}
