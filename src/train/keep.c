/* keep.c - the checkpoints of a run: the newest, and some before it */
#include "train/keep.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define LATEST "latest.safetensors"
#define DIGITS 10

/* step-0000001234.safetensors */
static bool is_step(const char *name)
{
    return !strncmp(name, "step-", 5) &&
           strspn(name + 5, "0123456789") == DIGITS &&
           !strcmp(name + 5 + DIGITS, ".safetensors");
}

/* Falling: latest is not among them, and is put in front. */
static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)b, *(char *const *)a);
}

static int add(char ***path, size_t *count, const char *run, const char *name,
               struct ch_err *e)
{
    char **grown = realloc(*path, (*count + 1) * sizeof *grown);
    char at[4096];
    int rc = ch_file_join(at, sizeof at, run, name, e);

    if (grown)
        *path = grown;
    if (rc)
        return rc;
    if (!grown || !(grown[*count] = strdup(at)))
        return ch_fail(e, CH_ENOMEM, "cannot hold the names of checkpoints");
    ++*count;
    return 0;
}

/* The steps, newest first. */
static int list_steps(const char *run, char ***path, size_t *count,
                      struct ch_err *e)
{
    DIR *folder = opendir(run);
    struct dirent *entry;
    size_t first = *count;
    int rc = 0;

    if (!folder)
        return errno == ENOENT ? 0
                               : ch_fail_errno(e, run, "cannot be listed");
    while (!rc && (entry = readdir(folder)))
        if (is_step(entry->d_name))
            rc = add(path, count, run, entry->d_name, e);
    closedir(folder);
    if (!rc && *count > first)
        qsort(*path + first, *count - first, sizeof **path, by_name);
    return rc;
}

int ch_keep_list(const char *run, char ***path, size_t *count,
                 struct ch_err *e)
{
    char at[4096];
    int rc = ch_file_join(at, sizeof at, run, LATEST, e);

    *path = NULL;
    *count = 0;
    if (!rc && ch_file_exists(at))
        rc = add(path, count, run, LATEST, e);
    if (!rc) rc = list_steps(run, path, count, e);
    if (rc) {
        ch_keep_free(*path, *count);
        *path = NULL;
        *count = 0;
    }
    return rc;
}

void ch_keep_free(char **path, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(path[i]);
    free(path);
}

uint64_t ch_keep_step(const char *path)
{
    const char *name = strrchr(path, '/');

    name = name ? name + 1 : path;
    return is_step(name) ? strtoull(name + 5, NULL, 10) : 0;
}

/* A second name for the same bytes: latest is there all the time. */
static int name_step(const char *run, uint64_t step, struct ch_err *e)
{
    char name[64], from[4096], to[4096];
    int rc = ch_file_join(from, sizeof from, run, LATEST, e);

    snprintf(name, sizeof name, "step-%0*llu.safetensors", DIGITS,
             (unsigned long long)step);
    if (!rc) rc = ch_file_join(to, sizeof to, run, name, e);
    if (rc)
        return rc;
    if (unlink(to) && errno != ENOENT)
        return ch_fail_errno(e, to, "cannot be replaced");
    /* Where files have one name only, latest is missing for a moment, but not
     * its bytes: ch_keep_list() finds them. */
    if (link(from, to) && rename(from, to))
        return ch_fail_errno(e, to, "cannot be made");
    return 0;
}

int ch_keep_turn(const char *run, uint64_t step, uint64_t keep,
                 struct ch_err *e)
{
    char **path = NULL;
    size_t count = 0;
    int rc = keep > 1 ? name_step(run, step, e) : 0;

    if (!rc) rc = list_steps(run, &path, &count, e);
    for (size_t i = (size_t)keep - 1; i < count && !rc; i++)
        if (unlink(path[i]))
            rc = ch_fail_errno(e, path[i], "cannot be removed");
    ch_keep_free(path, count);
    return rc;
}

/* latest.safetensors.tmp.1234, as ch_writer_open() names what it writes. */
static bool is_part(const char *name)
{
    static const char *const whole[] = { "best.safetensors", LATEST,
                                         "log.jsonl" };

    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        size_t n = strlen(whole[i]);

        if (!strncmp(name, whole[i], n) && !strncmp(name + n, ".tmp.", 5))
            return true;
    }
    return false;
}

void ch_keep_sweep(const char *run)
{
    DIR *folder = opendir(run);
    const struct dirent *entry;

    /* What cannot be removed harms nobody. */
    while (folder && (entry = readdir(folder)))
        if (is_part(entry->d_name))
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
}
