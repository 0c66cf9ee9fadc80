/* genome.c - Visual Genome: descriptions of regions of photos
 *
 * [{"id":1,"regions":[{"region_id":1382,"x":421,"y":57,"width":82,
 *   "height":139,"image_id":1,"phrase":"the clock is green"},...]},...]
 *
 * 700 MB, but no image's regions are more than some kilobytes.  A photo is
 * named ID.jpg; which of the two folders it lies in, the file does not say.
 */
#include "data/source.h"

#include "base/hash.h"
#include "base/json_stream.h"
#include "base/spill.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct reading {
    struct ch_source *s;
    const char *path;
    const struct ch_source_regions *how;
    const struct ch_split_rule *by;
    char photo[32];            /* of the image being read */
    const char *kept;          /* the same, in s; NULL before its first crop */
    int64_t id;
    struct ch_table *photos;   /* whose regions were crops: names */
    struct ch_table *regions;  /* of the image being read: ids */
};

/* A member, or the one that older versions of the file have instead. */
static int need_id(const struct reading *r, const struct ch_json *o,
                   const char *name, const char *older, int64_t *id,
                   struct ch_err *e)
{
    if (!ch_json_get(o, name) && ch_json_get(o, older))
        name = older;
    return ch_json_need_int(o, name, 0, INT64_MAX, id, r->path, e);
}

/* One side of a region; what lies before the edge of the photo is cut off. */
static int need_side(const struct reading *r, const struct ch_json *region,
                     const char *first, const char *length, uint32_t *from,
                     uint32_t *size, struct ch_err *e)
{
    int64_t at, n;
    int rc = ch_json_need_int(region, first, -INT32_MAX, INT32_MAX, &at,
                              r->path, e);

    if (!rc)
        rc = ch_json_need_int(region, length, -INT32_MAX, INT32_MAX, &n,
                              r->path, e);
    if (rc)
        return rc;
    if (at < 0) {
        n += at;
        at = 0;
    }
    *from = (uint32_t)at;
    *size = n > 0 ? (uint32_t)n : 0;
    return 0;
}

static int skip_small(const struct reading *r, const char *key,
                      const struct ch_box *box, struct ch_err *e)
{
    char reason[80];

    snprintf(reason, sizeof reason, "a region of %" PRIu32 " x %" PRIu32
             ", smaller than %" PRIu32, box->width, box->height,
             r->how->min_side);
    r->s->images_left_out++;
    r->s->captions_left_out++;
    return ch_source_skip(r->s, key, reason, e);
}

/* The region as an image of its own, in the split of its photo. */
static int add_crop(struct reading *r, const struct ch_json *region,
                    const char *phrase, enum ch_split split, struct ch_err *e)
{
    struct ch_box box;
    char key[64];
    size_t index;
    int64_t id;
    int n, added = 0, rc = need_id(r, region, "region_id", "id", &id, e);

    if (!rc) rc = need_side(r, region, "x", "width", &box.x, &box.width, e);
    if (!rc) rc = need_side(r, region, "y", "height", &box.y, &box.height, e);
    if (rc)
        return rc;
    n = snprintf(key, sizeof key, "%s:%" PRId64, r->photo, id);
    if (box.width < r->how->min_side || box.height < r->how->min_side ||
        !box.width || !box.height)
        return skip_small(r, key, &box, e);
    if (!r->kept)
        r->kept = ch_source_keep(r->s, r->photo, strlen(r->photo));
    if (!r->kept || !ch_table_add(r->regions, (const char *)&id, sizeof id, 0,
                                  &added))
        return ch_spill_fail(r->s->spill, "the annotations", e);
    if (!added)
        return ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                          "region %" PRId64 " stands twice", id);
    rc = ch_source_add(r->s, key, (size_t)n, r->id, split, &index, e);
    if (rc)
        return rc;
    r->s->image[index].photo = r->kept;
    r->s->image[index].box = box;
    return ch_source_caption(r->s, index, phrase, strlen(phrase), e);
}

