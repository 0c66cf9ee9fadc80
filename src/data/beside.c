/* beside.c - a folder that is whole or absent */
#include "data/beside.h"

#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int ch_beside_open(struct ch_beside *b, const char *wanted, struct ch_err *e)
{
    size_t n = strlen(wanted);

    b->wanted = wanted;
    b->lock = -1;
    while (n > 1 && wanted[n - 1] == '/')
        n--;
    if (n + sizeof ".tmp.0123456789" > sizeof b->beside)
        return ch_fail(e, CH_EUSAGE, "the path %.40s... is too long", wanted);
    memcpy(b->out, wanted, n);
    b->out[n] = '\0';
    strcpy(b->beside, b->out);
    snprintf(b->beside + n, sizeof b->beside - n, ".tmp.%ld", (long)getpid());
    if (ch_file_exists(b->out))
        return ch_fail_at(e, CH_EUSAGE, b->out, CH_NO_OFFSET,
                          "is there already; remove it or choose another "
                          "folder");
    return 0;
}

static void remove_folder(const char *path)
{
    char **list;
    size_t count;
    struct ch_err ignored = CH_ERR_INIT;

    if (!ch_file_is_folder(path))
        return;
    if (ch_file_list(path, NULL, &list, &count, &ignored) == 0) {
        for (size_t i = 0; i < count; i++)
            unlink(list[i]);
        ch_file_list_free(list, count);
    }
    rmdir(path);
}

/* A descriptor that holds the folder, or -1: somebody else does, or the file
 * system has no locks on folders. */
static int hold(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Is it NAME.tmp. and a number? */
static int is_left(const char *entry, const char *name)
{
    size_t n = strlen(name);

    return strncmp(entry, name, n) == 0 &&
           strncmp(entry + n, ".tmp.", 5) == 0 && entry[n + 5] &&
           strspn(entry + n + 5, "0123456789") == strlen(entry + n + 5);
}

/* Nothing lies in it but what a run makes. */
static bool is_ours(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    bool is = dir != NULL;

    while (is && (entry = readdir(dir))) {
        const char *name = entry->d_name, *dot = strrchr(name, '.');

        is = strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
             (dot && strcmp(dot, ".lmdb") == 0) ||
             strncmp(name, "vocabulary.txt", 14) == 0 ||
             strncmp(name, "skipped.jsonl", 13) == 0 ||
             strncmp(name, "manifest.json", 13) == 0;
    }
    if (dir)
        closedir(dir);
    return is;
}

/* Folders of runs that live no more. */
static void sweep(const struct ch_beside *b)
{
    const char *slash = strrchr(b->out, '/');
    char folder[4096], path[4096 + 256];
    struct dirent *entry;
    DIR *dir;

    snprintf(folder, sizeof folder, "%.*s",
             slash ? (int)(slash - b->out + 1) : 2, slash ? b->out : "./");
    dir = opendir(folder);
    while (dir && (entry = readdir(dir))) {
        int held;

        if (!is_left(entry->d_name, slash ? slash + 1 : b->out))
            continue;
        snprintf(path, sizeof path, "%s%s", folder, entry->d_name);
        held = hold(path);
        if (held < 0)
            continue;
        if (is_ours(path))
            remove_folder(path);
        close(held);
    }
    if (dir)
        closedir(dir);
}

int ch_beside_make(struct ch_beside *b, struct ch_err *e)
{
    int rc;

    sweep(b);
    /* Where folders have no locks: one that had our number is nobody's. */
    remove_folder(b->beside);
    rc = ch_file_folder(b->beside, e);
    if (!rc)
        b->lock = hold(b->beside);
    return rc;
}

static void let_go(struct ch_beside *b)
{
    if (b->lock >= 0)
        close(b->lock);
    b->lock = -1;
}

int ch_beside_finish(struct ch_beside *b, struct ch_err *e)
{
    if (rename(b->beside, b->out) != 0)
        return ch_fail_errno(e, b->wanted, "cannot rename the finished "
                             "shards");
    let_go(b);
    return ch_file_sync_folder(b->out, e);
}

void ch_beside_remove(struct ch_beside *b)
{
    remove_folder(b->beside);
    let_go(b);
}
