/* reference.c - what people wrote, found by image
 *
 * Captions of one image may lie anywhere in one file or in several: they are
 * gathered by counting, in the order in which they were read.
 */
#include "score/reference.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

/* Two images have this name. */
static const uint64_t AMBIGUOUS = UINT64_MAX;

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the references");
}

/* The image of that number, or of that name where there is no number; made
 * when new. */
static int image_of(struct ch_references *r, const char *name, int64_t id,
                    size_t *index, int *added, struct ch_err *e)
{
    const void *key = id >= 0 ? (const void *)&id : name;
    size_t n = id >= 0 ? sizeof id : strlen(name);
    uint64_t *value = ch_table_add(id >= 0 ? r->by_id : r->by_file, key, n,
                                   r->image_count, added);

    if (!value)
        return no_memory(e);
    *index = (size_t)*value;
    if (!*added)
        return 0;
    if (r->image_count == r->image_room) {
        size_t room = r->image_room ? 2 * r->image_room : 1024;
        struct ch_reference_image *image = realloc(r->image,
                                                   room * sizeof *image);

        if (!image)
            return no_memory(e);
        r->image = image;
        r->image_room = room;
    }
    r->image[r->image_count++] = (struct ch_reference_image) {
        .name = name, .id = id
    };
    return 0;
}

/* COCO's list of images sets their order; "annotations" alone are enough. */
static int add_list(struct ch_references *r, const struct ch_caption_file *f,
                    struct ch_err *e)
{
    for (size_t i = 0; i < f->image_count; i++) {
        size_t index, before = r->image_count;
        int added, rc = image_of(r, f->image[i].file, f->image[i].id, &index,
                                 &added, e);

        if (rc)
            return rc;
        if (index < before && r->file_count == 1)
            return ch_fail_at(e, CH_EFORMAT, f->path, CH_NO_OFFSET,
                              "image id %" PRId64 " stands twice",
                              f->image[i].id);
    }
    return 0;
}

/* Plain files: line k is of image k, in each. */
static int add_plain(struct ch_references *r, const struct ch_caption_file *f,
                     size_t *of, struct ch_err *e)
{
    if (r->file_count > 1 && f->count != r->image_count)
        return ch_fail_at(e, CH_EFORMAT, f->path, CH_NO_OFFSET,
                          "expected %zu lines, as %s has, found %zu",
                          r->image_count, r->path, f->count);
    if (r->file_count == 1) {
        r->image = calloc(f->count, sizeof *r->image);
        if (!r->image)
            return no_memory(e);
        r->image_count = r->image_room = f->count;
    }
    for (size_t i = 0; i < f->count; i++) {
        of[i] = i;
        r->image[i].id = -1;
    }
    return 0;
}

static int add_named(struct ch_references *r, const struct ch_caption_file *f,
                     size_t *of, struct ch_err *e)
{
    int rc = add_list(r, f, e);

    for (size_t i = 0; i < f->count && !rc; i++) {
        const struct ch_caption_entry *c = &f->caption[i];
        int added;

        rc = image_of(r, c->image, c->id, &of[i], &added, e);
        if (!rc && added && f->image_count > 0)
            rc = ch_fail_at(e, CH_EFORMAT, f->path, CH_NO_OFFSET,
                            "%s %zu is of image id %" PRId64 ", which is not "
                            "in \"images\"", ch_caption_file_unit(f), c->place,
                            c->id);
    }
    return rc;
}

static int add_file(struct ch_references *r, const char *path, size_t *used,
                    struct ch_err *e)
{
    struct ch_caption_file *f = &r->file[r->file_count];
    bool is_plain;
    size_t *of;
    int rc;

    r->file_count++;
    rc = ch_file_is_folder(path)
             ? ch_caption_shards_read(f, path, r->split, e)
             : ch_caption_file_read(f, path, CH_ROLE_REFERENCE, e);
    if (rc)
        return rc;
    is_plain = f->form == CH_FORM_PLAIN;
    if (r->file_count > 1 && is_plain != r->is_plain)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "expected captions %s image names, as in %s",
                          is_plain ? "with" : "without", r->path);
    r->is_plain = is_plain;
    of = realloc(r->of, (*used + f->count) * sizeof *of);
    if (!of)
        return no_memory(e);
    r->of = of;
    rc = is_plain ? add_plain(r, f, of + *used, e)
                  : add_named(r, f, of + *used, e);
    *used += f->count;
    return rc;
}

