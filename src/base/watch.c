/* watch.c - waits until files of a folder are new or changed */
#include "base/watch.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often a stop is looked for; a moment without files; and how long files
 * may come without one. */
enum { LOOK_MS = 200, STILL_MS = 400, MOST_S = 5 };

/* As deep as files are listed. */
#define DEPTH_LIMIT 64

#define FILES (IN_CLOSE_WRITE | IN_MOVED_TO)
#define FOLDERS (IN_CREATE | IN_MOVED_TO)

struct ch_watch {
    int fd, root;              /* of inotify; the watch of the folder itself */
    const char *folder, *endings;
    bool has_grown;            /* folders came that are not watched yet */
};

static int add_below(struct ch_watch *w, const char *folder, int depth,
                     struct ch_err *e);

/* A folder that is gone by now is none, and one that may not be read is told by
 * who lists it. */
static int add(struct ch_watch *w, const char *folder, int depth,
               struct ch_err *e)
{
    int wd = inotify_add_watch(w->fd, folder, FILES | FOLDERS | IN_ONLYDIR |
                                              (depth ? IN_DONT_FOLLOW : 0));

    if (wd < 0 && errno == ENOSPC)
        return ch_fail_at(e, CH_EIO, folder, CH_NO_OFFSET,
                          "no watch is left for it: raise the system's "
                          "fs.inotify.max_user_watches");
    if (wd < 0 && depth > 0 && (errno == ENOENT || errno == ENOTDIR ||
                                errno == ELOOP || errno == EACCES))
        return 0;
    if (wd < 0)
        return ch_fail_errno(e, folder, "cannot watch it");
    if (depth == 0)
        w->root = wd;
    return depth < DEPTH_LIMIT ? add_below(w, folder, depth + 1, e) : 0;
}

static int add_below(struct ch_watch *w, const char *folder, int depth,
                     struct ch_err *e)
{
    const struct dirent *entry;
    DIR *d = opendir(folder);
    int rc = 0;

    if (!d)
        return errno == ENOENT || (errno == EACCES && depth > 1) ? 0
               : ch_fail_errno(e, folder, "cannot open the folder");
    while (!rc && (entry = readdir(d))) {
        char path[4096];
        struct stat s;

        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        rc = ch_file_join(path, sizeof path, folder, entry->d_name, e);
        if (!rc && !lstat(path, &s) && S_ISDIR(s.st_mode))
            rc = add(w, path, depth, e);
    }
    closedir(d);
    return rc;
}

int ch_watch_open(struct ch_watch **out, const char *folder,
                  const char *endings, struct ch_err *e)
{
    struct ch_watch *w = calloc(1, sizeof *w);
    int rc;

    *out = NULL;
    if (!w)
        return ch_fail(e, CH_ENOMEM, "cannot hold a watch");
    w->folder = folder;
    w->endings = endings;
    w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    rc = w->fd < 0 ? ch_fail_errno(e, folder, "cannot watch it")
                   : add(w, folder, 0, e);
    if (rc)
        ch_watch_close(w);
    else
        *out = w;
    return rc;
}

void ch_watch_close(struct ch_watch *w)
{
    if (!w)
        return;
    if (w->fd >= 0)
        close(w->fd);
    free(w);
}

/* One event: is it news? */
static int take(struct ch_watch *w, const struct inotify_event *event,
                int *is_news, struct ch_err *e)
{
    if (event->wd == w->root && (event->mask & IN_IGNORED))
        return ch_fail_at(e, CH_EIO, w->folder, CH_NO_OFFSET,
                          "the folder that was watched is gone");
    if (event->mask & (IN_Q_OVERFLOW | IN_ISDIR)) {
        *is_news = w->has_grown = true;
        return 0;
    }
    if (event->len && (event->mask & FILES) &&
        ch_file_ends_in(event->name, w->endings))
        *is_news = 1;
    return 0;
}

static int take_all(struct ch_watch *w, int *is_news, struct ch_err *e)
{
    union {
        struct inotify_event event;
        char bytes[16384];
    } u;
    ssize_t n;
    int rc = 0;

    while (!rc && (n = read(w->fd, u.bytes, sizeof u.bytes)) > 0)
        for (ssize_t at = 0; at < n && !rc;) {
            struct inotify_event *event = (void *)(u.bytes + at);

            rc = take(w, event, is_news, e);
            at += (ssize_t)(sizeof *event + event->len);
        }
    /* Before they are listed, and once for all that came together. */
    if (!rc && w->has_grown) {
        w->has_grown = false;
        rc = add(w, w->folder, 0, e);
    }
    return rc;
}

int ch_watch_wait(struct ch_watch *w, const volatile sig_atomic_t *stop,
                  struct ch_err *e)
{
    double first = 0;
    int is_news = 0;

    while (!*stop) {
        struct pollfd p = { .fd = w->fd, .events = POLLIN };
        int ready = poll(&p, 1, is_news ? STILL_MS : LOOK_MS);
        int rc = ready > 0 ? take_all(w, &is_news, e) : 0;

        if (rc)
            return rc;
        if (is_news && first == 0)
            first = ch_clock_s();
        if (is_news && (ready == 0 || ch_clock_s() - first > MOST_S))
            return 1;
    }
    return 0;
}
