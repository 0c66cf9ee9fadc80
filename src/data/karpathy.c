/* karpathy.c - the JSON of Karpathy's split: all splits in one file
 *
 * {"images":[{"filepath":"val2014","filename":"COCO_val2014_1.jpg","cocoid":1,
 *   "imgid":0,"split":"restval","sentences":[{"raw":"A cat."},...]},...],
 *  "dataset":"coco"}
 *
 * filepath and cocoid are COCO's alone.  "restval" are the photos of COCO's
 * validation set that neither val nor test took: everybody trains on them.
 */
#include "data/source.h"

#include "base/json_stream.h"

#include <stdio.h>
#include <string.h>

struct reading {
    struct ch_source *s;
    const char *path;
    int has_restval;
};

/* The photo: filepath/filename, or filename. */
static int read_file(const struct reading *r, const struct ch_json *image,
                     char *out, size_t size, struct ch_err *e)
{
    const char *folder = ch_json_text(ch_json_get(image, "filepath"), "");
    const char *name;
    int n;
    int rc = ch_json_need_text(image, "filename", &name, r->path, e);

    if (rc)
        return rc;
    if (!*name)
        return ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                          "\"filename\" is empty");
    n = snprintf(out, size, "%s%s%s", folder, *folder ? "/" : "", name);
    if (n < 0 || (size_t)n >= size)
        return ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                          "the file name %.40s... is too long", name);
    return 0;
}

/* 1 and the split; 0: restval, and it is left out. */
static int read_split(const struct reading *r, const struct ch_json *image,
                      enum ch_split *out, struct ch_err *e)
{
    const char *name;
    int rc = ch_json_need_text(image, "split", &name, r->path, e);

    if (rc)
        return rc;
    if (strcmp(name, "restval") == 0) {
        *out = CH_SPLIT_TRAIN;
        return r->has_restval ? 1 : 0;
    }
    if (ch_split_find(name, out))
        return 1;
    return ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                      "\"split\" is \"%.40s\", expected train, restval, val "
                      "or test", name);
}

static int add_captions(const struct reading *r, const struct ch_json *image,
                        size_t index, struct ch_err *e)
{
    const struct ch_json *sentences = ch_json_get(image, "sentences");

    if (!ch_json_is_array(sentences))
        return ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                          "\"sentences\" is missing or no list");
    for (size_t i = 0; i < ch_json_count(sentences); i++) {
        const char *raw;
        int rc = ch_json_need_text(ch_json_at(sentences, i), "raw", &raw,
                                   r->path, e);

        if (rc)
            return ch_err_wrap_at(e, r->path, "sentence %zu", i + 1);
        rc = ch_source_caption(r->s, index, raw, strlen(raw), e);
        if (rc)
            return rc;
    }
    return 0;
}

static int add_image(const struct reading *r, const struct ch_json *image,
                     struct ch_err *e)
{
    const struct ch_split_rule by = { .by = CH_SPLIT_GIVEN };
    const struct ch_json *id = ch_json_get(image, "cocoid");
    enum ch_split split = CH_SPLIT_TRAIN;
    char file[4096];
    size_t index;
    int rc = read_file(r, image, file, sizeof file, e);

    if (rc)
        return rc;
    rc = read_split(r, image, &split, e);
    if (rc == 0) {
        r->s->images_left_out++;
        r->s->captions_left_out +=
            ch_json_count(ch_json_get(image, "sentences"));
        return ch_source_skip(r->s, file, "in split restval", e);
    }
    if (rc > 0 && ch_source_find(r->s, file, strlen(file), &index))
        rc = ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                        "image file %s stands twice; an image belongs to one "
                        "split", file);
    if (rc > 0)
        rc = ch_source_place(r->s, &by, file, strlen(file),
                             ch_json_int(id ? id : ch_json_get(image, "imgid"),
                                         -1), split, &index, e);
    return rc > 0 ? add_captions(r, image, index, e) : rc;
}

int ch_source_karpathy_parse(struct ch_source *s, struct ch_json_stream *in,
                             int has_restval, struct ch_err *e)
{
    const struct reading r = { s, ch_json_stream_path(in), has_restval };
    struct ch_json_item item;
    size_t images = 0, first = s->image_count;
    int rc;

    while ((rc = ch_json_stream_next(in, &item, e)) > 0) {
        if (!item.number || strcmp(item.member, "images") != 0)
            continue;
        images++;
        rc = add_image(&r, item.value, e);
        if (rc)
            return rc == CH_EFORMAT ? ch_err_wrap_at(e, r.path, "image %zu",
                                                     item.number)
                                    : rc;
    }
    if (!rc && images == 0)
        rc = ch_fail_at(e, CH_EFORMAT, r.path, CH_NO_OFFSET,
                        "no Karpathy split: expected a list \"images\" with "
                        "\"filename\", \"split\" and \"sentences\"");
    return rc ? rc : ch_source_list_silent(s, first, e);
}

int ch_source_karpathy(struct ch_source *s, const char *path, int has_restval,
                       struct ch_err *e)
{
    struct ch_json_stream *in;
    int rc = ch_json_stream_open(&in, path, e);

    if (!rc)
        rc = ch_source_karpathy_parse(s, in, has_restval, e);
    ch_json_stream_close(in);
    return rc;
}
