/* caption_json.c - captions in JSON: COCO annotations, COCO results, JSON lines
 *
 * An object that has "annotations" or "images" is COCO's; any other is the
 * first of JSON lines.
 */
#include "score/caption_file.h"

#include <stdlib.h>
#include <string.h>

/* One entry as it is read. */
struct entry {
    struct ch_caption_entry caption;
    bool has_caption, has_references, is_coco;
};

static int wrong(const struct ch_caption_file *f, size_t place,
                 const char *what, struct ch_err *e)
{
    return ch_fail_at(e, CH_EFORMAT, f->path, CH_NO_OFFSET, "entry %zu: %s",
                      place, what);
}

/* A number, or a name in its place. */
static int read_id(struct ch_json_scan *s, struct ch_caption_entry *c,
                   struct ch_err *e)
{
    if (ch_json_scan_peek(s) == '"')
        return ch_json_scan_text(s, &c->image, e);
    return ch_json_scan_int(s, &c->id, e);
}

static int add_image(struct ch_caption_file *f, struct ch_caption_image i,
                     struct ch_err *e)
{
    if (f->image_count == f->image_room) {
        size_t room = f->image_room ? 2 * f->image_room : 1024;
        struct ch_caption_image *image = realloc(f->image,
                                                 room * sizeof *image);

        if (!image)
            return ch_fail(e, CH_ENOMEM, "no memory for the images of %s",
                           f->path);
        f->image = image;
        f->image_room = room;
    }
    f->image[f->image_count++] = i;
    return 0;
}

static int read_image(struct ch_caption_file *f, struct ch_json_scan *s,
                      struct ch_err *e)
{
    struct ch_caption_image image = { .id = -1 };
    const char *key;
    int more = 0, rc = ch_json_scan_enter(s, '{', e);

    while (!rc && (more = ch_json_scan_next(s, &key, e)) > 0) {
        if (strcmp(key, "id") == 0)
            rc = ch_json_scan_int(s, &image.id, e);
        else if (strcmp(key, "file_name") == 0)
            rc = ch_json_scan_text(s, &image.file, e);
        else
            rc = ch_json_scan_skip(s, e);
    }
    if (rc || more)
        return rc ? rc : more;
    if (image.id < 0)
        return ch_fail_at(e, CH_EFORMAT, f->path, CH_NO_OFFSET,
                          "image %zu of \"images\" has no \"id\"",
                          f->image_count + 1);
    return add_image(f, image, e);
}

static int read_references(struct ch_caption_file *f, struct ch_json_scan *s,
                           struct ch_err *e)
{
    const char *key;
    int more = 0, rc = ch_json_scan_enter(s, '[', e);

    /* The image may be named behind them: close_entry() fills it in. */
    while (!rc && (more = ch_json_scan_next(s, &key, e)) > 0) {
        struct ch_caption_entry c = { .id = -1 };

        rc = ch_json_scan_text(s, &c.text, e);
        if (!rc) rc = ch_caption_file_add(f, c, e);
    }
    return rc ? rc : more;
}

static int read_list(struct ch_caption_file *f, struct ch_json_scan *s,
                     int (*read)(struct ch_caption_file *,
                                 struct ch_json_scan *, struct ch_err *),
                     struct ch_err *e)
{
    const char *key;
    int more = 0, rc = ch_json_scan_enter(s, '[', e);

    while (!rc && (more = ch_json_scan_next(s, &key, e)) > 0)
        rc = read(f, s, e);
    return rc ? rc : more;
}

static int read_entry(struct ch_caption_file *f, struct ch_json_scan *s,
                      struct ch_err *e);

/* One member of an object that is an entry, or COCO's whole. */
static int read_member(struct ch_caption_file *f, struct ch_json_scan *s,
                       const char *key, enum ch_caption_role role,
                       struct entry *n, struct ch_err *e)
{
    bool is_outer = s->depth == 1;
    bool may_be_coco = is_outer && (n->is_coco || f->count == 0) &&
                       n->caption.place == 1;

