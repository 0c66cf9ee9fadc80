/* source.c - the list of images that every annotation reader fills */
#include "data/source.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

const char *const ch_split_name[CH_SPLIT_COUNT] = { "train", "val", "test" };

/* The items with room for one more of `size` bytes behind `count`; NULL when
 * memory is out, and the items stay. */
static void *grow(void *items, size_t count, size_t *room, size_t size)
{
    size_t more = *room ? 2 * *room : 16;
    void *grown;

    if (count < *room)
        return items;
    grown = realloc(items, more * size);
    if (grown)
        *room = more;
    return grown;
}

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "cannot hold the annotations");
}

int ch_source_image(struct ch_source *s, const char *file, size_t n,
                    int64_t id, enum ch_split split, size_t *index,
                    struct ch_err *e)
{
    struct ch_source_image *grown, *image;
    uint64_t *place;
    int added;
    int rc = 0;

    if (!s->by_file)
        rc = ch_table_open(&s->by_file, e);
    if (rc)
        return rc;
    place = ch_table_add(s->by_file, file, n, s->image_count, &added);
    if (!place)
        return no_memory(e);
    *index = (size_t)*place;
    if (!added)
        return 0;
    grown = grow(s->image, s->image_count, &s->image_room, sizeof *grown);
    if (!grown)
        return no_memory(e);
    s->image = grown;
    image = &s->image[s->image_count];
    memset(image, 0, sizeof *image);
    image->file = strndup(file, n);
    image->id = id;
    image->split = split;
    if (!image->file)
        return no_memory(e);
    s->image_count++;
    return 0;
}

int ch_source_find(const struct ch_source *s, const char *file, size_t n,
                   size_t *index)
{
    const uint64_t *place =
        s->by_file ? ch_table_get(s->by_file, file, n) : NULL;

    if (place)
        *index = (size_t)*place;
    return place != NULL;
}

int ch_source_caption(struct ch_source *s, size_t image, const char *caption,
                      size_t n, struct ch_err *e)
{
    struct ch_source_image *to = &s->image[image];
    char *copy, **grown;

    grown = grow(to->caption, to->caption_count, &to->caption_room,
                 sizeof *grown);
    if (!grown)
        return no_memory(e);
    to->caption = grown;
    copy = strndup(caption, n);
    if (!copy)
        return no_memory(e);
    to->caption[to->caption_count++] = copy;
    s->captions_read++;
    return 0;
}

int ch_source_skip(struct ch_source *s, const char *what, const char *reason,
                   struct ch_err *e)
{
    struct ch_source_skip *grown, *skip;

    grown = grow(s->skip, s->skip_count, &s->skip_room, sizeof *grown);
    if (!grown)
        return no_memory(e);
    s->skip = grown;
    skip = &s->skip[s->skip_count];
    skip->what = strdup(what);
    skip->reason = strdup(reason);
    if (!skip->what || !skip->reason) {
        free(skip->what);
        free(skip->reason);
        return no_memory(e);
    }
    s->skip_count++;
    return 0;
}

void ch_source_release(struct ch_source *s)
{
    for (size_t i = 0; i < s->image_count; i++) {
        for (size_t c = 0; c < s->image[i].caption_count; c++)
            free(s->image[i].caption[c]);
        free(s->image[i].caption);
        free(s->image[i].file);
    }
    for (size_t i = 0; i < s->skip_count; i++) {
        free(s->skip[i].what);
        free(s->skip[i].reason);
    }
    free(s->image);
    free(s->skip);
    ch_table_close(s->by_file);
    memset(s, 0, sizeof *s);
}
