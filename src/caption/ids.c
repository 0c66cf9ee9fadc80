/* ids.c - the numbers that a data set gave its images */
#include "caption/ids.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* Two images have this name, and not the same number. */
#define AMBIGUOUS UINT64_MAX
/* Digits that a number of 64 bits surely holds. */
#define DIGITS 18
/* In the names that COCO gave its photos. */
#define COCO_DIGITS 12

struct ch_caption_ids {
    const char *path;              /* borrowed, NULL: names alone */
    struct ch_table *whole, *last; /* name -> number */
};

static int add_to(struct ch_table *t, const char *name, int64_t id,
                  struct ch_err *e)
{
    int added;
    uint64_t *value = ch_table_add(t, name, strlen(name), (uint64_t)id,
                                   &added);

    if (!value)
        return ch_fail(e, CH_ENOMEM, "cannot hold the numbers of the photos");
    if (!added && *value != (uint64_t)id)
        *value = AMBIGUOUS;
    return 0;
}

static int add(struct ch_caption_ids *ids, const char *name, int64_t id,
               struct ch_err *e)
{
    int rc = add_to(ids->whole, name, id, e);

    return rc ? rc : add_to(ids->last, ch_file_last(name), id, e);
}

/* ---------------------------------------------------------------- reading */

static int read_json(struct ch_caption_ids *ids, struct ch_err *e)
{
    struct ch_json_stream *s = NULL;
    struct ch_json_item item;
    int rc = ch_json_stream_open(&s, ids->path, e);

    if (rc)
        return rc;
    while ((rc = ch_json_stream_next(s, &item, e)) > 0) {
        const char *name;
        int64_t id = 0;

        if (!item.number || (item.member[0] && strcmp(item.member, "images")))
            continue;
        rc = ch_json_need_int(item.value, "id", 0, INT64_MAX, &id, ids->path,
                              e);
        if (!rc)
            rc = ch_json_need_text(item.value, "file_name", &name, ids->path,
                                   e);
        if (!rc) rc = add(ids, name, id, e);
        if (rc) {
            ch_err_wrap_at(e, ids->path, "image %zu", item.number);
            break;
        }
    }
    ch_json_stream_close(s);
    return rc;
}

/* All of it digits: 1 and the number. */
static int read_digits(const char *text, int64_t *id)
{
    size_t n = strspn(text, "0123456789");

    if (n == 0 || text[n])
        return 0;
    while (n > DIGITS && *text == '0')
        text++, n--;
    if (n > DIGITS)
        return 0;
    *id = strtoll(text, NULL, 10);
    return 1;
}

static int read_lines(struct ch_caption_ids *ids, FILE *file, struct ch_err *e)
{
    char *line = NULL;
    size_t room = 0, number = 0;
    ssize_t n;
    int rc = 0;

    while (!rc && (n = getline(&line, &room, file)) >= 0) {
        char *tab;
        int64_t id;

        number++;
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (n == 0)
            continue;
        tab = strrchr(line, '\t');
        if (!tab || tab == line || !read_digits(tab + 1, &id)) {
            rc = ch_fail_at(e, CH_EFORMAT, ids->path, CH_NO_OFFSET, "line %zu: "
                            "expected a name, a tab and a number, found "
                            "\"%.40s\"", number, line);
            break;
        }
        *tab = '\0';
        rc = add(ids, line, id, e);
    }
    if (!rc && ferror(file))
        rc = ch_fail_errno(e, ids->path, "cannot read");
    free(line);
    return rc;
}

static int read_file(struct ch_caption_ids *ids, struct ch_err *e)
{
    FILE *file;
    int c, rc;

    if (ch_file_is_folder(ids->path))
        return ch_fail_at(e, CH_EIO, ids->path, CH_NO_OFFSET,
                          "expected a file, found a folder");
    file = fopen(ids->path, "re");
    if (!file)
        return ch_fail_errno(e, ids->path, "cannot open");
    do {
        c = getc(file);
    } while (c == ' ' || c == '\n' || c == '\r' || c == '\t');
    rewind(file);
    rc = c == '{' || c == '[' ? read_json(ids, e) : read_lines(ids, file, e);
    fclose(file);
    if (!rc && ch_table_count(ids->whole) == 0)
        rc = ch_fail_at(e, CH_EFORMAT, ids->path, CH_NO_OFFSET, "expected "
                        "\"images\" with \"id\" and \"file_name\", or lines "
                        "of name, tab, number; found none");
    return rc;
}

int ch_caption_ids_open(struct ch_caption_ids **out, const char *path,
                        struct ch_err *e)
{
    struct ch_caption_ids *ids = calloc(1, sizeof *ids);
    int rc = 0;

    *out = NULL;
    if (!ids)
        return ch_fail(e, CH_ENOMEM, "cannot hold the numbers of the photos");
    ids->path = path;
    if (path) {
        rc = ch_table_open(&ids->whole, e);
        if (!rc) rc = ch_table_open(&ids->last, e);
        if (!rc) rc = read_file(ids, e);
    }
    if (rc)
        ch_caption_ids_close(ids);
    else
        *out = ids;
    return rc;
}

void ch_caption_ids_close(struct ch_caption_ids *ids)
{
    if (!ids)
        return;
    ch_table_close(ids->whole);
    ch_table_close(ids->last);
    free(ids);
}

/* ---------------------------------------------------------------- finding */

/* 000000391895.jpg, COCO_val2014_000000391895.jpg.  Other names hold digits,
 * too, which are no numbers of theirs. */
static int read_name(const char *name, int64_t *id)
{
    char stem[256];
    const char *base = ch_file_last(name), *dot = strrchr(base, '.');
    const char *under, *at;
    size_t n = dot ? (size_t)(dot - base) : strlen(base);

    if (n >= sizeof stem)
        return 0;
    memcpy(stem, base, n);
    stem[n] = '\0';
    under = strncmp(stem, "COCO_", 5) ? NULL : strrchr(stem, '_');
    at = under ? under + 1 : stem;
    return strlen(at) == COCO_DIGITS && read_digits(at, id);
}

int ch_caption_ids_find(const struct ch_caption_ids *ids, const char *name,
                        int64_t *id, struct ch_err *e)
{
    const char *last = ch_file_last(name);
    const uint64_t *found;

    *id = -1;
    if (!ids->path)
        return read_name(name, id);
    found = ch_table_get(ids->whole, name, strlen(name));
    if (!found)
        found = ch_table_get(ids->last, last, strlen(last));
    if (!found)
        return 0;
    if (*found == AMBIGUOUS)
        return ch_fail_at(e, CH_EUSAGE, ids->path, CH_NO_OFFSET,
                          "has several images of the name %.200s; write their "
                          "paths as they stand there", name);
    *id = (int64_t)*found;
    return 1;
}
