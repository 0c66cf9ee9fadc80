/* link.c - a folder of links for each tag */
#include "use/link.h"

#include "base/hash.h"
#include "chorus/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is a part of the path ".."? */
static bool climbs(const char *path)
{
    for (; (path = strstr(path, "/..")); path += 3)
        if (!path[3] || path[3] == '/')
            return true;
    return false;
}

/* The absolute path of a folder, whose end may not be there yet. */
static int resolve(const char *folder, char out[PATH_MAX], struct ch_err *e)
{
    char at[PATH_MAX], whole[PATH_MAX];
    size_t n, there;

    if (snprintf(at, sizeof at, "%s%s", folder[0] == '/' ? "" : "./",
                 folder) >= (int)sizeof at)
        return ch_fail(e, CH_EUSAGE, "%.40s...: the path is too long", folder);
    n = strlen(at);
    /* What is there is a prefix of the name. */
    while (!realpath(at, whole)) {
        char *slash = strrchr(at, '/');

        if (errno != ENOENT || !slash || slash == at)
            return ch_fail_errno(e, folder, "cannot look at it");
        *slash = '\0';
    }
    there = strlen(at);
    for (size_t i = there; i < n; i = strlen(at))
        at[i] = '/';
    /* Where that leads is known when the folders are made. */
    if (climbs(at + there))
        return ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET, "climbs with .. "
                          "out of a folder that is not there");
    if (snprintf(out, PATH_MAX, "%s%s", whole, at + there) >= PATH_MAX)
        return ch_fail(e, CH_EUSAGE, "%.40s...: the path is too long", folder);
    return 0;
}

/* 1 and the folder of the collection that a path lies in, or 0. */
static int find_root(struct ch_index *x, const char *path,
                     char root[PATH_MAX], struct ch_err *e)
{
    struct ch_sql_rows *rows = NULL;
    int rc = ch_sql_query(&rows, x->sql, e, "SELECT path FROM root", "");

    while (!rc && (rc = ch_sql_next(rows, e)) > 0) {
        snprintf(root, PATH_MAX, "%s", ch_sql_text(rows, 0));
        if (ch_roll_is_under(path, root))
            break;
        rc = 0;
    }
    ch_sql_rows_close(rows);
    return rc;
}

int ch_link_check(struct ch_index *x, const struct ch_roll *r,
                  const char *folder, struct ch_err *e)
{
    char path[PATH_MAX], root[PATH_MAX];
    int rc = resolve(folder, path, e);

    for (size_t i = 0; i < r->root_count && !rc; i++)
        if (ch_roll_is_under(path, r->root[i])) {
            snprintf(root, sizeof root, "%s", r->root[i]);
            rc = 1;
        }
    if (!rc) rc = find_root(x, path, root, e);
    return rc <= 0 ? rc
        : ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET, "lies in %.200s, "
                     "where links would be photos, too; name a folder outside",
                     root);
}

/* ----------------------------------------------------------------- linking */

/* Does the name lead to the photo already: 1, 0 when nothing is there, -1 when
 * something else is. */
static int look(const char *name, const char *photo, bool hard)
{
    char target[PATH_MAX];
    struct stat s, p;
    ssize_t n;

    if (lstat(name, &s))
        return 0;
    if (hard)
        return stat(photo, &p) == 0 && s.st_dev == p.st_dev &&
               s.st_ino == p.st_ino ? 1 : -1;
    if (!S_ISLNK(s.st_mode))
        return -1;
    n = readlink(name, target, sizeof target);
    return n == (ssize_t)strlen(photo) && !memcmp(target, photo, (size_t)n)
           ? 1 : -1;
}

/* The photo's name, or name~12345678.jpg, by a hash of its path. */
static void name_link(char *out, size_t size, const char *photo, bool is_other)
{
    const char *last = ch_file_last(photo), *dot = strrchr(last, '.');
    int stem = dot ? (int)(dot - last) : (int)strlen(last);
    char mark[12] = "";

    if (is_other)
        snprintf(mark, sizeof mark, "~%08" PRIx32,
                 (uint32_t)ch_hash(photo, strlen(photo)));
    snprintf(out, size, "%.*s%s%s", stem, last, mark, dot ? dot : "");
}

static int make(const char *name, const char *photo, bool hard)
{
    /* Of a photo that is a link itself, the file: a copy of the link would lead
     * elsewhere from here. */
    return hard ? linkat(AT_FDCWD, photo, AT_FDCWD, name, AT_SYMLINK_FOLLOW)
                : symlink(photo, name);
}

/* A photo that is gone, or a name that is taken or too long, is told; what
 * stands against all links is an error. */
static int link_photo(const char *folder, const char *photo, bool hard,
                      struct ch_tag_counts *n, struct ch_err *e)
{
    char path[2][PATH_MAX], name[NAME_MAX + 16];
    int found[2], k;

