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

static int read_header(struct ch_csv_rows *t, struct columns *c,
                       const struct ch_split_rule *by, struct ch_err *e)
{
    int rc = ch_csv_rows_next(t, e);

    if (rc < 0)
        return rc;
    c->count = t->count;
    c->image = rc ? ch_csv_row_find(t, "image") : CH_CSV_FIELDS;
    c->caption = rc ? ch_csv_row_find(t, "caption") : CH_CSV_FIELDS;
    c->split = rc ? ch_csv_row_find(t, "split") : CH_CSV_FIELDS;
    if (c->image == CH_CSV_FIELDS || c->caption == CH_CSV_FIELDS)
        return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET,
                          "the first row does not name the columns \"image\" "
                          "and \"caption\"");
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
        return ch_err_wrap(e, "%s: line %zu", t->path, t->row_line);
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
