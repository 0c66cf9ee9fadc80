/* coco.c - MS COCO captions: one JSON file per split */
#include "data/source.h"

#include "base/hash.h"
#include "base/json.h"

#include <inttypes.h>
#include <string.h>

static int add_images(struct ch_source *s, const struct ch_json *images,
                      struct ch_table *by_id, enum ch_split split,
                      const char *path, struct ch_err *e)
{
    for (size_t i = 0; i < ch_json_count(images); i++) {
        const struct ch_json *image = ch_json_at(images, i);
        const char *file;
        size_t index, before = s->image_count;
        int64_t id;
        int added;
        int rc = ch_json_need_int(image, "id", 0, INT64_MAX, &id, path, e);

        if (!rc)
            rc = ch_json_need_text(image, "file_name", &file, path, e);
        if (!rc && !*file)
            rc = ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                            "\"file_name\" is empty");
        if (rc) {
            ch_err_wrap(e, "image %zu of %zu", i + 1, ch_json_count(images));
            return rc;
        }
        rc = ch_source_image(s, file, strlen(file), id, split, &index, e);
        if (rc)
            return rc;
        if (index < before)
            return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                              "image file %s stands twice; an image belongs "
                              "to one split", file);
        if (!ch_table_add(by_id, (const char *)&id, sizeof id, index, &added))
            return ch_fail(e, CH_ENOMEM, "cannot hold the annotations");
        if (!added)
            return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                              "image id %" PRId64 " stands twice", id);
    }
    return 0;
}

static int add_caption(struct ch_source *s, const struct ch_json *annotation,
                       const struct ch_table *by_id, const char *path,
                       struct ch_err *e)
{
    const char *caption;
    const uint64_t *index;
    int64_t id;
    int rc = ch_json_need_int(annotation, "image_id", 0, INT64_MAX, &id, path,
                              e);

    if (!rc)
        rc = ch_json_need_text(annotation, "caption", &caption, path, e);
    if (rc)
        return rc;
    index = ch_table_get(by_id, (const char *)&id, sizeof id);
    if (!index)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "a caption is for image id %" PRId64 ", which is "
                          "not in \"images\"", id);
    return ch_source_caption(s, (size_t)*index, caption, strlen(caption), e);
}

static int list_silent(struct ch_source *s, size_t first, struct ch_err *e)
{
    int rc = 0;

    for (size_t i = first; i < s->image_count && !rc; i++)
        if (s->image[i].caption_count == 0)
            rc = ch_source_skip(s, s->image[i].file, "has no caption", e);
    return rc;
}

int ch_source_coco_parse(struct ch_source *s, const struct ch_json *document,
                         enum ch_split split, const char *path,
                         struct ch_err *e)
{
    const struct ch_json *images = ch_json_get(document, "images");
    const struct ch_json *notes = ch_json_get(document, "annotations");
    struct ch_table *by_id = NULL;
    size_t first = s->image_count;
    int rc;

    if (!ch_json_is_array(images) || !ch_json_is_array(notes))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "no COCO captions: expected the lists \"images\" "
                          "and \"annotations\"");
    if (ch_json_count(images) == 0)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "the list \"images\" is empty");
    rc = ch_table_open(&by_id, e);
    if (!rc) rc = add_images(s, images, by_id, split, path, e);
    for (size_t i = 0; i < ch_json_count(notes) && !rc; i++) {
        rc = add_caption(s, ch_json_at(notes, i), by_id, path, e);
        if (rc)
            ch_err_wrap(e, "annotation %zu of %zu", i + 1,
                        ch_json_count(notes));
    }
    if (!rc) rc = list_silent(s, first, e);
    ch_table_close(by_id);
    return rc;
}

int ch_source_coco(struct ch_source *s, const char *path, enum ch_split split,
                   struct ch_err *e)
{
    struct ch_json *document;
    int rc = ch_json_load(&document, path, e);

    if (!rc)
        rc = ch_source_coco_parse(s, document, split, path, e);
    ch_json_close(document);
    return rc;
}