    if (strcmp(key, "caption") == 0) {
        if (n->has_caption)
            return wrong(f, n->caption.place, "\"caption\" stands twice", e);
        n->has_caption = true;
        return ch_json_scan_text(s, &n->caption.text, e);
    }
    if (strcmp(key, "image_id") == 0)
        return read_id(s, &n->caption, e);
    if (strcmp(key, "image") == 0 && ch_json_scan_peek(s) == '"')
        return ch_json_scan_text(s, &n->caption.image, e);
    if (is_outer && role == CH_ROLE_REFERENCE &&
        strcmp(key, "references") == 0) {
        if (n->has_references)
            return wrong(f, n->caption.place, "\"references\" stands twice",
                         e);
        n->has_references = true;
        return read_references(f, s, e);
    }
    if (may_be_coco && strcmp(key, "images") == 0) {
        n->is_coco = true;
        return read_list(f, s, read_image, e);
    }
    if (may_be_coco && strcmp(key, "annotations") == 0) {
        n->is_coco = true;
        return read_list(f, s, read_entry, e);
    }
    return ch_json_scan_skip(s, e);
}

/* Give what was read to the list; first: captions before this entry. */
static int close_entry(struct ch_caption_file *f, const struct entry *n,
                       size_t first, struct ch_err *e)
{
    if (!n->has_references && !n->has_caption)
        return wrong(f, n->caption.place,
                     "expected \"caption\", found none", e);
    if (!n->caption.image && n->caption.id < 0)
        return wrong(f, n->caption.place, "expected \"image\" or \"image_id\", "
                     "and \"caption\", found no image", e);
    if (!n->has_references)
        return ch_caption_file_add(f, n->caption, e);
    for (size_t i = first; i < f->count; i++) {
        const char *text = f->caption[i].text;

        f->caption[i] = n->caption;
        f->caption[i].text = text;
    }
    return 0;
}

static int read_object(struct ch_caption_file *f, struct ch_json_scan *s,
                       size_t place, enum ch_caption_role role,
                       struct entry *n, struct ch_err *e)
{
    const char *key;
    int more = 0, rc = ch_json_scan_enter(s, '{', e);

    *n = (struct entry) { .caption = { .id = -1, .place = place } };
    while (!rc && (more = ch_json_scan_next(s, &key, e)) > 0)
        rc = read_member(f, s, key, role, n, e);
    return rc ? rc : more;
}

/* An element of "annotations" or of COCO results. */
static int read_entry(struct ch_caption_file *f, struct ch_json_scan *s,
                      struct ch_err *e)
{
    size_t first = f->count;
    struct entry n;
    int rc = read_object(f, s, first + 1, CH_ROLE_CAPTION, &n, e);

    return rc ? rc : close_entry(f, &n, first, e);
}

static int read_lines(struct ch_caption_file *f, struct ch_json_scan *s,
                      enum ch_caption_role role, struct ch_err *e)
{
    struct entry n;
    int rc = 0;

    f->form = CH_FORM_JSON_LINES;
    for (size_t place = 1; !rc && ch_json_scan_peek(s); place++) {
        size_t first = f->count;

        rc = read_object(f, s, place, role, &n, e);
        if (!rc && n.is_coco) {
            f->form = CH_FORM_COCO;
            return 0;
        }
        if (!rc) rc = close_entry(f, &n, first, e);
    }
    return rc;
}

int ch_caption_json_read(struct ch_caption_file *f, char *bytes, size_t n,
                         enum ch_caption_role role, struct ch_err *e)
{
    struct ch_json_scan *s = malloc(sizeof *s);
    int rc;

    if (!s)
        return ch_fail(e, CH_ENOMEM, "no memory to read %s", f->path);
    ch_json_scan_init(s, bytes, n, f->path);
    if (ch_json_scan_peek(s) == '[') {
        f->form = CH_FORM_RESULTS;
        rc = read_list(f, s, read_entry, e);
    } else {
        rc = read_lines(f, s, role, e);
    }
    if (!rc) rc = ch_json_scan_end(s, e);
    free(s);
    return rc;
}
