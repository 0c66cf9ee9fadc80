/* alt.c - alt texts for the pictures of a web site */
#include "chorus/alt.h"

#include "base/file.h"
#include "base/text.h"
#include "chorus/log.h"
#include "use/alt_place.h"
#include "use/alt_review.h"
#include "use/alt_say.h"
#include "use/html_image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES ((size_t)256 << 20)
#define PATH_BYTES 4096
/* Photos between two writings of the review file. */
#define PHOTOS_AT_ONCE 512

struct site {
    const struct ch_alt_options *o;
    struct ch_alt_counts *n;
    char **page;
    size_t page_count;
    struct ch_alt_review review;
    struct ch_table *photo_index;
    char **photo;                      /* to be captioned, each once */
    size_t photo_count, photo_room;
    const char *copy;                  /* of apply */
    struct ch_buffer out;              /* the page that is written */
};

/* A picture of a page that lacks a text. */
typedef int (*image_fn)(struct site *s, const char *page, const char *text,
                        const struct ch_html_image *image, const char *src,
                        size_t *at, struct ch_err *e);

static bool lacks_alt(const struct site *s, const struct ch_html_image *image)
{
    bool has_alt = image->alt.at < image->alt.end;
    bool is_empty = image->alt_value.at == image->alt_value.end;

    return !image->is_decorative && (!has_alt || (is_empty && s->o->empty));
}

/* The page's name in the site. */
static const char *name_of(const struct site *s, const char *path)
{
    path += strlen(s->o->site);
    return path + strspn(path, "/");
}

/* Call `fn` for each picture of the page that lacks a text; *at: see
 * ch_html_image_put(). */
static int walk_page(struct site *s, const char *page, const char *text,
                     size_t size, image_fn fn, size_t *at, struct ch_err *e)
{
    struct ch_buffer src = { 0 };
    struct ch_html_images h;
    struct ch_html_image image;
    int rc = 0;

    ch_html_image_init(&h, text, size);
    while (!rc && ch_html_image_next(&h, &image)) {
        if (!lacks_alt(s, &image))
            continue;
        ch_buffer_reset(&src);
        ch_html_image_decode(text + image.src.at,
                             image.src.end - image.src.at, &src);
        ch_buffer_put(&src, "", 1);
        rc = src.failed ? ch_fail(e, CH_ENOMEM, "%s: cannot hold an address",
                                  page)
                        : fn(s, page, text, &image, src.at, at, e);
    }
    ch_buffer_release(&src);
    return rc;
}

static int open_site(struct site *s, struct ch_err *e)
{
    int rc;

    *s->n = (struct ch_alt_counts){ 0 };
    if (!ch_file_is_folder(s->o->site))
        return ch_fail_at(e, CH_EUSAGE, s->o->site, CH_NO_OFFSET,
                          "expected the folder of a web site");
    rc = ch_alt_review_open(&s->review, true, e);
    if (!rc) rc = ch_table_open(&s->photo_index, e);
    if (!rc)
        rc = ch_file_list(s->o->site, "html|htm", &s->page, &s->page_count, e);
    if (!rc && !s->page_count)
        rc = ch_fail_at(e, CH_EFORMAT, s->o->site, CH_NO_OFFSET,
                        "no page (.html, .htm) is in it");
    return rc;
}

static void close_site(struct site *s)
{
    ch_file_list_free(s->page, s->page_count);
    ch_file_list_free(s->photo, s->photo_count);
    ch_alt_review_close(&s->review);
    ch_table_close(s->photo_index);
    ch_buffer_release(&s->out);
}

/* ------------------------------------------------------------- proposing */

/* The number of a photo in the list, which it joins. */
static int add_photo(struct site *s, const char *path, size_t *number,
                     struct ch_err *e)
{
    int added = 0;
    uint64_t *at;

    if (s->photo_count == s->photo_room) {
        size_t room = s->photo_room ? 2 * s->photo_room : 64;
        char **photo = realloc(s->photo, room * sizeof *photo);

        if (!photo)
            return ch_fail(e, CH_ENOMEM, "cannot hold %zu photos", room);
        s->photo = photo;
        s->photo_room = room;
    }
    at = ch_table_add(s->photo_index, path, strlen(path), s->photo_count,
                      &added);
    if (at && added && (s->photo[s->photo_count] = strdup(path)))
        s->photo_count++;
    else if (!at || added)
        return ch_fail(e, CH_ENOMEM, "cannot hold a photo's name");
    *number = (size_t)*at;
    return 0;
}

static bool is_utf8(const char *text)
{
    return ch_text_check(text, strlen(text)) == strlen(text);
}

static int want(struct site *s, const char *page, const char *text,
                const struct ch_html_image *image, const char *src,
                size_t *at, struct ch_err *e)
{
    char place[PATH_BYTES], path[PATH_BYTES];
    size_t photo = 0;
    int rc;

    (void)text;
    (void)at;
    s->n->images++;
    if (!is_utf8(page) || !is_utf8(src)) {
        s->n->bad++;
        ch_log(CH_LOG_WARN, "%s: line %zu: the page's name, or %s, is not "
               "UTF-8, so no row can hold it", page, image->line, src);
        return 0;
    }
    if (ch_alt_review_find(&s->review, page, src)) {
        s->n->kept++;
        return 0;
    }
    if (!ch_alt_place_find(page, src, place, sizeof place)) {
        s->n->elsewhere++;
        return 0;
    }
    rc = ch_file_join(path, sizeof path, s->o->site, place, e);
    if (rc)
        return rc;
    if (path[0] == '@')
        return ch_fail_at(e, CH_EUSAGE, s->o->site, CH_NO_OFFSET,
                          "@ begins a list; name the folder as ./%s",
                          s->o->site);
    /* A folder would be captioned whole. */
    if (ch_file_size(path) < 0) {
        s->n->missing++;
        ch_log(CH_LOG_WARN, "%s: line %zu: %s is not there", page, image->line,
               place);
        return 0;
    }
    rc = add_photo(s, path, &photo, e);
    if (!rc)
        rc = ch_alt_review_add(&s->review, page, image->line, src, NULL, e);
    if (!rc)
        s->review.row[s->review.count - 1].photo = photo;
    return rc;
}

