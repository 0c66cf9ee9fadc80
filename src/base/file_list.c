/* file_list.c - the files under a folder
 *
 * Links to files count as files; links to folders are not followed, so a ring
 * of links cannot be walked for ever.
 */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* Deeper than any picture folder; keeps the number of open folders low. */
#define DEPTH_LIMIT 64

struct list {
    const char *endings;
    ch_file_bad_fn bad;        /* or NULL */
    void *context;
    char **path;
    size_t count, room;
};

const char *ch_file_last(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

bool ch_file_ends_in(const char *name, const char *endings)
{
    const char *dot = strrchr(name, '.');
    size_t n;

    if (!endings)
        return true;
    if (!dot)
        return false;
    n = strlen(dot + 1);
    for (;;) {
        size_t length = strcspn(endings, "|");

        if (length == n && strncasecmp(dot + 1, endings, n) == 0)
            return true;
        if (!endings[length])
            return false;
        endings += length + 1;
    }
}

static int add(struct list *l, const char *path, struct ch_err *e)
{
    char *copy = strdup(path);

    if (copy && l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 64;
        char **bigger = realloc(l->path, room * sizeof *bigger);

        if (bigger) {
            l->path = bigger;
            l->room = room;
        }
    }
    if (!copy || l->count == l->room) {
        free(copy);
        return ch_fail(e, CH_ENOMEM, "cannot hold a list of %zu files",
                       l->count + 1);
    }
    l->path[l->count++] = copy;
    return 0;
}

static int walk(struct list *l, const char *folder, int depth,
                struct ch_err *e);

static int visit(struct list *l, const char *folder, const char *name,
                 int depth, struct ch_err *e)
{
    char path[4096];
    struct stat s;
    int rc = ch_file_join(path, sizeof path, folder, name, e);

    if (rc)
        return rc;
    if (lstat(path, &s))       /* gone since the folder was read: no file */
        return errno == ENOENT ? 0 : ch_fail_errno(e, path,
                                                   "cannot look at it");
    if (S_ISDIR(s.st_mode))
        return walk(l, path, depth + 1, e);
    if (S_ISLNK(s.st_mode) && stat(path, &s))
        /* A link to nothing: whoever opens it says so, by name. */
        s.st_mode = S_IFREG;
    if (S_ISREG(s.st_mode) && ch_file_ends_in(name, l->endings))
        return add(l, path, e);
    return 0;
}

static int read_folder(struct list *l, const char *folder, int depth,
                       struct ch_err *e)
{
    struct dirent *entry;
    int rc = 0;
    DIR *d;

    if (depth > DEPTH_LIMIT)
        return ch_fail_at(e, CH_EFORMAT, folder, CH_NO_OFFSET,
                          "expected at most %d folders in each other",
                          DEPTH_LIMIT);
    d = opendir(folder);
    if (!d)
        return ch_fail_errno(e, folder, "cannot open the folder");
    while (!rc) {
        errno = 0;
        entry = readdir(d);
        if (!entry) {
            if (errno)
                rc = ch_fail_errno(e, folder, "cannot read the folder");
            break;
        }
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            rc = visit(l, folder, entry->d_name, depth, e);
    }
    closedir(d);
    return rc;
}

static int walk(struct list *l, const char *folder, int depth,
                struct ch_err *e)
{
    struct ch_err why = CH_ERR_INIT;
    int rc = read_folder(l, folder, depth, &why);

    if (rc && rc != CH_ENOMEM && l->bad && depth > 0)
        return l->bad(l->context, folder, &why, e);
    if (rc && e)
        *e = why;
    return rc;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int ch_file_list_past(const char *folder, const char *endings,
                      ch_file_bad_fn bad, void *context, char ***out,
                      size_t *count, struct ch_err *e)
{
    struct list l = { .endings = endings, .bad = bad, .context = context };
    int rc = walk(&l, folder, 0, e);

    *out = NULL;
    *count = 0;
    if (rc) {
        ch_file_list_free(l.path, l.count);
        return rc;
    }
    if (l.count)
        qsort(l.path, l.count, sizeof *l.path, by_bytes);
    *out = l.path;
    *count = l.count;
    return 0;
}

int ch_file_list(const char *folder, const char *endings, char ***out,
                 size_t *count, struct ch_err *e)
{
    return ch_file_list_past(folder, endings, NULL, NULL, out, count, e);
}

void ch_file_list_free(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
}
