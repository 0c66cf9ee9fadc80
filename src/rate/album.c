/* album.c - the photos of a folder, found by name or number */
#include "rate/album.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "data/picture.h"

#define AMBIGUOUS UINT64_MAX

struct ch_album {
    char *folder;
    char **path;               /* from the list of files */
    size_t count;
    struct ch_table *by_path, *by_last, *by_number;   /* -> index */
};

/* The digits before the ending, as a number without leading zeros: 139 of
 * COCO_val2014_000000000139.jpg; "" when there are none. */
static void number_of(const char *path, char *out, size_t size)
{
    const char *name = ch_file_last(path), *end = strrchr(name, '.');
    const char *start;

    if (!end)
        end = name + strlen(name);
    for (start = end; start > name && isdigit((unsigned char)start[-1]);)
        start--;
    while (start + 1 < end && *start == '0')
        start++;
    snprintf(out, size, "%.*s", (int)(end - start), start);
}

static int add_key(struct ch_table *t, const char *key, size_t index,
                   struct ch_err *e)
{
    int added;
    uint64_t *at = ch_table_add(t, key, strlen(key), index, &added);

    if (!at)
        return ch_fail(e, CH_ENOMEM, "no memory for the names of photos");
    if (!added)
        *at = AMBIGUOUS;
    return 0;
}

static const char *below(const struct ch_album *a, size_t i)
{
    return a->path[i] + strlen(a->folder) + 1;
}

static int add_photo(struct ch_album *a, size_t i, struct ch_err *e)
{
    char number[32];
    int rc = add_key(a->by_path, below(a, i), i, e);

    if (!rc) rc = add_key(a->by_last, ch_file_last(below(a, i)), i, e);
    number_of(below(a, i), number, sizeof number);
    if (!rc && *number) rc = add_key(a->by_number, number, i, e);
    return rc;
}

int ch_album_open(struct ch_album **out, const char *folder, struct ch_err *e)
{
    struct ch_album *a = calloc(1, sizeof *a);
    int rc = 0;

    *out = NULL;
    if (!a)
        return ch_fail(e, CH_ENOMEM, "cannot hold a list of photos");
    a->folder = realpath(folder, NULL);
    if (!a->folder || !ch_file_is_folder(a->folder))
        rc = ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET,
                        "expected a folder of photos (--images)");
    if (!rc)
        rc = ch_file_list(a->folder, CH_PICTURE_ENDINGS, &a->path, &a->count,
                          e);
    if (!rc && a->count == 0)
        rc = ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET,
                        "expected photos (%s), found none",
                        CH_PICTURE_ENDINGS);
    if (!rc) rc = ch_table_open(&a->by_path, e);
    if (!rc) rc = ch_table_open(&a->by_last, e);
    if (!rc) rc = ch_table_open(&a->by_number, e);
    for (size_t i = 0; i < a->count && !rc; i++)
        rc = add_photo(a, i, e);
    if (rc)
        ch_album_close(a);
    else
        *out = a;
    return rc;
}

void ch_album_close(struct ch_album *a)
{
    if (!a)
        return;
    ch_table_close(a->by_path);
    ch_table_close(a->by_last);
    ch_table_close(a->by_number);
    ch_file_list_free(a->path, a->count);
    free(a->folder);
    free(a);
}

static const char *look(const struct ch_album *a, const struct ch_table *t,
                        const char *key)
{
    const uint64_t *at = ch_table_get(t, key, strlen(key));

    return at && *at != AMBIGUOUS ? below(a, (size_t)*at) : NULL;
}

const char *ch_album_find(const struct ch_album *a, const char *name,
                          int64_t number)
{
    const char *found = NULL;
    char text[32];

    if (name) {
        found = look(a, a->by_path, name);
        if (!found)
            found = look(a, a->by_last, ch_file_last(name));
    }
    if (!found && number >= 0) {
        snprintf(text, sizeof text, "%lld", (long long)number);
        found = look(a, a->by_number, text);
    }
    return found;
}

const char *ch_album_folder(const struct ch_album *a)
{
    return a->folder;
}
