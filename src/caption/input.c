/* input.c - the names of the photos, one after another */
#include "caption/input.h"

#include "base/file.h"
#include "base/hash.h"
#include "caption/ids.h"
#include "data/picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

struct ch_caption_names {
    struct ch_caption_input in;
    bool need_ids;
    struct ch_caption_ids *ids;
    struct ch_table *seen;         /* image_id -> place, where ids are needed */
    size_t path, list;             /* the next of each */
    FILE *file;                    /* the list that is being read, or NULL */
    const char *file_path;
    char *line;
    size_t line_room;
    char **folder;                 /* the names of the folder in work */
    size_t folder_count, folder_next;
    uint64_t count, total;         /* given so far; in all, 0: not known */
    struct ch_err why;
};

/* "@x" -> "x", otherwise NULL. */
static const char *list_of(const char *path)
{
    return path[0] == '@' && path[1] ? path + 1 : NULL;
}

/* Lists are read as they come: how long they are is not known before. */
static int count_all(struct ch_caption_names *n, struct ch_err *e)
{
    uint64_t total = 0;

    if (n->in.list_count)
        return 0;
    for (size_t i = 0; i < n->in.path_count; i++) {
        char **list;
        size_t count;
        int rc;

        if (list_of(n->in.path[i]))
            return 0;
        if (!ch_file_is_folder(n->in.path[i])) {
            total++;
            continue;
        }
        rc = ch_file_list(n->in.path[i], CH_PICTURE_ENDINGS, &list, &count, e);
        if (rc == CH_ENOMEM)
            return rc;
        total += rc ? 1 : count ? count : 1;
        if (!rc)
            ch_file_list_free(list, count);
    }
    n->total = total;
    return 0;
}

int ch_caption_names_open(struct ch_caption_names **out,
                          const struct ch_caption_input *in, bool need_ids,
                          struct ch_err *e)
{
    struct ch_caption_names *n = calloc(1, sizeof *n);
    int rc;

    *out = NULL;
    if (!n)
        return ch_fail(e, CH_ENOMEM, "cannot hold the names of the photos");
    n->in = *in;
    n->need_ids = need_ids;
    rc = ch_caption_ids_open(&n->ids, in->ids, e);
    if (!rc && need_ids) rc = ch_table_open(&n->seen, e);
    if (!rc) rc = count_all(n, e);
    if (!rc && in->limit && n->total > in->limit)
        n->total = in->limit;
    if (rc)
        ch_caption_names_close(n);
    else
        *out = n;
    return rc;
}

static void close_list(struct ch_caption_names *n)
{
    if (n->file && n->file != stdin)
        fclose(n->file);
    n->file = NULL;
}

static void close_folder(struct ch_caption_names *n)
{
    ch_file_list_free(n->folder, n->folder_count);
    n->folder = NULL;
    n->folder_count = n->folder_next = 0;
}

void ch_caption_names_close(struct ch_caption_names *n)
{
    if (!n)
        return;
    close_list(n);
    close_folder(n);
    ch_caption_ids_close(n->ids);
    ch_table_close(n->seen);
    free(n->line);
    free(n);
}

uint64_t ch_caption_names_count(const struct ch_caption_names *n)
{
    return n->total;
}

/* ------------------------------------------------------------- next names */

static int open_list(struct ch_caption_names *n, const char *path,
                     struct ch_err *e)
{
    n->file_path = strcmp(path, "-") ? path : "standard input";
    if (strcmp(path, "-") && ch_file_is_folder(path))
        return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET,
                          "expected a list of photos, found a folder");
    n->file = strcmp(path, "-") ? fopen(path, "re") : stdin;
    return n->file ? 0 : ch_fail_errno(e, path, "cannot open");
}

/* A line that is not empty: 1, or 0 at the end of the list. */
static int next_line(struct ch_caption_names *n, const char **name,
                     struct ch_err *e)
{
    ssize_t size;

