/* source.c - the list of images that every annotation reader fills
 *
 * Texts and lists of captions lie in large chunks, freed together: millions of
 * small pieces of malloc() would take twice the memory, and could not be in a
 * spill.
 */
#include "data/source.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/spill.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Each chunk is twice the one before. */
#define FIRST_CHUNK ((size_t)1 << 16)
#define LAST_CHUNK ((size_t)1 << 22)
#define TEXT_LIMIT ((size_t)1 << 31)

struct ch_source_chunk {
    struct ch_source_chunk *next;
    size_t used, size;
    char bytes[];
};

/* n bytes that live as long as the list, or NULL. */
static void *take(struct ch_source *s, size_t n, size_t align)
{
    struct ch_source_chunk *c = s->chunk;
    size_t at = c ? (c->used + align - 1) / align * align : 0;

    if (!c || n > c->size || at > c->size - n) {
        size_t next = c && c->size > LAST_CHUNK / 2 ? LAST_CHUNK
                      : c ? 2 * c->size : FIRST_CHUNK;
        int is_own = n > next / 4;
        size_t size = is_own ? n : next;

        c = ch_spill_resize(s->spill, NULL, 0, sizeof *c + size);
        if (!c)
            return NULL;
        *c = (struct ch_source_chunk){ .next = s->chunk, .size = size };
        /* One of its own goes behind, so that what is left in front is used. */
        if (s->chunk && is_own) {
            c->next = s->chunk->next;
            s->chunk->next = c;
        } else {
            s->chunk = c;
        }
        at = 0;
    }
    c->used = at + n;
    return c->bytes + at;
}

/* The items with room for one more of `size` bytes behind `count`; NULL when
 * memory is out, and the items stay. */
static void *grow(const struct ch_source *s, void *items, size_t count,
                  size_t *room, size_t size)
{
    size_t more = *room ? 2 * *room : 16;
    void *grown;

    if (count < *room)
        return items;
    grown = ch_spill_resize(s->spill, items, *room * size, more * size);
    if (grown)
        *room = more;
    return grown;
}

static int no_room(const struct ch_source *s, struct ch_err *e)
{
    return ch_spill_fail(s->spill, "the annotations", e);
}

const char *ch_source_keep(struct ch_source *s, const char *text, size_t n)
{
    char *copy = take(s, n + 1, 1);

    if (copy) {
        memcpy(copy, text, n);
        copy[n] = '\0';
    }
    return copy;
}

int ch_source_add(struct ch_source *s, const char *file, size_t n, int64_t id,
                  enum ch_split split, size_t *index, struct ch_err *e)
{
    struct ch_source_image *image, *grown =
        grow(s, s->image, s->image_count, &s->image_room, sizeof *grown);

    if (!grown)
        return no_room(s, e);
    s->image = grown;
    image = &s->image[s->image_count];
    *image = (struct ch_source_image){ .file = ch_source_keep(s, file, n),
                                       .id = id, .split = split };
    if (!image->file)
        return no_room(s, e);
    *index = s->image_count++;
    return 0;
}

int ch_source_image(struct ch_source *s, const char *file, size_t n,
                    int64_t id, enum ch_split split, size_t *index,
                    struct ch_err *e)
{
    uint64_t *place;
    int added;
    int rc = s->by_file ? 0 : ch_table_open_in(&s->by_file, s->spill, e);

    if (rc)
        return rc;
    place = ch_table_add(s->by_file, file, n, s->image_count, &added);
    if (!place)
        return no_room(s, e);
    if (added)
        return ch_source_add(s, file, n, id, split, index, e);
    *index = (size_t)*place;
    return 0;
}

static int skip_unlisted(struct ch_source *s, const char *file, size_t n,
                         struct ch_err *e)
{
    const char *what;
    int added = 0;
    int rc = s->unlisted ? 0
                         : ch_table_open_in(&s->unlisted, s->spill, e);

    if (rc)
        return rc;
    if (!ch_table_add(s->unlisted, file, n, 0, &added))
        return no_room(s, e);
    if (!added)
        return 0;
    s->images_left_out++;
    what = ch_source_keep(s, file, n);
    return what ? ch_source_skip(s, what, "in no list of a split", e)
                : no_room(s, e);
}

int ch_source_place(struct ch_source *s, const struct ch_split_rule *by,
                    const char *file, size_t n, int64_t id,
                    enum ch_split given, size_t *index, struct ch_err *e)
{
    const struct ch_source_image *image;
    enum ch_split split;
    int rc;

