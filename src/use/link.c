/* link.c - a folder of links for each tag */
#include "use/link.h"

#include "base/hash.h"
#include "chorus/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    if (snprintf(out, PATH_MAX, "%s%s", whole, at + there) >= PATH_MAX)
        return ch_fail(e, CH_EUSAGE, "%.40s...: the path is too long", folder);
    return 0;
}

static int refuse(const char *folder, const char *root, struct ch_err *e)
{
    return ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET, "lies in %.200s, "
                      "where links would be photos, too; name a folder outside",
                      root);
}

int ch_link_check(struct ch_index *x, const struct ch_roll *r,
                  const char *folder, struct ch_err *e)
{
    char path[PATH_MAX];
    struct ch_sql_rows *rows = NULL;
    int rc = resolve(folder, path, e), more = 0;

    for (size_t i = 0; i < r->root_count && !rc; i++)
        if (ch_roll_is_under(path, r->root[i]))
            rc = refuse(folder, r->root[i], e);
    if (!rc) rc = ch_sql_query(&rows, x->sql, e, "SELECT path FROM root", "");
    while (!rc && (more = ch_sql_next(rows, e)) > 0)
        if (ch_roll_is_under(path, ch_sql_text(rows, 0)))
            rc = refuse(folder, ch_sql_text(rows, 0), e);
    ch_sql_rows_close(rows);
    return rc ? rc : more;
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

/* name~12345678.jpg, by a hash of the photo's path. */
static int other_name(char *out, size_t size, const char *photo)
{
    const char *last = strrchr(photo, '/') + 1, *dot = strrchr(last, '.');
    int stem = dot ? (int)(dot - last) : (int)strlen(last);

    return snprintf(out, size, "%.*s~%08" PRIx32 "%s", stem, last,
                    (uint32_t)ch_hash(photo, strlen(photo)), dot ? dot : "");
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
    char path[PATH_MAX], name[NAME_MAX + 16];
    int rc = 0, found = -1;

    for (int other = 0; other < 2 && found < 0; other++) {
        if (other)
            other_name(name, sizeof name, photo);
        else
            snprintf(name, sizeof name, "%s", strrchr(photo, '/') + 1);
        rc = ch_file_join(path, sizeof path, folder, name, e);
        if (rc)
            return rc;
        found = look(path, photo, hard);
    }
    if (found > 0) {
        n->links_kept++;
        return 0;
    }
    if (found < 0) {
        ch_log(CH_LOG_WARN, "%s: something else is there, and stays", path);
    } else if (make(path, photo, hard) == 0) {
        n->links++;
        return 0;
    } else if (errno == ENOENT || errno == ENAMETOOLONG || errno == EEXIST) {
        ch_log(CH_LOG_WARN, "%s: cannot make the link: %s", path,
               strerror(errno));
    } else {
        return ch_fail_errno(e, path, "cannot make a %s link",
                             hard ? "hard" : "symbolic");
    }
    n->links_bad++;
    return 0;
}

int ch_link_all(struct ch_index *x, const char *folder, bool hard,
                struct ch_tag_counts *n, struct ch_err *e)
{
    char whole[PATH_MAX], into[PATH_MAX], photo[PATH_MAX];
    struct ch_sql_rows *r = NULL;
    int rc = resolve(folder, whole, e), more = 0;

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
        if (!rc) rc = ch_file_folder(into, e);
        if (!rc) rc = link_photo(into, photo, hard, n, e);
    }
    ch_sql_rows_close(r);
    return rc ? rc : more;
}