/* The captions of each image in a row. */
static int gather(struct ch_references *r, size_t total, struct ch_err *e)
{
    const char **next;
    size_t k = 0;

    r->text = malloc((total + 1) * sizeof *r->text);
    if (!r->text)
        return no_memory(e);
    for (size_t i = 0; i < total; i++)
        r->image[r->of[i]].count++;
    next = r->text;
    for (size_t i = 0; i < r->image_count; i++) {
        r->image[i].text = next;
        next += r->image[i].count;
        r->image[i].count = 0;
    }
    for (size_t f = 0; f < r->file_count; f++)
        for (size_t i = 0; i < r->file[f].count; i++, k++) {
            struct ch_reference_image *image = &r->image[r->of[k]];

            r->text[(size_t)(image->text - r->text) + image->count++] =
                r->file[f].caption[i].text;
        }
    return 0;
}

/* A second image of the same key makes it ambiguous. */
static int index_key(struct ch_table *t, const char *key, size_t image,
                     struct ch_err *e)
{
    int added;
    uint64_t *value = ch_table_add(t, key, strlen(key), image, &added);

    if (!value)
        return no_memory(e);
    if (!added && *value != image)
        *value = AMBIGUOUS;
    return 0;
}

static int index_names(struct ch_references *r, struct ch_err *e)
{
    int rc = 0;

    for (size_t i = 0; i < r->image_count && !rc; i++) {
        if (!r->image[i].name)
            continue;
        rc = index_key(r->by_file, r->image[i].name, i, e);
        if (!rc)
            rc = index_key(r->by_name, ch_file_last(r->image[i].name), i, e);
    }
    return rc;
}

int ch_reference_read(struct ch_references *r, const char *const *path,
                      size_t count, const char *split, struct ch_err *e)
{
    size_t total = 0;
    int rc;

    *r = (struct ch_references) { .path = count ? path[0] : NULL,
                                  .split = split ? split : "val" };
    if (count == 0)
        return ch_fail(e, CH_EUSAGE, "expected a file of references");
    r->file = calloc(count, sizeof *r->file);
    rc = r->file ? ch_table_open(&r->by_file, e) : no_memory(e);
    if (!rc) rc = ch_table_open(&r->by_name, e);
    if (!rc) rc = ch_table_open(&r->by_id, e);
    for (size_t i = 0; i < count && !rc; i++)
        rc = add_file(r, path[i], &total, e);
    if (!rc) rc = gather(r, total, e);
    if (!rc) rc = index_names(r, e);
    return rc;
}

void ch_reference_release(struct ch_references *r)
{
    for (size_t i = 0; i < r->file_count; i++)
        ch_caption_file_release(&r->file[i]);
    free(r->file);
    free(r->image);
    free(r->of);
    free(r->text);
    ch_table_close(r->by_file);
    ch_table_close(r->by_name);
    ch_table_close(r->by_id);
    *r = (struct ch_references) { 0 };
}

int ch_reference_find(const struct ch_references *r, const char *file,
                      int64_t id, size_t *index, struct ch_err *e)
{
    const uint64_t *found = NULL;
    char number[24];

    if (id >= 0 && ch_table_count(r->by_id) > 0) {
        found = ch_table_get(r->by_id, (const char *)&id, sizeof id);
    } else if (file) {
        found = ch_table_get(r->by_file, file, strlen(file));
        if (!found)
            found = ch_table_get(r->by_name, ch_file_last(file),
                             strlen(ch_file_last(file)));
    } else {
        snprintf(number, sizeof number, "%" PRId64, id);
        found = ch_table_get(r->by_file, number, strlen(number));
    }
    if (!found)
        return 0;
    if (*found == AMBIGUOUS)
        return ch_fail(e, CH_EUSAGE, "%s has several images of the name %s; "
                       "write their paths", r->path, file ? file : number);
    *index = (size_t)*found;
    return 1;
}
