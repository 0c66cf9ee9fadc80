/* score_input.c - captions and references, brought together */
#include "chorus/score_input.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "score/reference.h"

/* So many of the images at fault are named. */
#define NAMED 3

struct ch_score_input {
    struct ch_references references;
    struct ch_caption_file captions;
    struct ch_score_item *item;
    size_t count;
    char *keys;                   /* of images that have a number, no name */
    const struct ch_caption_entry **of; /* image -> its caption, or NULL */
    struct ch_score_left left;
};

/* The first few things at fault, for a message. */
struct fault {
    size_t count;
    struct ch_buffer names;
};

#define KEY_ROOM 24

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the captions");
}

static void name_fault(struct fault *f, const char *name, int64_t id,
                       size_t place)
{
    if (f->count++ >= NAMED)
        return;
    if (f->names.size)
        ch_buffer_text(&f->names, ", ");
    if (name)
        ch_buffer_format(&f->names, "%.80s", name);
    else if (id >= 0)
        ch_buffer_format(&f->names, "%" PRId64, id);
    else
        ch_buffer_format(&f->names, "line %zu", place);
}

/* "3 images ... (a, b, c and 7 more)" */
static int tell(struct fault *f, int code, const char *one, const char *many,
                const char *path, const char *remedy, struct ch_err *e)
{
    char more[48] = "";

    if (f->count > NAMED)
        snprintf(more, sizeof more, " and %zu more", f->count - NAMED);
    ch_buffer_put(&f->names, "", 0);
    if (f->names.failed)
        return no_memory(e);
    return ch_fail_at(e, code, path, CH_NO_OFFSET, "%zu %s (%s%s); %s or pass "
                      "--partial", f->count, f->count == 1 ? one : many,
                      f->names.at, more, remedy);
}

/* ---------------------------------------------------------------- joining */

/* The image that a caption is of: 1, 0 or an error. */
static int find_image(const struct ch_score_input *s, size_t i, size_t *image,
                      struct ch_err *e)
{
    const struct ch_caption_entry *c = &s->captions.caption[i];
    int rc = 1;

    if (!s->references.is_plain)
        rc = ch_reference_find(&s->references, c->image, c->id, image, e);
    else
        *image = i;
    if (rc < 0)
        return ch_err_wrap(e, "%s: %s %zu", s->captions.path,
                           ch_caption_file_unit(&s->captions), c->place);
    return rc && *image < s->references.image_count &&
           s->references.image[*image].count > 0;
}

static int join(struct ch_score_input *s, struct fault *extra,
                struct fault *repeated, struct ch_err *e)
{
    for (size_t i = 0; i < s->captions.count; i++) {
        const struct ch_caption_entry *c = &s->captions.caption[i];
        size_t image = 0;
        int found = find_image(s, i, &image, e);

        if (found < 0)
            return found;
        if (!found)
            name_fault(extra, c->image, c->id, c->place);
        else if (s->of[image])
            name_fault(repeated, c->image, c->id, c->place);
        else
            s->of[image] = c;
    }
    return 0;
}

static void find_missing(const struct ch_score_input *s, struct fault *missing)
{
    for (size_t i = 0; i < s->references.image_count; i++) {
        const struct ch_reference_image *image = &s->references.image[i];

        if (image->count > 0 && !s->of[i])
            name_fault(missing, image->name, image->id, i + 1);
    }
}

/* Counts what is left out; refuses it unless partial. */
static int judge(struct ch_score_input *s, struct fault *extra,
                 struct fault *repeated, struct fault *missing, bool partial,
                 struct ch_err *e)
{
    const char *path = s->captions.path;
    char has[160];

    s->left = (struct ch_score_left) { missing->count, extra->count,
                                       repeated->count };
    if (partial)
        return 0;
    snprintf(has, sizeof has, "caption is of an image without references in "
             "%.80s", s->references.path);
    if (extra->count) {
        char have[160];

        snprintf(have, sizeof have, "captions are of images without "
                 "references in %.80s", s->references.path);
        return tell(extra, CH_EUSAGE, has, have, path, "drop what is too much",
                    e);
    }
    if (repeated->count)
        return tell(repeated, CH_EFORMAT, "caption is of an image that has one "
                    "already", "captions are of images that have one already",
                    path, "keep one caption an image", e);
    if (missing->count)
        return tell(missing, CH_EFORMAT, "image with references has no caption",
                    "images with references have no caption", path,
                    "caption them", e);
    return 0;
}

