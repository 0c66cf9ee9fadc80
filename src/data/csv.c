/* csv.c - own photos: a table with commas, as RFC 4180 writes it
 *
 * The first row names the columns: "image" and "caption" are needed, "split" is
 * read when splits are given by the file, others are not looked at.
 */
#include "data/source.h"

#include "base/csv_row.h"

#include <string.h>

struct columns {
    size_t image, caption, split;      /* CH_CSV_FIELDS: none */
    size_t count;
};

/* Its place, CH_CSV_FIELDS when it is not there. */
static int find_column(const struct ch_csv_rows *t, const char *name,
                       size_t *out, struct ch_err *e)
{
    *out = ch_csv_row_find(t, name);
    for (size_t i = *out + 1; i < t->count; i++)
        if (strcmp(ch_csv_row_field(t, i, NULL), name) == 0)
            return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET,
                              "the first row names the column \"%s\" twice",
                              name);
    return 0;
}

static int read_header(struct ch_csv_rows *t, struct columns *c,
                       const struct ch_split_rule *by, struct ch_err *e)
{
    int rc = ch_csv_rows_next(t, e);

    if (rc < 0)
        return rc;
    if (rc == 0)
        return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET,
                          "the file is empty, expected a first row that names "
                          "the columns \"image\" and \"caption\"");
    c->count = t->count;
    rc = ch_csv_row_text(t, c->count, e);
    if (!rc) rc = find_column(t, "image", &c->image, e);
    if (!rc) rc = find_column(t, "caption", &c->caption, e);
    if (!rc) rc = find_column(t, "split", &c->split, e);
    if (rc)
        return rc;
    if (c->image == CH_CSV_FIELDS || c->caption == CH_CSV_FIELDS)
        return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET,
                          "the first row does not name the columns \"image\" "
                          "and \"caption\"; it begins with \"%.40s\"",
                          ch_csv_row_field(t, 0, NULL));
    if (by->by == CH_SPLIT_GIVEN && c->split == CH_CSV_FIELDS)
        return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET,
                          "the first row does not name a column \"split\"; "
                          "split by list or by hash");
    return 0;
}

static int add_row(struct ch_source *s, const struct ch_csv_rows *t,
                   const struct columns *c, const struct ch_split_rule *by,
                   struct ch_err *e)
{
    enum ch_split split = CH_SPLIT_TRAIN;
    size_t image, file_bytes, caption_bytes;
    const char *file, *caption;
    int rc = ch_csv_row_text(t, c->count, e);

    if (rc)
        return rc;
    file = ch_csv_row_field(t, c->image, &file_bytes);
    caption = ch_csv_row_field(t, c->caption, &caption_bytes);
    if (file_bytes == 0)
        return ch_csv_row_bad(t, "the image has no name", e);
    if (by->by == CH_SPLIT_GIVEN &&
        !ch_split_find(ch_csv_row_field(t, c->split, NULL), &split))
        return ch_csv_row_bad(t, "the split is not train, val or test", e);
    rc = ch_source_place(s, by, file, file_bytes, -1, split, &image, e);
    if (rc == CH_EFORMAT)
        return ch_err_wrap_at(e, t->path, "line %zu", t->row_line);
    s->captions_left_out += rc == 0;
    return rc > 0 ? ch_source_caption(s, image, caption, caption_bytes, e)
                  : rc;
}

int ch_source_csv_parse(struct ch_source *s, const char *text, size_t n,
                        const char *path, const struct ch_split_rule *by,
                        struct ch_err *e)
{
    struct ch_csv_rows t;
    struct columns c;
    size_t rows = 0;
    int rc;

    ch_csv_rows_init(&t, text, n, path);
    rc = read_header(&t, &c, by, e);
    while (!rc && (rc = ch_csv_rows_next(&t, e)) > 0) {
        rows++;
        rc = add_row(s, &t, &c, by, e);
    }
    if (!rc && rows == 0)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "no captions behind the first row");
    ch_csv_rows_release(&t);
    return rc;
}

int ch_source_csv(struct ch_source *s, const char *path,
                  const struct ch_split_rule *by, struct ch_err *e)
{
    return ch_source_text(s, path, by, ch_source_csv_parse, e);
}
