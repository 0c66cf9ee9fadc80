/* alt_review.c - the file in which people read what is proposed */
#include "use/alt_review.h"

#include "base/csv_row.h"
#include "base/file.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts of a large site; far more is no review file. */
#define REVIEW_BYTES ((size_t)1 << 30)

int ch_alt_review_open(struct ch_alt_review *r, bool has_pages,
                       struct ch_err *e)
{
    *r = (struct ch_alt_review){ .has_pages = has_pages };
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

static bool is_json(const char *path)
{
    size_t n = strlen(path);

    return n > 5 && !strcmp(path + n - 5, ".json");
}

/* 1 when the row joined, 0 when the picture has one already. */
static int join(struct ch_alt_review *r, const char *page, uint64_t line,
                const char *image, const char *alt, struct ch_err *e)
{
    int rc;

    if (ch_alt_review_find(r, page, image))
        return 0;
    rc = ch_alt_review_add(r, page, line, image, alt, e);
    return rc ? rc : 1;
}

#define TWICE "this picture%s has a row above; keep one"

static const char *of_page(const struct ch_alt_review *r)
{
    return r->has_pages ? " of this page" : "";
}

static const char *const known[] = { "page", "line", "image", "alt" };

/* Spreadsheets write empty columns without a name. */
static void note_column(struct ch_alt_review *r, const char *column)
{
    for (size_t i = 0; i < 4; i++)
        if (!strcmp(column, known[i]))
            return;
    if (*column)
        snprintf(r->other, sizeof r->other, "%s", column);
}

/* ------------------------------------------------------------------- CSV */

static int read_columns(struct ch_alt_review *r, struct ch_csv_rows *t,
                        size_t column[4], struct ch_err *e)
{
    int rc = ch_csv_rows_next(t, e);
    bool is_well = rc > 0;

    if (rc < 0)
        return rc;
    for (size_t i = 0; i < 4; i++) {
        column[i] = rc ? ch_csv_row_find(t, known[i]) : CH_CSV_FIELDS;
        if (i != 1 && (i || r->has_pages))
            is_well &= column[i] != CH_CSV_FIELDS;
    }
    for (size_t i = 0; i < t->count; i++)
        note_column(r, ch_csv_row_field(t, i, NULL));
    return is_well ? 0 : ch_fail_at(e, CH_EFORMAT, t->path, CH_NO_OFFSET,
                                    "expected the columns %simage and alt",
                                    r->has_pages ? "page, " : "");
}

static int read_rows(struct ch_alt_review *r, struct ch_csv_rows *t,
                     struct ch_err *e)
{
    size_t column[4], fields;
    int rc = read_columns(r, t, column, e);

    if (rc)
        return rc;
    fields = t->count;
    while ((rc = ch_csv_rows_next(t, e)) > 0) {
        const char *field[4];
        char why[80];

        rc = ch_csv_row_text(t, fields, e);
        if (rc)
            return rc;
        for (size_t i = 0; i < 4; i++)
            field[i] = column[i] == CH_CSV_FIELDS || (!i && !r->has_pages)
                           ? "" : ch_csv_row_field(t, column[i], NULL);
        rc = join(r, field[0], strtoull(field[1], NULL, 10), field[2],
                  field[3], e);
        snprintf(why, sizeof why, TWICE, of_page(r));
        if (!rc)
            return ch_csv_row_bad(t, why, e);
        if (rc < 0)
            return rc;
    }
    return rc;
}

static void write_rows(const struct ch_alt_review *r, struct ch_buffer *out)
{
    ch_buffer_text(out, r->has_pages ? "page,line,image,alt\r\n"
                                     : "image,alt\r\n");
    for (size_t i = 0; i < r->count; i++) {
        if (!r->row[i].alt)
            continue;
        if (r->has_pages) {
            ch_csv_row_put(out, r->row[i].page);
            ch_buffer_format(out, ",%" PRIu64 ",", r->row[i].line);
        }
        ch_csv_row_put(out, r->row[i].image);
        ch_buffer_text(out, ",");
        ch_csv_row_put(out, r->row[i].alt);
        ch_buffer_text(out, "\r\n");
    }
}

/* ------------------------------------------------------------------ JSON */

static int read_object(struct ch_alt_review *r, const struct ch_json *o,
                       size_t number, const char *path, struct ch_err *e)
{
    const char *page = ch_json_text(ch_json_get(o, "page"), NULL);
    const char *image = ch_json_text(ch_json_get(o, "image"), NULL);
    const char *alt = ch_json_text(ch_json_get(o, "alt"), NULL);
    int64_t line = ch_json_int(ch_json_get(o, "line"), 0);
    const struct ch_json *value;
    const char *member;
    void *place = NULL;
    int rc;

    if (!image || !alt || (r->has_pages && !page))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "object %zu: expected the texts %s\"image\" and "
                          "\"alt\"", number, r->has_pages ? "\"page\", " : "");
    while (ch_json_next(o, &place, &member, &value))
        note_column(r, member);
    rc = join(r, r->has_pages ? page : "", line > 0 ? (uint64_t)line : 0, image,
              alt, e);
    if (rc)
        return rc < 0 ? rc : 0;
    return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET, "object %zu: " TWICE,
                      number, of_page(r));
}