static int add_regions(struct reading *r, const struct ch_json *regions,
                       size_t index, enum ch_split split, struct ch_err *e)
{
    int rc = 0;

    for (size_t i = 0; i < ch_json_count(regions) && !rc; i++) {
        const struct ch_json *region = ch_json_at(regions, i);
        const char *phrase;

        rc = ch_json_need_text(region, "phrase", &phrase, r->path, e);
        if (!rc && r->how->is_crop)
            rc = add_crop(r, region, phrase, split, e);
        else if (!rc)
            rc = ch_source_caption(r->s, index, phrase, strlen(phrase), e);
        if (rc == CH_EFORMAT)
            ch_err_wrap_at(e, r->path, "region %zu", i + 1);
    }
    return rc;
}

/* Keys of crops are new when their photo is, and their ids are in it. */
static int add_crops(struct reading *r, const struct ch_json *regions,
                     enum ch_split split, struct ch_err *e)
{
    int added, rc;

    if (!ch_table_add(r->photos, r->photo, strlen(r->photo), 0, &added))
        return ch_spill_fail(r->s->spill, "the annotations", e);
    if (!added)
        return ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                          "image id %" PRId64 " stands twice", r->id);
    rc = ch_table_open(&r->regions, e);
    if (!rc) rc = add_regions(r, regions, 0, split, e);
    ch_table_close(r->regions);
    return rc;
}

static int add_image(struct reading *r, const struct ch_json *image,
                     struct ch_err *e)
{
    const struct ch_json *regions = ch_json_get(image, "regions");
    enum ch_split split = CH_SPLIT_TRAIN;
    size_t n, index = 0;
    int rc = need_id(r, image, "id", "image_id", &r->id, e);

    if (!rc && !ch_json_is_array(regions))
        rc = ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                        "\"regions\" is missing or no list");
    if (rc)
        return rc;
    n = (size_t)snprintf(r->photo, sizeof r->photo, "%" PRId64 ".jpg", r->id);
    r->kept = NULL;
    if (r->how->is_crop && ch_split_of(r->by, r->photo, n, split, &split))
        return add_crops(r, regions, split, e);
    if (ch_source_find(r->s, r->photo, n, &index))
        return ch_fail_at(e, CH_EFORMAT, r->path, CH_NO_OFFSET,
                          "image id %" PRId64 " stands twice", r->id);
    /* As a whole; or listed as in no split, which place() does. */
    rc = ch_source_place(r->s, r->by, r->photo, n, r->id, split, &index, e);
    if (rc == 0)
        r->s->captions_left_out += ch_json_count(regions);
    return rc > 0 ? add_regions(r, regions, index, split, e) : rc;
}

int ch_source_genome_parse(struct ch_source *s, struct ch_json_stream *in,
                           const struct ch_source_regions *how,
                           const struct ch_split_rule *by, struct ch_err *e)
{
    struct reading r = { .s = s, .path = ch_json_stream_path(in), .how = how,
                         .by = by };
    struct ch_json_item item;
    size_t images = 0, first = s->image_count;
    int rc = ch_table_open_in(&r.photos, s->spill, e);

    while (!rc && (rc = ch_json_stream_next(in, &item, e)) > 0) {
        rc = 0;
        if (!item.number || *item.member)
            continue;
        images++;
        rc = add_image(&r, item.value, e);
        if (rc == CH_EFORMAT)
            ch_err_wrap_at(e, r.path, "image %zu", item.number);
    }
    ch_table_close(r.photos);
    if (!rc && images == 0)
        rc = ch_fail_at(e, CH_EFORMAT, r.path, CH_NO_OFFSET,
                        "no region descriptions of Visual Genome: expected a "
                        "list of images with \"id\" and \"regions\"");
    return rc ? rc : ch_source_list_silent(s, first, e);
}

int ch_source_genome(struct ch_source *s, const char *path,
                     const struct ch_source_regions *how,
                     const struct ch_split_rule *by, struct ch_err *e)
{
    struct ch_json_stream *in;
    int rc = ch_json_stream_open(&in, path, e);

    if (!rc)
        rc = ch_source_genome_parse(s, in, how, by, e);
    ch_json_stream_close(in);
    return rc;
}