static int read_page(struct site *s, size_t i, image_fn fn, struct ch_err *e)
{
    size_t size, at = 0;
    char *text;
    int rc = ch_file_read(s->page[i], PAGE_BYTES, &text, &size, e);

    if (rc)
        return rc;
    ch_buffer_reset(&s->out);
    rc = walk_page(s, name_of(s, s->page[i]), text, size, fn, &at, e);
    if (!rc && at)
        ch_buffer_put(&s->out, text + at, size - at);
    if (!rc && s->out.failed)
        rc = ch_fail(e, CH_ENOMEM, "%s: cannot hold the page", s->page[i]);
    free(text);
    return rc;
}

/* Captions of some photos, into the rows that wait for them. */
static int caption_some(struct site *s, struct ch_captioner *c, size_t from,
                        struct ch_err *e)
{
    const size_t left = s->photo_count - from;
    const size_t n = left < PHOTOS_AT_ONCE ? left : PHOTOS_AT_ONCE;
    char *text[PHOTOS_AT_ONCE] = { 0 };
    int rc = ch_alt_say(c, s->photo + from, n, s->o->review, text, e);

    for (size_t i = 0; i < s->review.count && !rc; i++) {
        struct ch_alt_row *row = &s->review.row[i];

        if (row->alt || row->photo < from || row->photo >= from + n ||
            !text[row->photo - from])
            continue;
        row->alt = strdup(text[row->photo - from]);
        s->n->proposed++;
        if (!row->alt)
            rc = ch_fail(e, CH_ENOMEM, "cannot hold a caption");
    }
    for (size_t i = 0; i < n; i++)
        free(text[i]);
    return rc ? rc : ch_alt_review_write(&s->review, s->o->review, e);
}

int ch_alt_propose(const struct ch_alt_options *o, struct ch_alt_counts *n,
                   struct ch_err *e)
{
    struct site s = { .o = o, .n = n };
    struct ch_captioner *c = NULL;
    int rc = open_site(&s, e);

    if (!rc && ch_file_exists(o->review))
        rc = ch_alt_review_read(&s.review, o->review, e);
    if (!rc) rc = ch_alt_review_check(&s.review, o->review, e);
    for (size_t i = 0; i < s.page_count && !rc; i++, n->pages++)
        rc = read_page(&s, i, want, e);
    if (!rc && s.photo_count)
        rc = ch_captioner_open(&c, &o->caption, e);
    for (size_t k = 0; k < s.photo_count && !rc; k += PHOTOS_AT_ONCE)
        rc = caption_some(&s, c, k, e);
    for (size_t i = 0; i < s.review.count && !rc; i++)
        n->bad += !s.review.row[i].alt;
    ch_captioner_close(c);
    close_site(&s);
    return rc;
}

/* -------------------------------------------------------------- applying */

static int put(struct site *s, const char *page, const char *text,
               const struct ch_html_image *image, const char *src, size_t *at,
               struct ch_err *e)
{
    struct ch_alt_row *row = ch_alt_review_find(&s->review, page, src);

    (void)e;
    if (!row)
        return 0;
    row->is_used = true;
    if (!*row->alt)
        return 0;
    *at = ch_html_image_put(text, *at, image, row->alt, &s->out);
    s->n->images++;
    return 0;
}

static int write_page(struct site *s, const char *page, struct ch_err *e)
{
    char path[PATH_BYTES], folder[PATH_BYTES];
    int rc = ch_file_join(path, sizeof path, s->copy, page, e);

    if (rc)
        return rc;
    strcpy(folder, path);
    *strrchr(folder, '/') = '\0';
    rc = ch_file_folder(folder, e);
    if (!rc) rc = ch_file_write(path, s->out.at, s->out.size, e);
    s->n->pages += !rc;
    return rc;
}

int ch_alt_apply(const struct ch_alt_options *o, const char *copy,
                 struct ch_alt_counts *n, struct ch_err *e)
{
    struct site s = { .o = o, .n = n, .copy = copy };
    int rc = open_site(&s, e);

    if (!rc && ch_file_exists(copy))
        rc = ch_fail_at(e, CH_EUSAGE, copy, CH_NO_OFFSET,
                        "is there already; name a folder that is not");
    if (!rc) rc = ch_alt_review_read(&s.review, o->review, e);
    for (size_t i = 0; i < s.page_count && !rc; i++) {
        rc = read_page(&s, i, put, e);
        if (!rc && s.out.size)
            rc = write_page(&s, name_of(&s, s.page[i]), e);
    }
    for (size_t i = 0; i < s.review.count && !rc; i++)
        if (!s.review.row[i].is_used) {
            n->unused++;
            ch_log(CH_LOG_WARN, "%s: %s of %s has no place there", o->review,
                   s.review.row[i].image, s.review.row[i].page);
        }
    close_site(&s);
    return rc;
}
