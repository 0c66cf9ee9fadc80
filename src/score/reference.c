/* reference.c - what people wrote, found by image
 *
 * The kind of file is told by its bytes: an object in braces is COCO's JSON,
 * "name#0<TAB>" begins Flickr's token file, all else is image<TAB>caption.
 */
#include "score/reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

static const size_t MAX_BYTES = (size_t)1 << 32;

/* Two images have this name. */
static const uint64_t AMBIGUOUS = UINT64_MAX;

static size_t digit_count(const char *text, size_t n)
{
    size_t count = 0;

    while (count < n && text[n - 1 - count] >= '0' &&
           text[n - 1 - count] <= '9')
        count++;
    return count;
}

/* Bytes of "#0" at the end of a name, or 0. */
static size_t number_bytes(const char *name, size_t n)
{
    size_t digits = digit_count(name, n);

    return digits && digits < n && name[n - 1 - digits] == '#' ? digits + 1
                                                               : 0;
}

struct line {
    const char *name, *caption;
    size_t name_bytes, caption_bytes;
    uint64_t offset;
};

/* 1 and the next line that is not empty, 0 at the end, or negative. */
static int next_line(struct ch_bytes *b, const char *path, struct line *l,
                     struct ch_err *e)
{
    const char *at, *tab;
    size_t n, bad;

    do {
        l->offset = b->used;
        if (!ch_bytes_line(b, &at, &n))
            return 0;
    } while (n == 0);
    bad = ch_text_check(at, n);
    if (bad < n)
        return ch_fail_at(e, CH_EFORMAT, path, l->offset + bad,
                          "expected UTF-8, found something else");
    if (memchr(at, '\0', n))
        return ch_fail_at(e, CH_EFORMAT, path, l->offset,
                          "expected text, found a zero byte");
    tab = memchr(at, '\t', n);
    if (!tab || tab == at)
        return ch_fail_at(e, CH_EFORMAT, path, l->offset,
                          "expected image, a tab and a caption, found no %s",
                          tab ? "image" : "tab");
    l->name = at;
    l->name_bytes = (size_t)(tab - at);
    l->caption = tab + 1;
    l->caption_bytes = n - l->name_bytes - 1;
    return 1;
}

static int read_lines(struct ch_references *r, const char *bytes, size_t n,
                      struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(bytes, n);
    struct line l = { 0 };
    int rc, is_first = 1, is_flickr = 0;

    while ((rc = next_line(&b, r->path, &l, e)) > 0) {
        size_t tail = number_bytes(l.name, l.name_bytes), image;

        if (is_first)
            is_flickr = tail > 0;
        is_first = 0;
        if (is_flickr && !tail)
            return ch_fail_at(e, CH_EFORMAT, r->path, l.offset,
                              "expected name#number, as in the lines before, "
                              "found no number");
        if (is_flickr)
            l.name_bytes -= tail;
        rc = ch_source_image(&r->source, l.name, l.name_bytes, -1,
                             CH_SPLIT_TEST, &image, e);
        if (!rc)
            rc = ch_source_caption(&r->source, image, l.caption,
                                   l.caption_bytes, e);
        if (rc)
            return rc;
    }
    return rc;
}

static int is_object(const char *bytes, size_t n)
{
    size_t i = 0;

    while (i < n && strchr(" \t\r\n", bytes[i]) && bytes[i])
        i++;
    return i < n && bytes[i] == '{';
}

/* A second image of the same key makes it ambiguous. */
static int index_key(struct ch_table *t, const void *key, size_t n,
                     size_t image, struct ch_err *e)
{
    int added;
    uint64_t *value = ch_table_add(t, key, n, image, &added);

    if (!value)
        return ch_fail(e, CH_ENOMEM, "no memory for the names of images");
    if (!added && *value != image)
        *value = AMBIGUOUS;
    return 0;
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int index_images(struct ch_references *r, struct ch_err *e)
{
    int rc = ch_table_open(&r->by_file, e);

    if (!rc) rc = ch_table_open(&r->by_name, e);
    if (!rc) rc = ch_table_open(&r->by_id, e);
    for (size_t i = 0; i < r->source.image_count && !rc; i++) {
        const struct ch_source_image *image = &r->source.image[i];
        const char *name = last_part(image->file);

        rc = index_key(r->by_file, image->file, strlen(image->file), i, e);
        if (!rc) rc = index_key(r->by_name, name, strlen(name), i, e);
        if (!rc && image->id >= 0)
            rc = index_key(r->by_id, &image->id, sizeof image->id, i, e);
    }
    return rc;
}

int ch_reference_read(struct ch_references *r, const char *path,
                      struct ch_err *e)
{
    char *bytes = NULL;
    size_t n;
    int rc;

    *r = (struct ch_references) { .path = path };
    rc = ch_file_read(path, MAX_BYTES, &bytes, &n, e);
    if (!rc && is_object(bytes, n))
        rc = ch_source_coco(&r->source, path,
                            &ch_split_all[CH_SPLIT_TEST], e);
    else if (!rc)
        rc = read_lines(r, bytes, n, e);
    free(bytes);
    if (!rc && r->source.image_count == 0)
        rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                        "expected captions, found none");
    if (!rc) rc = index_images(r, e);
    return rc;
}

void ch_reference_release(struct ch_references *r)
{
    ch_source_release(&r->source);
    ch_table_close(r->by_file);
    ch_table_close(r->by_name);
    ch_table_close(r->by_id);
    *r = (struct ch_references) { 0 };
}

int ch_reference_find(const struct ch_references *r, const char *file,
                      int64_t id, size_t *index, struct ch_err *e)
{
    const uint64_t *found = NULL;
    const char *name = file ? last_part(file) : "";

    if (id >= 0 && ch_table_count(r->by_id) > 0) {
        found = ch_table_get(r->by_id, (const char *)&id, sizeof id);
        if (!found)
            return ch_fail(e, CH_EUSAGE, "no image of %s has the number %lld",
                           r->path, (long long)id);
    } else if (file) {
        found = ch_table_get(r->by_file, file, strlen(file));
        if (!found)
            found = ch_table_get(r->by_name, name, strlen(name));
    }
    if (!found)
        return ch_fail(e, CH_EUSAGE, "%s has no captions of image %s", r->path,
                       file ? file : "numbers");
    if (*found == AMBIGUOUS)
        return ch_fail(e, CH_EUSAGE,
                       "%s has several images of that name or number: %s",
                       r->path, file ? file : "");
    *index = (size_t)*found;
    return 0;
}
