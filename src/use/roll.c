/* roll.c - the photos that are there, each once, by absolute path */
#include "use/roll.h"

#include "chorus/log.h"
#include "data/picture.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int add(struct ch_roll *r, char *path, struct ch_err *e)
{
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        char **bigger = realloc(r->path, room * sizeof *bigger);

        if (!bigger) {
            free(path);
            return ch_fail(e, CH_ENOMEM, "cannot hold %zu photos", room);
        }
        r->path = bigger;
        r->room = room;
    }
    r->path[r->count++] = path;
    return 0;
}

static int note_unread(void *context, const char *folder,
                       const struct ch_err *why, struct ch_err *e)
{
    struct ch_roll *r = context;
    char **more = realloc(r->unread, (r->unread_count + 1) * sizeof *more);

    if (more)
        r->unread = more;
    if (!more || !(more[r->unread_count] = strdup(folder)))
        return ch_fail(e, CH_ENOMEM, "cannot hold a path");
    r->unread_count++;
    ch_log(CH_LOG_WARN, "%s", why->msg);
    return 0;
}

static int add_folder(struct ch_roll *r, const char *name, struct ch_err *e)
{
    char *folder = realpath(name, NULL), **list = NULL;
    size_t count = 0, i = 0, unread = r->unread_count;
    int rc = 0;

    if (!folder)
        return ch_fail_errno(e, name, "cannot look at it");
    r->root[r->root_count++] = folder;
    rc = ch_file_list_past(folder, CH_PICTURE_ENDINGS, note_unread, r, &list,
                           &count, e);
    if (!rc && count == 0 && r->unread_count == unread)
        rc = ch_fail_at(e, CH_EUSAGE, name, CH_NO_OFFSET, "no photo (.jpg, "
                        ".jpeg, .png, .webp) in this folder; is its disk "
                        "mounted?");
    for (; i < count && !rc; i++)
        rc = add(r, list[i], e);
    /* Those before i are on the roll, or freed. */
    for (; i < count; i++)
        free(list[i]);
    free(list);
    return rc;
}

/* The name stays, whatever it links to: that is what people know. */
static int add_photo(struct ch_roll *r, const char *name, struct ch_err *e)
{
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    char *above = strndup(name, slash ? (size_t)(slash - name) + 1 : 0);
    char path[PATH_MAX], *folder = NULL;
    int rc = 0;

    if (!above)
        return ch_fail(e, CH_ENOMEM, "cannot hold a path");
    folder = realpath(*above ? above : ".", NULL);
    if (!folder)
        rc = ch_fail_errno(e, name, "cannot look at its folder");
    else if (!ch_file_exists(name))
        rc = ch_fail_at(e, CH_EUSAGE, name, CH_NO_OFFSET,
                        "expected a photo or a folder, found nothing");
    if (!rc) rc = ch_file_join(path, sizeof path, folder, last, e);
    free(folder);
    free(above);
    if (rc)
        return rc;
    above = strdup(path);
    return above ? add(r, above, e)
                 : ch_fail(e, CH_ENOMEM, "cannot hold a path");
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct ch_roll *r)
{
    size_t left = 0;

    if (r->count)
        qsort(r->path, r->count, sizeof *r->path, by_bytes);

    for (size_t i = 0; i < r->count; i++) {
        if (left && !strcmp(r->path[i], r->path[left - 1]))
            free(r->path[i]);
        else
            r->path[left++] = r->path[i];
    }
    r->count = left;
}

int ch_roll_make(struct ch_roll *r, char *const *name, size_t count,
                 struct ch_err *e)
{
    int rc = 0;

    *r = (struct ch_roll){ .root = calloc(count + 1, sizeof *r->root) };
    if (!r->root)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu names", count);
    for (size_t i = 0; i < count && !rc; i++)
        rc = ch_file_is_folder(name[i]) ? add_folder(r, name[i], e)
                                        : add_photo(r, name[i], e);
    sort(r);
    return rc;
}

void ch_roll_release(struct ch_roll *r)
{
    ch_file_list_free(r->path, r->count);
    ch_file_list_free(r->root, r->root_count);
    ch_file_list_free(r->unread, r->unread_count);
    *r = (struct ch_roll){ 0 };
}

bool ch_roll_is_under(const char *path, const char *folder)
{
    size_t n = strlen(folder);

    return !strncmp(path, folder, n) &&
           (!path[n] || path[n] == '/' || (n && folder[n - 1] == '/'));
}

/* ------------------------------------------------------------- sweeping */

static bool is_on(const struct ch_roll *r, const char *path)
{
    return r->count &&
           bsearch(&path, r->path, r->count, sizeof *r->path, by_bytes);
}

/* Of what lies where nobody could look, nothing is known. */
static bool may_be_there(const struct ch_roll *r, const char *path)
{
    for (size_t i = 0; i < r->unread_count; i++)
        if (ch_roll_is_under(path, r->unread[i]))
            return true;
    return is_on(r, path);
}

/* Paths of the index under a folder that are not on the roll. */
static int find_gone(const struct ch_roll *r, struct ch_index *x,
                     const char *folder, struct ch_roll *gone,
                     struct ch_err *e)
{
    struct ch_buffer low = { 0 };
    struct ch_sql_rows *rows = NULL;
    int rc = 0, more = 0;

    ch_buffer_text(&low, folder);
    if (!low.failed && low.at[low.size - 1] != '/')
        ch_buffer_text(&low, "/");
    if (low.failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold a path");
    rc = ch_sql_query(&rows, x->sql, e, "SELECT path FROM photo"
                      " WHERE path >= ?1 AND substr(path, 1, length(?1)) = ?1",
                      "b", low.at, low.size);
    while (!rc && (more = ch_sql_next(rows, e)) > 0) {
        size_t n;
        const char *bytes = ch_sql_blob(rows, 0, &n);
        char *path = strndup(bytes ? bytes : "", n);

        if (path && may_be_there(r, path))
            free(path);
        else
            rc = path ? add(gone, path, e)
                      : ch_fail(e, CH_ENOMEM, "cannot hold a path");
    }
    ch_sql_rows_close(rows);
    ch_buffer_release(&low);
    return rc ? rc : more;
}

int ch_roll_sweep(const struct ch_roll *r, struct ch_index *x, uint64_t *gone,
                  struct ch_err *e)
{
    struct ch_roll old = { 0 };
    int rc = 0;

    for (size_t i = 0; i < r->root_count && !rc; i++)
        rc = find_gone(r, x, r->root[i], &old, e);
    /* A folder may be named, and one in it. */
    sort(&old);
    if (!rc) rc = ch_sql_begin(x->sql, e);
    if (!rc) {
        for (size_t i = 0; i < r->root_count && !rc; i++)
            rc = ch_index_add_root(x, r->root[i], e);
        for (size_t i = 0; i < old.count && !rc; i++)
            rc = ch_index_drop(x, old.path[i], e);
        rc = ch_sql_end(x->sql, rc, e);
    }
    if (!rc)
        *gone += old.count;
    ch_roll_release(&old);
    return rc;
}
