/* coco.c - MS COCO captions: one JSON file per split
 *
 * Read value by value.  COCO writes the images before the annotations; where
 * the annotations come first, the file is read a second time for them.
 */
#include "data/source.h"

#include "base/hash.h"
#include "base/json_stream.h"

#include <inttypes.h>
#include <string.h>

/* Place of an image that is in no list of a split. */
#define UNLISTED UINT64_MAX

struct coco {
    struct ch_source *s;
    const struct ch_split_rule *by;
    const char *path;
    struct ch_table *by_id;    /* id -> place in s->image */
    size_t images;             /* read */
    bool has_images, has_notes;
    bool is_early;             /* annotations stood before the images */
};

static int add_image(struct coco *c, const struct ch_json *image,
                     struct ch_err *e)
{
    const char *file;
    size_t index = 0;
    int64_t id;
    int added, listed;
    int rc = ch_json_need_int(image, "id", 0, INT64_MAX, &id, c->path, e);

    if (!rc)
        rc = ch_json_need_text(image, "file_name", &file, c->path, e);
    if (!rc && !*file)
        rc = ch_fail_at(e, CH_EFORMAT, c->path, CH_NO_OFFSET,
                        "\"file_name\" is empty");
    if (rc)
        return ch_err_wrap_at(e, c->path, "image %zu", c->images);
    if (ch_source_find(c->s, file, strlen(file), &index))
        return ch_fail_at(e, CH_EFORMAT, c->path, CH_NO_OFFSET,
                          "image file %s stands twice; an image belongs to "
                          "one split", file);
    listed = ch_source_place(c->s, c->by, file, strlen(file), id,
                             CH_SPLIT_TRAIN, &index, e);
    if (listed < 0)
        return listed;
    if (!ch_table_add(c->by_id, (const char *)&id, sizeof id,
                      listed ? index : UNLISTED, &added))
        return ch_fail(e, CH_ENOMEM, "cannot hold the annotations");
    if (!added)
        return ch_fail_at(e, CH_EFORMAT, c->path, CH_NO_OFFSET,
                          "image id %" PRId64 " stands twice", id);
    return 0;
}

static int add_caption(struct coco *c, const struct ch_json *annotation,
                       struct ch_err *e)
{
    const char *caption;
    const uint64_t *index;
    int64_t id;
    int rc = ch_json_need_int(annotation, "image_id", 0, INT64_MAX, &id,
                              c->path, e);

    if (!rc)
        rc = ch_json_need_text(annotation, "caption", &caption, c->path, e);
    if (rc)
        return rc;
    index = ch_table_get(c->by_id, (const char *)&id, sizeof id);
    if (!index)
        return ch_fail_at(e, CH_EFORMAT, c->path, CH_NO_OFFSET,
                          "a caption is for image id %" PRId64 ", which is "
                          "not in \"images\"", id);
    if (*index == UNLISTED) {
        c->s->captions_left_out++;
        return 0;
    }
    return ch_source_caption(c->s, (size_t)*index, caption, strlen(caption),
                             e);
}

/* One item of the document.  is_again: the images are known already. */
static int take(struct coco *c, const struct ch_json_item *item,
                bool is_again, struct ch_err *e)
{
    bool is_image = strcmp(item->member, "images") == 0;
    bool is_note = strcmp(item->member, "annotations") == 0;
    int rc = 0;

    if (!item->value) {
        c->has_images = c->has_images || is_image;
        c->has_notes = c->has_notes || is_note;
        c->is_early = c->is_early || (is_note && !c->has_images);
    } else if (item->number && is_image && !is_again) {
        c->images++;
        rc = add_image(c, item->value, e);
    } else if (item->number && is_note && (is_again || !c->is_early)) {
        rc = add_caption(c, item->value, e);
        if (rc)
            ch_err_wrap_at(e, c->path, "annotation %zu", item->number);
    }
    return rc;
}

static int read_all(struct coco *c, struct ch_json_stream *in, bool is_again,
                    struct ch_err *e)
{
    struct ch_json_item item;
    int rc;

    while ((rc = ch_json_stream_next(in, &item, e)) > 0) {
        rc = take(c, &item, is_again, e);
        if (rc)
            break;
    }
    return rc;
}

int ch_source_coco_parse(struct ch_source *s, struct ch_json_stream *in,
                         const struct ch_split_rule *by, struct ch_err *e)
{
    struct coco c = { .s = s, .by = by, .path = ch_json_stream_path(in) };
    size_t first = s->image_count;
    int rc = ch_table_open_in(&c.by_id, s->spill, e);

    if (!rc) rc = read_all(&c, in, false, e);
    if (!rc && !(c.has_images && c.has_notes))
        rc = ch_fail_at(e, CH_EFORMAT, c.path, CH_NO_OFFSET,
                        "no COCO captions: expected the lists \"images\" "
                        "and \"annotations\"");
    if (!rc && c.images == 0)
        rc = ch_fail_at(e, CH_EFORMAT, c.path, CH_NO_OFFSET,
                        "the list \"images\" is empty");
    if (!rc && c.is_early) {
        rc = ch_json_stream_rewind(in, e);
        if (!rc) rc = read_all(&c, in, true, e);
    }
    if (!rc) rc = ch_source_list_silent(s, first, e);
    ch_table_close(c.by_id);
    return rc;
}

int ch_source_coco(struct ch_source *s, const char *path,
                   const struct ch_split_rule *by, struct ch_err *e)
{
    struct ch_json_stream *in;
    int rc = ch_json_stream_open(&in, path, e);

    if (!rc)
        rc = ch_source_coco_parse(s, in, by, e);
    ch_json_stream_close(in);
    return rc;
}