static int check_forms(const struct ch_score_input *s, struct ch_err *e)
{
    bool is_plain = s->captions.form == CH_FORM_PLAIN;

    if (is_plain == s->references.is_plain)
        return 0;
    return ch_fail_at(e, CH_EUSAGE, s->captions.path, CH_NO_OFFSET,
                      "the captions are %s, those of %s are %s: expected both "
                      "the same", is_plain ? "plain lines" : "of named images",
                      s->references.path,
                      is_plain ? "of named images" : "plain lines");
}

static int read_captions(struct ch_score_input *s, const char *path,
                         bool partial, struct ch_err *e)
{
    struct fault extra = { 0 }, repeated = { 0 }, missing = { 0 };
    int rc = ch_caption_file_read(&s->captions, path, CH_ROLE_CAPTION, e);

    if (!rc) rc = check_forms(s, e);
    if (!rc) rc = join(s, &extra, &repeated, e);
    if (!rc) {
        find_missing(s, &missing);
        rc = judge(s, &extra, &repeated, &missing, partial, e);
    }
    ch_buffer_release(&extra.names);
    ch_buffer_release(&repeated.names);
    ch_buffer_release(&missing.names);
    return rc;
}

/* ------------------------------------------------------------------- items */

/* The name of an image: the captions' for it, or the references', or its
 * number. */
static const char *key_of(struct ch_score_input *s, size_t i)
{
    const struct ch_reference_image *image = &s->references.image[i];
    char *key = s->keys + i * KEY_ROOM;

    if (s->of[i] && s->of[i]->image)
        return s->of[i]->image;
    if (image->name)
        return image->name;
    if (image->id >= 0)
        snprintf(key, KEY_ROOM, "%" PRId64, image->id);
    else
        snprintf(key, KEY_ROOM, "%zu", i + 1);
    return key;
}

static int make_items(struct ch_score_input *s, bool has_captions,
                      struct ch_err *e)
{
    size_t count = s->references.image_count;

    s->item = calloc(count + 1, sizeof *s->item);
    s->keys = malloc(count * KEY_ROOM + 1);
    if (!s->item || !s->keys)
        return no_memory(e);
    for (size_t i = 0; i < count; i++) {
        const struct ch_reference_image *image = &s->references.image[i];

        if (image->count == 0 || (has_captions && !s->of[i]))
            continue;
        s->item[s->count++] = (struct ch_score_item) {
            .key = key_of(s, i),
            .caption = has_captions ? s->of[i]->text : "",
            .reference = image->text,
            .reference_count = image->count,
        };
    }
    if (s->count == 0)
        return ch_fail(e, CH_EUSAGE, "no image has both a caption and "
                       "references");
    return 0;
}

int ch_score_input_open(struct ch_score_input **out,
                        const struct ch_score_files *files, struct ch_err *e)
{
    struct ch_score_input *s = calloc(1, sizeof *s);
    int rc;

    *out = NULL;
    if (!s)
        return no_memory(e);
    rc = ch_reference_read(&s->references, files->references,
                           files->reference_count, files->split, e);
    if (!rc) {
        s->of = calloc(s->references.image_count + 1, sizeof *s->of);
        if (!s->of)
            rc = no_memory(e);
    }
    if (!rc && files->captions)
        rc = read_captions(s, files->captions, files->partial, e);
    if (!rc) rc = make_items(s, files->captions != NULL, e);
    if (rc)
        ch_score_input_close(s);
    else
        *out = s;
    return rc;
}

const struct ch_score_item *ch_score_input_items(
    const struct ch_score_input *i, size_t *count)
{
    *count = i->count;
    return i->item;
}

struct ch_score_left ch_score_input_left(const struct ch_score_input *i)
{
    return i->left;
}

void ch_score_input_close(struct ch_score_input *i)
{
    if (!i)
        return;
    ch_reference_release(&i->references);
    ch_caption_file_release(&i->captions);
    free(i->item);
    free(i->keys);
    free(i->of);
    free(i);
}

/* --------------------------------------------------------- captions alone */

int ch_score_texts_read(struct ch_score_texts *t, const char *path,
                        struct ch_err *e)
{
    struct ch_caption_file *f = calloc(1, sizeof *f);
    int rc;

    *t = (struct ch_score_texts) { .file = f };
    if (!f)
        return no_memory(e);
    rc = ch_caption_file_read(f, path, CH_ROLE_REFERENCE, e);
    if (rc)
        return rc;
    t->text = calloc(f->count, sizeof *t->text);
    if (!t->text)
        return no_memory(e);
    t->count = f->count;
    for (size_t i = 0; i < f->count; i++)
        t->text[i] = f->caption[i].text;
    return 0;
}

void ch_score_texts_release(struct ch_score_texts *t)
{
    if (t->file)
        ch_caption_file_release(t->file);
    free(t->file);
    free(t->text);
    *t = (struct ch_score_texts) { 0 };
}
