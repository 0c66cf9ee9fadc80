/* prepare_keep.c - which images and captions can be used */
#include "data/prepare_keep.h"

#include "base/file.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_source(struct ch_prepare_work *w, struct ch_err *e)
{
    int rc = ch_prepare_source_read(w->o, w->by, &w->source, e);

    w->manifest.images_read = w->source.images_left_out +
                              w->source.image_count;
    w->manifest.captions_read = w->source.captions_left_out +
                                w->source.captions_read;
    w->captions_skipped = w->source.captions_left_out;
    w->images_skipped = w->source.skip_count;
    return rc;
}

/* Bad input: listed with skip_bad, otherwise the end. */
static int refuse(struct ch_prepare_work *w, const char *what,
                  const char *reason, uint64_t *skipped, struct ch_err *e)
{
    if (w->o->skip_bad) {
        ++*skipped;
        return ch_source_skip(&w->source, what, reason, e);
    }
    return ch_fail(e, CH_EFORMAT, "%s: %s; mend it or pass --skip-bad", what,
                   reason);
}

/* Caption c of the image; it stays when it can be used. */
static int keep_caption(struct ch_prepare_work *w,
                        struct ch_source_image *image, size_t c,
                        struct ch_err *e)
{
    const char *raw = image->caption[c];
    struct ch_err why = CH_ERR_INIT;
    char what[4200];
    int rc;

    ch_buffer_reset(&w->text);
    rc = ch_text_normalise(raw, strlen(raw), &w->text, &why);
    if (!rc && w->text.size && image->caption_count < CH_RECORD_MAX_CAPTIONS) {
        image->caption[image->caption_count++] = raw;
        return image->split == CH_SPLIT_TRAIN
                   ? ch_vocab_builder_count(w->words, w->text.at, e)
                   : 0;
    }
    snprintf(what, sizeof what, "%s#%zu", image->file, c);
    if (rc && rc != CH_EFORMAT)
        return ch_fail(e, rc, "%s: %s", what, why.msg);
    return refuse(w, what,
                  rc                ? why.msg
                  : !w->text.size ? "the caption has no words"
                                    : "more than 1000 captions for one image",
                  &w->captions_skipped, e);
}

/* Visual Genome comes in two folders of photos; people also join them. */
static int find_in_parts(struct ch_prepare_work *w, const char *folder,
                         const char *photo, const char **found,
                         struct ch_err *e)
{
    static const char *const part[] = { "VG_100K", "VG_100K_2" };
    char path[4096], name[512];
    int rc = 0;

    *found = NULL;
    if (w->o->format != CH_ANNOTATIONS_GENOME)
        return 0;
    for (size_t i = 0; i < 2 && !rc && !*found; i++) {
        size_t n = (size_t)snprintf(name, sizeof name, "%s/%.400s", part[i],
                                    photo);

        rc = ch_file_join(path, sizeof path, folder, name, e);
        if (!rc && ch_file_exists(path)) {
            *found = ch_source_keep(&w->source, name, n);
            rc = *found ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold a name");
        }
    }
    return rc;
}

/* What is known of the photo looked for last: regions share theirs. */
struct found {
    const char *wanted, *photo;    /* photo: NULL when it is not there */
    enum ch_split split;
};

static int find_photo(struct ch_prepare_work *w,
                      const struct ch_source_image *image, struct found *last,
                      char *path, size_t size, struct ch_err *e)
{
    const char *own = ch_prepare_source_images(w->o, image->split);
    const char *folder = own ? own : w->o->images;
    const char *wanted = image->photo ? image->photo : image->file;
    int rc = 0;

    /* What is too long for a path is no photo either. */
    if (ch_file_join(path, size, folder, wanted, NULL)) {
        *last = (struct found){ NULL, NULL, image->split };
        snprintf(path, size, "%s", wanted);
        return 0;
    }
    if (last->wanted == wanted && last->split == image->split)
        return 0;
    *last = (struct found){ wanted, wanted, image->split };
    if (!ch_file_exists(path) || ch_file_is_folder(path))
        rc = find_in_parts(w, folder, wanted, &last->photo, e);
    return rc;
}

/* The image is in the list when its file is there and it has words. */
static int keep_image(struct ch_prepare_work *w, struct ch_source_image *image,
                      struct found *last, struct ch_err *e)
{
    size_t captions = image->caption_count;
    char path[4096];
    int rc;

    if (captions == 0)
        return 0;              /* listed by its reader */
    rc = find_photo(w, image, last, path, sizeof path, e);
    if (rc)
        return rc;
    image->caption_count = 0;
    if (!last->photo) {
        w->captions_skipped += captions;
        return refuse(w, w->o->skip_bad ? image->file : path,
                      strchr(image->file, '\\')
                          ? CH_PREPARE_MISSING "; expected / between folders"
                          : CH_PREPARE_MISSING,
                      &w->images_skipped, e);
    }
    if (strcmp(last->photo, image->file) != 0)
        image->photo = last->photo;
    for (size_t c = 0; c < captions && !rc; c++)
        rc = keep_caption(w, image, c, e);
    if (!rc && image->caption_count == 0) {
        w->images_skipped++;
        rc = ch_source_skip(&w->source, image->file,
                            "none of its captions has words", e);
    }
    return rc;
}

static int keep_all(struct ch_prepare_work *w, struct ch_err *e)
{
    struct found last = { 0 };
    int rc = ch_vocab_builder_open(&w->words, e);

    for (size_t i = 0; i < w->source.image_count && !rc; i++)
        rc = keep_image(w, &w->source.image[i], &last, e);
    return rc;
}

static int count_splits(struct ch_prepare_work *w, struct ch_err *e)
{
    struct ch_manifest_split *split = w->manifest.split;

    for (size_t i = 0; i < w->source.image_count; i++) {
        const struct ch_source_image *image = &w->source.image[i];

        split[image->split].images += image->caption_count > 0;
        split[image->split].captions += image->caption_count;
    }
    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        const char *file = ch_prepare_source_file(w->o, w->by,
                                                  (enum ch_split)s);

        if (file && split[s].images == 0)
            return ch_fail_at(e, CH_EFORMAT, file, CH_NO_OFFSET,
                              "the split \"%s\" is empty: none of its images "
                              "can be used", ch_split_name[s]);
    }
    return 0;
}

int ch_prepare_keep_read(struct ch_prepare_work *w, struct ch_err *e)
{
    int rc = read_source(w, e);

    if (!rc) rc = keep_all(w, e);
    if (!rc) rc = count_splits(w, e);
    return rc;
}

void ch_prepare_keep_release(struct ch_prepare_work *w)
{
    ch_buffer_release(&w->text);
    ch_vocab_builder_close(w->words);
    ch_vocab_close(w->vocab);
    ch_manifest_release(&w->manifest);
    ch_source_release(&w->source);
}
