/* prepare_keep.c - which images and captions can be used */
#include "data/prepare_keep.h"

#include "base/file.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ch_prepare_keep_annotations(const struct ch_prepare_options *o,
                                        enum ch_split split)
{
    const char *const path[CH_SPLIT_COUNT] = { o->train, o->val, o->test };

    return path[split];
}

const char *ch_prepare_keep_images(const struct ch_prepare_options *o,
                                   enum ch_split split)
{
    const char *const own[CH_SPLIT_COUNT] = { o->train_images, o->val_images,
                                              o->test_images };

    return own[split];
}

static int read_source(struct ch_prepare_work *w, struct ch_err *e)
{
    const struct ch_prepare_options *o = w->o;
    const char *const path[CH_SPLIT_COUNT] = { o->train, o->val, o->test };
    int rc = 0;

    if (o->format == CH_ANNOTATIONS_FLICKR) {
        rc = ch_source_flickr(&w->source, o->captions, path, e);
        /* Images in no list: they are not among the source's images. */
        w->manifest.images_read = w->source.skip_count;
    }
    for (int i = 0; i < CH_SPLIT_COUNT && !rc; i++) {
        if (path[i] && o->format == CH_ANNOTATIONS_COCO)
            rc = ch_source_coco(&w->source, path[i], (enum ch_split)i, e);
        else if (path[i] && o->format == CH_ANNOTATIONS_TSV)
            rc = ch_source_tsv(&w->source, path[i], (enum ch_split)i, e);
    }
    w->manifest.images_read += w->source.image_count;
    w->manifest.captions_read = w->source.captions_read;
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

static int keep_caption(struct ch_prepare_work *w, struct ch_prepare_kept *k,
                        size_t c, struct ch_err *e)
{
    const char *raw = k->image->caption[c];
    struct ch_buffer text = { 0 };
    struct ch_err why = CH_ERR_INIT;
    char what[4200];
    int rc;

    snprintf(what, sizeof what, "%s#%zu", k->image->file, c);
    rc = ch_text_normalise(raw, strlen(raw), &text, &why);
    if (rc == CH_EFORMAT) {
        rc = refuse(w, what, why.msg, &w->captions_skipped, e);
    } else if (rc) {
        rc = ch_fail(e, rc, "%s: %s", what, why.msg);
    } else if (text.size == 0) {
        rc = refuse(w, what, "the caption has no words", &w->captions_skipped,
                    e);
    } else if (k->count == CH_RECORD_MAX_CAPTIONS) {
        rc = refuse(w, what, "more than 1000 captions for one image",
                    &w->captions_skipped, e);
    } else {
        k->text[k->count] = text.at;
        k->raw[k->count++] = raw;
        return 0;
    }
    ch_buffer_release(&text);
    return rc;
}

/* The image is in the list when its file is there and it has words. */
static int keep_image(struct ch_prepare_work *w,
                      const struct ch_source_image *image, struct ch_err *e)
{
    struct ch_prepare_kept *k = &w->kept[w->kept_count];
    char path[4096];
    const char *own = ch_prepare_keep_images(w->o, image->split);
    int rc = ch_file_join(path, sizeof path, own ? own : w->o->images,
                          image->file, e);

    if (rc)
        return rc;
    if (image->caption_count == 0)
        return 0;              /* listed by its reader */
    if (!ch_file_exists(path) || ch_file_is_folder(path)) {
        w->captions_skipped += image->caption_count;
        return refuse(w, w->o->skip_bad ? image->file : path, "no such image",
                      &w->images_skipped, e);
    }
    k->image = image;
    k->text = calloc(image->caption_count, sizeof *k->text);
    k->raw = calloc(image->caption_count, sizeof *k->raw);
    if (!k->text || !k->raw)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the captions");
    for (size_t c = 0; c < image->caption_count && !rc; c++)
        rc = keep_caption(w, k, c, e);
    w->kept_count++;
    if (!rc && k->count == 0) {
        free(k->text);
        free(k->raw);
        memset(k, 0, sizeof *k);
        w->kept_count--;
        w->images_skipped++;
        rc = ch_source_skip(&w->source, image->file,
                            "none of its captions has words", e);
    }
    return rc;
}

static int keep_all(struct ch_prepare_work *w, struct ch_err *e)
{
    int rc = 0;

    w->kept = calloc(w->source.image_count + 1, sizeof *w->kept);
    if (!w->kept)
        return ch_fail(e, CH_ENOMEM, "cannot hold the annotations");
    for (size_t i = 0; i < w->source.image_count && !rc; i++)
        rc = keep_image(w, &w->source.image[i], e);
    return rc;
}

static int sort_splits(struct ch_prepare_work *w, struct ch_err *e)
{
    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        struct ch_manifest_split *split = &w->manifest.split[s];
        const char *given = ch_prepare_keep_annotations(w->o,
                                                        (enum ch_split)s);

        w->of[s] = malloc((w->kept_count + 1) * sizeof *w->of[s]);
        if (!w->of[s])
            return ch_fail(e, CH_ENOMEM, "cannot hold the annotations");
        for (size_t i = 0; i < w->kept_count; i++) {
            if ((int)w->kept[i].image->split != s)
                continue;
            w->of[s][split->images++] = i;
            split->captions += w->kept[i].count;
        }
        if (given && split->images == 0)
            return ch_fail_at(e, CH_EFORMAT, given, CH_NO_OFFSET,
                              "the split \"%s\" is empty: none of its images "
                              "can be used", ch_split_name[s]);
    }
    return 0;
}

int ch_prepare_keep_read(struct ch_prepare_work *w, struct ch_err *e)
{
    int rc = read_source(w, e);

    if (!rc) rc = keep_all(w, e);
    if (!rc) rc = sort_splits(w, e);
    return rc;
}

void ch_prepare_keep_release(struct ch_prepare_work *w)
{
    for (size_t i = 0; i < w->kept_count; i++) {
        for (size_t c = 0; c < w->kept[i].count; c++)
            free(w->kept[i].text[c]);
        free(w->kept[i].text);
        free(w->kept[i].raw);
    }
    free(w->kept);
    for (int s = 0; s < CH_SPLIT_COUNT; s++)
        free(w->of[s]);
    ch_vocab_close(w->vocab);
    ch_manifest_release(&w->manifest);
    ch_source_release(&w->source);
}