    for (k = 0; k < 2; k++) {
        int rc;

        name_link(name, sizeof name, photo, k);
        rc = ch_file_join(path[k], sizeof path[k], folder, name, e);
        if (rc)
            return rc;
        found[k] = look(path[k], photo, hard);
        if (found[k] > 0) {
            n->links_kept++;
            return 0;
        }
    }
    k = found[0] != 0;
    if (found[k] < 0) {
        ch_log(CH_LOG_WARN, "%s: something else is there, and stays", path[k]);
    } else if (make(path[k], photo, hard) == 0) {
        n->links++;
        return 0;
    } else if (errno == ENOENT || errno == ENAMETOOLONG || errno == EEXIST) {
        ch_log(CH_LOG_WARN, "%s: cannot make the link: %s", path[k],
               strerror(errno));
    } else {
        return ch_fail_errno(e, path[k], "cannot make a %s link",
                             hard ? "hard" : "symbolic");
    }
    n->links_bad++;
    return 0;
}

/* ---------------------------------------------------------------- dropping */

/* A symbolic link to a photo that was of the collection, is not there, and not
 * in the index either: 1, or 0.  Hard links hold the photo itself. */
static int is_stale(struct ch_index *x, const char *link, struct ch_err *e)
{
    char photo[PATH_MAX], root[PATH_MAX], name[NAME_MAX + 16];
    ssize_t n = readlink(link, photo, sizeof photo - 1);
    const struct ch_file_id any = { 0 };
    bool is_named = false;
    struct stat s;
    int64_t id;
    int rc;

    if (n <= 0 || photo[0] != '/')
        return 0;
    photo[n] = '\0';
    for (int k = 0; k < 2; k++) {
        name_link(name, sizeof name, photo, k);
        is_named |= !strcmp(ch_file_last(link), name);
    }
    if (!is_named || stat(photo, &s) == 0 ||
        (errno != ENOENT && errno != ENOTDIR))
        return 0;
    rc = ch_index_find(x, photo, &any, &id, e);
    return rc ? (rc < 0 ? rc : 0) : find_root(x, photo, root, e);
}

static int drop_in(struct ch_index *x, const char *folder,
                   struct ch_tag_counts *n, struct ch_err *e)
{
    uint64_t before = n->links_gone;
    char path[PATH_MAX];
    const struct dirent *entry;
    DIR *d = opendir(folder);
    int rc = 0;

    /* No folder, or not to be read: what is in it stays. */
    while (d && rc >= 0 && (entry = readdir(d))) {
        rc = ch_file_join(path, sizeof path, folder, entry->d_name, e);
        if (!rc) rc = is_stale(x, path, e);
        if (rc > 0 && unlink(path) == 0) {
            n->links_gone++;
        } else if (rc > 0) {
            ch_log(CH_LOG_WARN, "%s: cannot remove the link: %s", path,
                   strerror(errno));
            n->links_bad++;
        }
    }
    if (d)
        closedir(d);
    /* One with anything in it stays. */
    if (n->links_gone > before)
        (void)rmdir(folder);
    return rc < 0 ? rc : 0;
}

static int drop_stale(struct ch_index *x, const char *whole,
                      struct ch_tag_counts *n, struct ch_err *e)
{
    char path[PATH_MAX];
    const struct dirent *entry;
    DIR *d = opendir(whole);
    int rc = 0;

    while (d && !rc && (entry = readdir(d))) {
        struct stat s;

        if (strchr(entry->d_name, '.'))           /* no tag */
            continue;
        rc = ch_file_join(path, sizeof path, whole, entry->d_name, e);
        if (!rc && !lstat(path, &s) && S_ISDIR(s.st_mode))
            rc = drop_in(x, path, n, e);
    }
    if (d)
        closedir(d);
    return rc;
}

int ch_link_all(struct ch_index *x, const char *folder, bool hard,
                struct ch_tag_counts *n, struct ch_err *e)
{
    char whole[PATH_MAX], into[PATH_MAX], last[PATH_MAX] = "", photo[PATH_MAX];
    struct ch_sql_rows *r = NULL;
    int rc = resolve(folder, whole, e), more = 0;

    /* First: their names are free then. */
    if (!rc) rc = drop_stale(x, whole, n, e);
    if (!rc)
        rc = ch_sql_query(&r, x->sql, e, "SELECT t.name, p.path FROM tag t"
                          " JOIN photo p ON p.id = t.photo"
                          " ORDER BY t.name, p.path", "");
    while (!rc && (more = ch_sql_next(r, e)) > 0) {
        size_t bytes;
        const char *path = ch_sql_blob(r, 1, &bytes);
        const char *tag = ch_sql_text(r, 0);

        /* An index is a file from outside: its tags stay in the folder. */
        if (!path || bytes >= sizeof photo || path[0] != '/' ||
            memchr(path, '\0', bytes) || !*tag || strpbrk(tag, "/."))
            rc = ch_fail_at(e, CH_EFORMAT, x->path, CH_NO_OFFSET, "damaged: "
                            "a tag or path that chorus tag does not write");
        if (!rc) {
            memcpy(photo, path, bytes);
            photo[bytes] = '\0';
            rc = ch_file_join(into, sizeof into, whole, tag, e);
        }
        if (!rc && strcmp(into, last)) {
            rc = ch_file_folder(into, e);
            strcpy(last, into);
        }
        if (!rc) rc = link_photo(into, photo, hard, n, e);
    }
    ch_sql_rows_close(r);
    return rc ? rc : more;
}
