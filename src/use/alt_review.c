/* alt_review.c - the file in which people read what is proposed */
#include "use/alt_review.h"

#include "base/csv_row.h"
#include "base/file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Texts of a large site; far more is no review file. */
#define REVIEW_BYTES ((size_t)1 << 30)

int ch_alt_review_open(struct ch_alt_review *r, struct ch_err *e)
{
    *r = (struct ch_alt_review){ 0 };
    return ch_table_open(&r->index, e);
}

void ch_alt_review_close(struct ch_alt_review *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->row[i].page);
        free(r->row[i].image);
        free(r->row[i].alt);
    }
    free(r->row);
    ch_table_close(r->index);
    *r = (struct ch_alt_review){ 0 };
}

/* page, NUL, image */
static void put_key(struct ch_buffer *key, const char *page, const char *image)
{
    ch_buffer_put(key, page, strlen(page) + 1);
    ch_buffer_text(key, image);
}

struct ch_alt_row *ch_alt_review_find(const struct ch_alt_review *r,
                                      const char *page, const char *image)
{
    struct ch_buffer key = { 0 };
    uint64_t *found;

    put_key(&key, page, image);
    found = key.failed ? NULL : ch_table_get(r->index, key.at, key.size);
    ch_buffer_release(&key);
    return found ? &r->row[*found] : NULL;
}

int ch_alt_review_add(struct ch_alt_review *r, const char *page, uint64_t line,
                      const char *image, const char *alt, struct ch_err *e)
{
    struct ch_alt_row new = { .page = strdup(page), .image = strdup(image),
                              .alt = alt ? strdup(alt) : NULL, .line = line };
    struct ch_buffer key = { 0 };
    bool is_held = new.page && new.image && (new.alt || !alt);

    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct ch_alt_row *row = realloc(r->row, room * sizeof *row);

        is_held &= row != NULL;
        if (row) {
            r->row = row;
            r->room = room;
        }
    }
    put_key(&key, page, image);
    if (is_held && !key.failed &&
        ch_table_add(r->index, key.at, key.size, r->count, NULL)) {
        r->row[r->count++] = new;
        ch_buffer_release(&key);
        return 0;
    }
    ch_buffer_release(&key);
    free(new.page);
    free(new.image);
    free(new.alt);
    return ch_fail(e, CH_ENOMEM, "cannot hold %zu alt texts", r->count + 1);
}

static int read_rows(struct ch_alt_review *r, struct ch_csv_rows *t,
                     struct ch_err *e)
{
    size_t page, image, alt, line, fields;
    int rc = ch_csv_rows_next(t, e);

    if (rc < 0)
        return rc;
    page = rc ? ch_csv_row_find(t, "page") : CH_CSV_FIELDS;
    image = rc ? ch_csv_row_find(t, "image") : CH_CSV_FIELDS;
    alt = rc ? ch_csv_row_find(t, "alt") : CH_CSV_FIELDS;
    if (page == CH_CSV_FIELDS || image == CH_CSV_FIELDS || alt == CH_CSV_FIELDS)
        return ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET,
                          "expected the columns page, image and alt");
    line = ch_csv_row_find(t, "line");
    fields = t->count;
    while ((rc = ch_csv_rows_next(t, e)) > 0) {
        const char *of_page, *of_image;

        rc = ch_csv_row_text(t, fields, e);
        if (rc)
            return rc;
        of_page = ch_csv_row_field(t, page, NULL);
        of_image = ch_csv_row_field(t, image, NULL);
        if (ch_alt_review_find(r, of_page, of_image))
            return ch_csv_row_bad(t, "this picture of this page has a row "
                                  "above; keep one", e);
        rc = ch_alt_review_add(
            r, of_page, line == CH_CSV_FIELDS ? 0 :
            strtoull(ch_csv_row_field(t, line, NULL), NULL, 10), of_image,
            ch_csv_row_field(t, alt, NULL), e);
        if (rc)
            return rc;
    }
    return rc;
}

int ch_alt_review_read(struct ch_alt_review *r, const char *path,
                       struct ch_err *e)
{
    struct ch_csv_rows t;
    char *text;
    size_t size;
    int rc = ch_file_read(path, REVIEW_BYTES, &text, &size, e);

    if (rc)
        return rc;
    ch_csv_rows_init(&t, text, size, path);
    rc = read_rows(r, &t, e);
    ch_csv_rows_release(&t);
    free(text);
    return rc;
}

int ch_alt_review_write(const struct ch_alt_review *r, const char *path,
                        struct ch_err *e)
{
    struct ch_buffer out = { 0 };
    int rc;

    ch_buffer_text(&out, "page,line,image,alt\r\n");
    for (size_t i = 0; i < r->count; i++) {
        if (!r->row[i].alt)
            continue;
        ch_csv_row_put(&out, r->row[i].page);
        ch_buffer_format(&out, ",%" PRIu64 ",", r->row[i].line);
        ch_csv_row_put(&out, r->row[i].image);
        ch_buffer_text(&out, ",");
        ch_csv_row_put(&out, r->row[i].alt);
        ch_buffer_text(&out, "\r\n");
    }
    rc = out.failed ? ch_fail(e, CH_ENOMEM, "cannot hold the review file")
                    : ch_file_write(path, out.at, out.size, e);
    ch_buffer_release(&out);
    return rc;
}