    while ((size = getline(&n->line, &n->line_room, n->file)) >= 0) {
        while (size > 0 &&
               (n->line[size - 1] == '\n' || n->line[size - 1] == '\r'))
            n->line[--size] = '\0';
        *name = n->line;
        if (size > 0)
            return 1;
    }
    if (ferror(n->file))
        return ch_fail_errno(e, n->file_path, "cannot read");
    close_list(n);
    return 0;
}

/* The next name as it was given: 1, or 0 at the end. */
static int next_given(struct ch_caption_names *n, const char **name,
                      struct ch_err *e)
{
    int rc = 0;

    for (;;) {
        const char *list = NULL;

        if (n->file && (rc = next_line(n, name, e)) != 0)
            return rc;
        if (n->path < n->in.path_count) {
            *name = n->in.path[n->path++];
            list = list_of(*name);
            if (!list)
                return 1;
        } else if (n->list < n->in.list_count) {
            list = n->in.list[n->list++];
        } else {
            return 0;
        }
        rc = open_list(n, list, e);
        if (rc)
            return rc;
    }
}

/* A folder's names; one that has none, or cannot be read, is a bad photo. */
static int open_folder(struct ch_caption_names *n, const char *path,
                       struct ch_err *e)
{
    int rc = ch_file_list(path, CH_PICTURE_ENDINGS, &n->folder,
                          &n->folder_count, &n->why);

    n->folder_next = 0;
    if (rc == CH_ENOMEM) {
        *e = n->why;
        return rc;
    }
    if (!rc && n->folder_count == 0) {
        close_folder(n);
        rc = ch_fail_at(&n->why, CH_EUSAGE, path, CH_NO_OFFSET, "no photo "
                        "(.jpg, .jpeg, .png, .webp) in this folder");
    }
    return rc ? 1 : 0;
}

/* 1 and a photo without its number. */
static int next_photo(struct ch_caption_names *n,
                      struct ch_caption_input_photo *out, struct ch_err *e)
{
    int rc;

    *out = (struct ch_caption_input_photo){ .image_id = -1 };
    for (;;) {
        if (n->folder_next < n->folder_count) {
            out->key = n->folder[n->folder_next++];
            return 1;
        }
        close_folder(n);
        rc = next_given(n, &out->key, e);
        if (rc <= 0)
            return rc;
        if (!ch_file_is_folder(out->key))
            return 1;
        n->why = (struct ch_err)CH_ERR_INIT;
        rc = open_folder(n, out->key, e);
        if (rc) {
            out->why = n->why.msg;
            return rc;
        }
    }
}

static int check_id(struct ch_caption_names *n,
                    const struct ch_caption_input_photo *p, struct ch_err *e)
{
    const uint64_t *place;
    int added;

    if (p->image_id < 0)
        return ch_fail_at(e, CH_EUSAGE, p->key, CH_NO_OFFSET, "has no "
                          "image_id: %s", n->in.ids
                              ? "the file of --ids does not name it"
                              : "its name is none of COCO's; pass --ids "
                                "FILE");
    place = ch_table_add(n->seen, (const char *)&p->image_id,
                         sizeof p->image_id, n->count + 1, &added);
    if (!place)
        return ch_fail(e, CH_ENOMEM, "cannot hold the numbers of the photos");
    if (!added)
        return ch_fail_at(e, CH_EUSAGE, p->key, CH_NO_OFFSET, "has the "
                          "image_id %" PRId64 ", as photo %" PRIu64 " of the "
                          "input: expected another for each", p->image_id,
                          *place);
    return 0;
}

int ch_caption_names_next(struct ch_caption_names *n,
                          struct ch_caption_input_photo *out,
                          struct ch_err *e)
{
    int rc;

    if (n->in.limit && n->count == n->in.limit)
        return 0;
    rc = next_photo(n, out, e);
    if (rc <= 0)
        return rc;
    if (!out->why) {
        rc = ch_caption_ids_find(n->ids, out->key, &out->image_id, e);
        if (rc >= 0 && n->need_ids)
            rc = check_id(n, out, e);
    }
    n->count++;
    return rc < 0 ? rc : 1;
}