static int read_array(struct ch_alt_review *r, const char *text, size_t size,
                      const char *path, struct ch_err *e)
{
    struct ch_json *all = NULL;
    int rc = ch_json_parse(&all, text, size, path, e);

    if (!rc && !ch_json_is_array(all))
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "expected an array of objects");
    for (size_t i = 0; !rc && i < ch_json_count(all); i++)
        rc = read_object(r, ch_json_at(all, i), i + 1, path, e);
    ch_json_close(all);
    return rc;
}

/* An object a line, which people and diff like. */
static void write_array(const struct ch_alt_review *r, struct ch_buffer *out)
{
    const char *before = "[\n";
    struct ch_json_writer w;

    for (size_t i = 0; i < r->count; i++) {
        const struct ch_alt_row *row = &r->row[i];

        if (!row->alt)
            continue;
        ch_buffer_text(out, before);
        before = ",\n";
        ch_json_writer_init(&w, out);
        ch_json_begin(&w, NULL, '{');
        if (r->has_pages) {
            ch_json_put_text(&w, "page", row->page, strlen(row->page));
            ch_json_put_int(&w, "line", (int64_t)row->line);
        }
        ch_json_put_text(&w, "image", row->image, strlen(row->image));
        ch_json_put_text(&w, "alt", row->alt, strlen(row->alt));
        ch_json_end(&w);
    }
    ch_buffer_text(out, *before == '[' ? "[]\n" : "\n]\n");
}

/* ------------------------------------------------------------------ files */

/* A file that is not there is none. */
static struct ch_file_id identify(const char *path)
{
    struct ch_file_id id = { 0 };

    return ch_file_identify(&id, path, NULL) ? (struct ch_file_id){ 0 } : id;
}

static void note_saved(struct ch_alt_review *r, struct ch_file_id file)
{
    r->file = file;
    for (size_t i = 0; i < r->count; i++)
        r->row[i].is_saved |= r->row[i].alt != NULL;
}

int ch_alt_review_read(struct ch_alt_review *r, const char *path,
                       struct ch_err *e)
{
    struct ch_csv_rows t;
    struct ch_file_id file = identify(path);
    char *text;
    size_t size;
    int rc = ch_file_read(path, REVIEW_BYTES, &text, &size, e);

    if (rc)
        return rc;
    if (is_json(path)) {
        rc = read_array(r, text, size, path, e);
    } else {
        ch_csv_rows_init(&t, text, size, path);
        rc = read_rows(r, &t, e);
        ch_csv_rows_release(&t);
    }
    free(text);
    if (!rc)
        note_saved(r, file);
    return rc;
}

/* The rows of the file as it is by now, and those of ours that are new. */
static int take_changes(struct ch_alt_review *r, const char *path,
                        struct ch_err *e)
{
    struct ch_alt_review now;
    int rc = ch_alt_review_open(&now, r->has_pages, e);

    if (!rc) rc = ch_alt_review_read(&now, path, e);
    for (size_t i = 0; i < r->count && !rc; i++) {
        const struct ch_alt_row *row = &r->row[i];

        if (row->is_saved || ch_alt_review_find(&now, row->page, row->image))
            continue;
        rc = ch_alt_review_add(&now, row->page, row->line, row->image,
                               row->alt, e);
        if (!rc)
            now.row[now.count - 1].photo = row->photo;
    }
    if (!rc) {
        struct ch_alt_review old = *r;

        *r = now;
        now = old;
    }
    ch_alt_review_close(&now);
    return rc;
}

static int write_all(struct ch_alt_review *r, const char *path,
                     struct ch_err *e)
{
    struct ch_buffer out = { 0 };
    int rc;

    if (is_json(path))
        write_array(r, &out);
    else
        write_rows(r, &out);
    rc = out.failed ? ch_fail(e, CH_ENOMEM, "cannot hold the review file")
                    : ch_file_write(path, out.at, out.size, e);
    ch_buffer_release(&out);
    if (!rc)
        note_saved(r, identify(path));
    return rc;
}

int ch_alt_review_check(const struct ch_alt_review *r, const char *path,
                        struct ch_err *e)
{
    return *r->other ? ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET, "\"%s\" in "
                                  "it would be lost when it is written again; "
                                  "take it out", r->other) : 0;
}

int ch_alt_review_write(struct ch_alt_review *r, const char *path,
                        struct ch_err *e)
{
    const struct ch_file_id now = identify(path);
    int rc = 0;

    if (now.inode && memcmp(&now, &r->file, sizeof now))
        rc = take_changes(r, path, e);
    if (!rc) rc = ch_alt_review_check(r, path, e);
    return rc ? rc : write_all(r, path, e);
}
