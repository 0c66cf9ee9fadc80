/* split.c - which split an image belongs to */
#include "data/split.h"

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define LIST_LIMIT ((size_t)1 << 31)

const char *const ch_split_name[CH_SPLIT_COUNT] = { "train", "val", "test" };

const struct ch_split_rule ch_split_all[CH_SPLIT_COUNT] = {
    { .by = CH_SPLIT_FIXED, .fixed = CH_SPLIT_TRAIN },
    { .by = CH_SPLIT_FIXED, .fixed = CH_SPLIT_VAL },
    { .by = CH_SPLIT_FIXED, .fixed = CH_SPLIT_TEST },
};

int ch_split_find(const char *name, enum ch_split *out)
{
    for (int i = 0; i < CH_SPLIT_COUNT; i++)
        if (strcmp(name, ch_split_name[i]) == 0) {
            *out = (enum ch_split)i;
            return 1;
        }
    return 0;
}

/* Lists of Flickr30k name images without ".jpg". */
static const uint64_t *find_listed(const struct ch_table *list,
                                   const char *name, size_t n)
{
    const uint64_t *found = ch_table_get(list, name, n);
    const char *dot = found ? NULL : memrchr(name, '.', n);

    return dot ? ch_table_get(list, name, (size_t)(dot - name)) : found;
}

int ch_split_of(const struct ch_split_rule *r, const char *name, size_t n,
                enum ch_split given, enum ch_split *out)
{
    const uint64_t *listed;
    double u;

    switch (r->by) {
    case CH_SPLIT_FIXED:
        *out = r->fixed;
        return 1;
    case CH_SPLIT_GIVEN:
        *out = given;
        return 1;
    case CH_SPLIT_LIST:
        listed = find_listed(r->list, name, n);
        if (listed)
            *out = (enum ch_split)*listed;
        return listed != NULL;
    default:
        /* 53 bits are exact in a double, on every machine. */
        u = (double)(ch_hash(name, n) >> 11) * 0x1p-53;
        *out = u < r->test_part                  ? CH_SPLIT_TEST
               : u < r->test_part + r->val_part ? CH_SPLIT_VAL
                                                : CH_SPLIT_TRAIN;
        return 1;
    }
}

typedef int (*line_fn)(void *context, const char *line, size_t n,
                       size_t number, struct ch_err *e);

/* Lines that are not blank, without blanks at their ends. */
static int each_line(const char *path, line_fn visit, void *context,
                     struct ch_err *e)
{
    char *text;
    const char *line;
    size_t n, length, number = 0, found = 0;
    struct ch_bytes b;
    int rc = ch_file_read(path, LIST_LIMIT, &text, &n, e);

    if (rc)
        return rc;
    b = ch_bytes_of(text, n);
    ch_bytes_skip_mark(&b);
    while (!rc && ch_bytes_line(&b, &line, &length)) {
        number++;
        while (length && (line[length - 1] == ' ' || line[length - 1] == '\t'))
            length--;
        if (length == 0)
            continue;
        found++;
        rc = visit(context, line, length, number, e);
    }
    free(text);
    if (!rc && found == 0)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "the list is empty, expected a file name a line");
    return rc;
}

struct reading {
    struct ch_table *list;
    const char *path;
    enum ch_split split;
};

static int read_line(void *context, const char *line, size_t n, size_t number,
                     struct ch_err *e)
{
    struct reading *r = context;
    int added;
    uint64_t *at = ch_table_add(r->list, line, n, r->split, &added);

    if (!at)
        return ch_fail(e, CH_ENOMEM, "cannot hold the list %s", r->path);
    if (!added)
        return ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                          "line %zu: %.*s is listed already (%s); an image "
                          "belongs to one split", number, (int)n, line,
                          ch_split_name[*at]);
    return 0;
}

int ch_split_lists_open(struct ch_split_rule *r,
                        const char *const list_path[CH_SPLIT_COUNT],
                        struct ch_err *e)
{
    int rc;

    *r = (struct ch_split_rule){ .by = CH_SPLIT_LIST };
    rc = ch_table_open(&r->list, e);
    for (int i = 0; i < CH_SPLIT_COUNT && !rc; i++) {
        struct reading to = { r->list, list_path[i], (enum ch_split)i };

        if (list_path[i])
            rc = each_line(list_path[i], read_line, &to, e);
    }
    return rc;
}

void ch_split_lists_close(struct ch_split_rule *r)
{
    ch_table_close(r->list);
    r->list = NULL;
}

struct checking {
    const char *path, *annotations;
    int (*is_met)(const void *context, const char *name, size_t n);
    const void *context;
};

static int check_line(void *context, const char *line, size_t n, size_t number,
                      struct ch_err *e)
{
    const struct checking *c = context;

    if (c->is_met(c->context, line, n))
        return 0;
    return ch_fail_at(e, CH_EFORMAT, c->path, CH_NO_OFFSET,
                      "line %zu: %.*s has no caption in %s", number, (int)n,
                      line, c->annotations);
}

int ch_split_lists_check(const char *const list_path[CH_SPLIT_COUNT],
                         const char *annotations,
                         int (*is_met)(const void *context, const char *name,
                                       size_t n),
                         const void *context, struct ch_err *e)
{
    int rc = 0;

    for (int i = 0; i < CH_SPLIT_COUNT && !rc; i++) {
        struct checking c = { list_path[i], annotations, is_met, context };

        if (list_path[i])
            rc = each_line(list_path[i], check_line, &c, e);
    }
    return rc;
}