    if (!ch_split_of(by, file, n, given, &split))
        return skip_unlisted(s, file, n, e);
    rc = ch_source_image(s, file, n, id, split, index, e);
    if (rc)
        return rc;
    image = &s->image[*index];
    if (image->split != split)
        return ch_fail(e, CH_EFORMAT, "%s is in split %s already; an image "
                       "belongs to one split", image->file,
                       ch_split_name[image->split]);
    return 1;
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

/* Room for one more caption: one, as regions have; five, as most data sets
 * have; then twice as many.  What was there before stays unused. */
static int grow_captions(struct ch_source *s, struct ch_source_image *to)
{
    uint32_t room = to->caption_room == 0 ? 1
                    : to->caption_room < 5 ? 5
                                           : 2 * to->caption_room;
    const char **grown;

    if (to->caption_count < to->caption_room)
        return 1;
    grown = take(s, room * sizeof *grown, sizeof *grown);
    if (!grown)
        return 0;
    if (to->caption_count)
        memcpy(grown, to->caption, to->caption_count * sizeof *grown);
    to->caption = grown;
    to->caption_room = room;
    return 1;
}

int ch_source_caption(struct ch_source *s, size_t image, const char *caption,
                      size_t n, struct ch_err *e)
{
    struct ch_source_image *to = &s->image[image];
    const char *copy;

    if (!grow_captions(s, to))
        return no_room(s, e);
    copy = ch_source_keep(s, caption, n);
    if (!copy)
        return no_room(s, e);
    to->caption[to->caption_count++] = copy;
    s->captions_read++;
    return 0;
}

int ch_source_skip(struct ch_source *s, const char *what, const char *reason,
                   struct ch_err *e)
{
    struct ch_source_skip *grown, *skip;

    grown = grow(s, s->skip, s->skip_count, &s->skip_room, sizeof *grown);
    if (!grown)
        return no_room(s, e);
    s->skip = grown;
    skip = &s->skip[s->skip_count];
    skip->what = ch_source_keep(s, what, strlen(what));
    skip->reason = ch_source_keep(s, reason, strlen(reason));
    if (!skip->what || !skip->reason)
        return no_room(s, e);
    s->skip_count++;
    return 0;
}

int ch_source_list_silent(struct ch_source *s, size_t first, struct ch_err *e)
{
    int rc = 0;

    for (size_t i = first; i < s->image_count && !rc; i++)
        if (s->image[i].caption_count == 0)
            rc = ch_source_skip(s, s->image[i].file, "has no caption", e);
    return rc;
}

int ch_source_check_line(const char *line, size_t n, size_t number,
                         const char *path, struct ch_err *e)
{
    if (ch_text_check(line, n) < n || memchr(line, '\0', n))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "line %zu is not UTF-8 text", number);
    if (memchr(line, '\r', n))
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "line %zu has a carriage return inside; end lines "
                          "as Unix or Windows do", number);
    return 0;
}

/* Pipes cannot be mapped; they are read whole. */
int ch_source_text(struct ch_source *s, const char *path,
                   const struct ch_split_rule *by, ch_source_parse_fn parse,
                   struct ch_err *e)
{
    struct ch_map map;
    char *text = NULL;
    size_t n = 0;
    int is_plain = ch_file_size(path) >= 0;
    int rc = is_plain ? ch_map_open(&map, path, e)
                      : ch_file_read(path, TEXT_LIMIT, &text, &n, e);

    if (rc)
        return rc;
    if (is_plain)
        rc = parse(s, (const char *)map.at, map.size, path, by, e);
    else
        rc = parse(s, text, n, path, by, e);
    if (is_plain)
        ch_map_close(&map);
    free(text);
    return rc;
}

void ch_source_release(struct ch_source *s)
{
    while (s->chunk) {
        struct ch_source_chunk *c = s->chunk;

        s->chunk = c->next;
        ch_spill_resize(s->spill, c, sizeof *c + c->size, 0);
    }
    ch_spill_resize(s->spill, s->image, s->image_room * sizeof *s->image, 0);
    ch_spill_resize(s->spill, s->skip, s->skip_room * sizeof *s->skip, 0);
    ch_table_close(s->by_file);
    ch_table_close(s->unlisted);
    ch_spill_close(s->spill);
    memset(s, 0, sizeof *s);
}
