/* score_input.c - captions and references, brought together */
#include "chorus/score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "score/reference.h"

static const size_t MAX_BYTES = (size_t)1 << 32;

struct ch_score_input {
    struct ch_references references;
    struct ch_score_item *item;
    char **text;                  /* keys and captions of the items, ours */
    size_t *line;                 /* of the captions file, from 1 */
    size_t *taken;                /* image -> 1 + item that captions it */
    size_t count, room, unscored;
    const char *path;             /* of the captions, borrowed */
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the captions");
}

static int grow(struct ch_score_input *s, struct ch_err *e)
{
    size_t room = s->room ? 2 * s->room : 256;
    struct ch_score_item *item = realloc(s->item, room * sizeof *item);
    char **text = NULL;
    size_t *line = NULL;

    if (item) {
        s->item = item;
        text = realloc(s->text, 2 * room * sizeof *text);
    }
    if (text) {
        s->text = text;
        line = realloc(s->line, room * sizeof *line);
    }
    if (!line)
        return no_memory(e);
    s->line = line;
    s->room = room;
    return 0;
}

/* The image's place in the references, which nobody has captioned before. */
static int find_image(struct ch_score_input *s, const char *file, int64_t id,
                      size_t line, size_t *image, struct ch_err *e)
{
    int rc = ch_reference_find(&s->references, file, id, image, e);
    const struct ch_source_image *found;

    if (rc)
        return ch_err_wrap(e, "%s: line %zu", s->path, line);
    found = &s->references.source.image[*image];
    if (found->caption_count == 0)
        return ch_fail_at(e, CH_EUSAGE, s->path, CH_NO_OFFSET,
                          "line %zu: image %s has no captions in %s", line,
                          found->file, s->references.path);
    if (s->taken[*image])
        return ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                          "line %zu: image %s already has a caption in line "
                          "%zu; keep one", line, found->file,
                          s->line[s->taken[*image] - 1]);
    return 0;
}

static int add_item(struct ch_score_input *s, const struct ch_json *object,
                    size_t line, struct ch_err *e)
{
    const char *file = ch_json_text(ch_json_get(object, "image"), NULL);
    const char *caption = ch_json_text(ch_json_get(object, "caption"), NULL);
    int64_t id = ch_json_int(ch_json_get(object, "image_id"), -1);
    const struct ch_source_image *found;
    size_t image;
    char **text;
    int rc;

    if (!ch_json_is_object(object) || !caption || (!file && id < 0))
        return ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                          "line %zu: expected \"image\" or \"image_id\", and "
                          "\"caption\", found no %s", line,
                          caption ? "image" : "caption");
    rc = find_image(s, file, id, line, &image, e);
    if (!rc && s->count == s->room)
        rc = grow(s, e);
    if (rc)
        return rc;
    found = &s->references.source.image[image];
    text = s->text + 2 * s->count;
    text[0] = strdup(file ? file : found->file);
    text[1] = strdup(caption);
    s->line[s->count] = line;
    s->item[s->count++] = (struct ch_score_item) {
        .key = text[0],
        .caption = text[1],
        .reference = (const char *const *)found->caption,
        .reference_count = found->caption_count,
    };
    s->taken[image] = s->count;
    return text[0] && text[1] ? 0 : no_memory(e);
}

static int is_blank(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!memchr(" \t\r", line[i], 3))
            return 0;
    return 1;
}

static int add_lines(struct ch_score_input *s, const char *bytes, size_t n,
                     struct ch_err *e)
{
    struct ch_bytes b = ch_bytes_of(bytes, n);
    const char *line;
    size_t length;
    int rc = 0;

    for (size_t i = 1; !rc && ch_bytes_line(&b, &line, &length); i++) {
        struct ch_json *object = NULL;

        if (is_blank(line, length))
            continue;
        rc = ch_json_parse(&object, line, length, s->path, e);
        if (rc)
            rc = ch_err_wrap(e, "line %zu", i);
        if (!rc) rc = add_item(s, object, i, e);
        ch_json_close(object);
    }
    return rc;
}

/* COCO results are one array; its entries count as lines. */
static int add_array(struct ch_score_input *s, const char *bytes, size_t n,
                     struct ch_err *e)
{
    struct ch_json *array = NULL;
    int rc = ch_json_parse(&array, bytes, n, s->path, e);

    for (size_t i = 0; !rc && i < ch_json_count(array); i++)
        rc = add_item(s, ch_json_at(array, i), i + 1, e);
    ch_json_close(array);
    return rc;
}

static int read_captions(struct ch_score_input *s, struct ch_err *e)
{
    char *bytes = NULL;
    size_t n, first = 0;
    int rc = ch_file_read(s->path, MAX_BYTES, &bytes, &n, e);

    if (rc)
        return rc;
    while (first < n && memchr(" \t\r\n", bytes[first], 4))
        first++;
    rc = bytes[first] == '[' ? add_array(s, bytes, n, e)
                             : add_lines(s, bytes, n, e);
    free(bytes);
    if (!rc && s->count == 0)
        rc = ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                        "expected captions, found none");
    return rc;
}

static size_t count_unscored(const struct ch_score_input *s)
{
    const struct ch_source *source = &s->references.source;
    size_t count = 0;

    for (size_t i = 0; i < source->image_count; i++)
        count += source->image[i].caption_count > 0 && !s->taken[i];
    return count;
}

int ch_score_input_open(struct ch_score_input **out, const char *captions,
                        const char *references, struct ch_err *e)
{
    struct ch_score_input *s = calloc(1, sizeof *s);
    int rc;

    *out = NULL;
    if (!s)
        return no_memory(e);
    s->path = captions;
    rc = ch_reference_read(&s->references, references, e);
    if (!rc) {
        s->taken = calloc(s->references.source.image_count,
                          sizeof *s->taken);
        if (!s->taken)
            rc = no_memory(e);
    }
    if (!rc) rc = read_captions(s, e);
    if (rc) {
        ch_score_input_close(s);
        return rc;
    }
    s->unscored = count_unscored(s);
    *out = s;
    return 0;
}

const struct ch_score_item *ch_score_input_items(
    const struct ch_score_input *i, size_t *count, size_t *unscored)
{
    *count = i->count;
    *unscored = i->unscored;
    return i->item;
}

void ch_score_input_close(struct ch_score_input *i)
{
    if (!i)
        return;
    ch_reference_release(&i->references);
    for (size_t t = 0; t < 2 * i->count; t++)
        free(i->text[t]);
    free(i->item);
    free(i->text);
    free(i->line);
    free(i->taken);
    free(i);
}
