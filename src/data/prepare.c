/* prepare.c - annotation files become shards
 *
 * read -> check (captions normalised, images looked for) -> vocabulary ->
 * shards -> manifest, all in a folder beside the wanted one, renamed at the
 * end.
 */
#include "chorus/prepare.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "data/shard.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One image that is kept. */
struct kept {
    const struct ch_source_image *image;
    char **text;               /* normalised captions */
    const char **raw;          /* the same, as written */
    size_t count;
};

struct work {
    const struct ch_prepare_options *o;
    struct ch_source source;
    struct kept *kept;         /* of all splits, in the order of the files */
    size_t kept_count;
    size_t *of[CH_SPLIT_COUNT];    /* places in kept, per split */
    struct ch_vocab *vocab;
    struct ch_manifest manifest;
    enum ch_split writing;     /* the split write_record() is in */
    char beside[4096];
};

void ch_prepare_defaults(struct ch_prepare_options *o)
{
    *o = (struct ch_prepare_options){ .shards = 8, .max_words = 10000,
                                      .min_count = 1, .max_length = 30 };
}

static const char *image_folder(const struct ch_prepare_options *o,
                                enum ch_split split)
{
    const char *own[CH_SPLIT_COUNT] = { o->train_images, o->val_images,
                                        o->test_images };

    return own[split] ? own[split] : o->images;
}

static int read_source(struct work *w, struct ch_err *e)
{
    const struct ch_prepare_options *o = w->o;
    const char *const path[CH_SPLIT_COUNT] = { o->train, o->val, o->test };
    int rc = 0;

    if (o->format == CH_ANNOTATIONS_FLICKR)
        return ch_source_flickr(&w->source, o->captions, path, e);
    for (int i = 0; i < CH_SPLIT_COUNT && !rc; i++) {
        if (!path[i])
            continue;
        rc = o->format == CH_ANNOTATIONS_COCO
                 ? ch_source_coco(&w->source, path[i], (enum ch_split)i, e)
                 : ch_source_tsv(&w->source, path[i], (enum ch_split)i, e);
    }
    return rc;
}

/* Bad input: listed with skip_bad, otherwise the end. */
static int refuse(struct work *w, const char *what, const char *reason,
                  struct ch_err *e)
{
    if (w->o->skip_bad)
        return ch_source_skip(&w->source, what, reason, e);
    return ch_fail(e, CH_EFORMAT, "%s: %s; mend it or pass --skip-bad", what,
                   reason);
}

static int keep_caption(struct work *w, struct kept *k, size_t c,
                        struct ch_err *e)
{
    const char *raw = k->image->caption[c];
    struct ch_buffer text = { 0 };
    char what[512];
    int rc;

    snprintf(what, sizeof what, "%s#%zu", k->image->file, c);
    rc = ch_text_normalise(raw, strlen(raw), &text, e);
    if (rc) {
        struct ch_err why = *e;
        if (rc == CH_EFORMAT && w->o->skip_bad)
            rc = refuse(w, what, why.msg, e);
        else
            ch_err_wrap(e, "%s", what);
    } else if (text.size == 0) {
        rc = refuse(w, what, "the caption has no words", e);
    } else if (k->count == CH_RECORD_MAX_CAPTIONS) {
        rc = refuse(w, what, "more than 1000 captions for one image", e);
    } else {
        k->text[k->count] = text.at;
        k->raw[k->count++] = raw;
        return 0;
    }
    ch_buffer_release(&text);
    return rc;
}

/* The image is in the list when its file is there and it has words. */
static int keep_image(struct work *w, const struct ch_source_image *image,
                      struct ch_err *e)
{
    struct kept *k = &w->kept[w->kept_count];
    char path[4096];
    int rc = ch_file_join(path, sizeof path, image_folder(w->o, image->split),
                          image->file, e);

    if (rc)
        return rc;
    if (image->caption_count == 0)
        return 0;              /* listed by its reader */
    if (!ch_file_exists(path))
        return refuse(w, path, "no such image", e);
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
        rc = ch_source_skip(&w->source, image->file,
                            "none of its captions has words", e);
    }
    return rc;
}

static int keep_all(struct work *w, struct ch_err *e)
{
    int rc = 0;

    w->kept = calloc(w->source.image_count + 1, sizeof *w->kept);
    if (!w->kept)
        return ch_fail(e, CH_ENOMEM, "cannot hold the annotations");
    for (size_t i = 0; i < w->source.image_count && !rc; i++)
        rc = keep_image(w, &w->source.image[i], e);
    return rc;
}

static int sort_splits(struct work *w, struct ch_err *e)
{
    const char *const given[CH_SPLIT_COUNT] = { w->o->train, w->o->val,
                                                w->o->test };

    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        struct ch_manifest_split *split = &w->manifest.split[s];

        w->of[s] = malloc((w->kept_count + 1) * sizeof *w->of[s]);
        if (!w->of[s])
            return ch_fail(e, CH_ENOMEM, "cannot hold the annotations");
        for (size_t i = 0; i < w->kept_count; i++) {
            if ((int)w->kept[i].image->split != s)
                continue;
            w->of[s][split->images++] = i;
            split->captions += w->kept[i].count;
        }
        if (given[s] && split->images == 0)
            return ch_fail_at(e, CH_EFORMAT, given[s], CH_NO_OFFSET,
                              "the split \"%s\" is empty: none of its images "
                              "can be used", ch_split_name[s]);
    }
    return 0;
}

static int build_vocab(struct work *w, uint64_t kept[2], struct ch_err *e)
{
    const struct ch_manifest_split *train =
        &w->manifest.split[CH_SPLIT_TRAIN];
    struct ch_vocab_builder *b;
    int rc = ch_vocab_builder_open(&b, e);

    for (size_t i = 0; i < train->images && !rc; i++) {
        const struct kept *k = &w->kept[w->of[CH_SPLIT_TRAIN][i]];
        for (size_t c = 0; c < k->count && !rc; c++)
            rc = ch_vocab_builder_count(b, k->text[c], e);
    }
    if (!rc)
        rc = ch_vocab_build(b, w->o->max_words, w->o->min_count, &w->vocab,
                            kept, e);
    ch_vocab_builder_close(b);
    return rc;
}

static int write_record(void *context, size_t i, struct ch_buffer *record,
                        size_t *captions, struct ch_err *e)
{
    struct work *w = context;
    const struct kept *k = &w->kept[w->of[w->writing][i]];
    size_t room = (size_t)w->o->max_length + 2, used = 0;
    size_t *count = malloc(k->count * sizeof *count);
    int32_t *ids = malloc(k->count * room * sizeof *ids);

    if (!count || !ids) {
        free(count);
        free(ids);
        return ch_fail(e, CH_ENOMEM, "cannot hold a record");
    }
    for (size_t c = 0; c < k->count; c++) {
        count[c] = ch_vocab_encode(w->vocab, k->text[c],
                                   (size_t)w->o->max_length, ids + used);
        used += count[c];
        /* <start> is fed but never predicted. */
        w->manifest.split[w->writing].words += count[c] - 1;
    }
    ch_record_write_captions(record, k->image->file, k->image->id, k->count,
                             k->raw, count, ids);
    *captions = k->count;
    free(count);
    free(ids);
    return 0;
}

static int write_skipped(const struct work *w, const char *folder,
                         struct ch_err *e)
{
    struct ch_buffer out = { 0 };
    char path[4096];
    int rc = ch_file_join(path, sizeof path, folder, "skipped.jsonl", e);

    for (size_t i = 0; i < w->source.skip_count; i++) {
        const struct ch_source_skip *skip = &w->source.skip[i];
        struct ch_json_writer j;

        ch_json_writer_init(&j, &out);
        ch_json_begin(&j, NULL, '{');
        ch_json_put_text(&j, "what", skip->what, strlen(skip->what));
        ch_json_put_text(&j, "reason", skip->reason, strlen(skip->reason));
        ch_json_end(&j);
        ch_buffer_put(&out, "\n", 1);
    }
    if (!rc && out.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the list of what was skipped");
    if (!rc) rc = ch_file_write(path, out.at ? out.at : "", out.size, e);
    ch_buffer_release(&out);
    return rc;
}

static int write_vocab(const struct work *w, const char *folder,
                       struct ch_err *e)
{
    struct ch_buffer out = { 0 };
    char path[4096];
    int rc = ch_file_join(path, sizeof path, folder, "vocabulary.txt", e);

    ch_vocab_text(w->vocab, &out);
    if (!rc && out.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the vocabulary");
    if (!rc) rc = ch_file_write(path, out.at, out.size, e);
    ch_buffer_release(&out);
    return rc;
}

static int absolute_images(struct work *w, struct ch_err *e)
{
    char *path = realpath(w->o->images, NULL);
    int rc = 0;

    if (!path)
        return ch_fail_errno(e, w->o->images, "cannot find the photos");
    if (strlen(path) >= sizeof w->manifest.images)
        rc = ch_fail(e, CH_EUSAGE, "the path %.40s... is too long", path);
    else
        strcpy(w->manifest.images, path);
    free(path);
    return rc;
}

static int write_all(struct work *w, struct ch_err *e)
{
    struct ch_manifest *m = &w->manifest;
    int rc = ch_file_folder(w->beside, e);

    strcpy(m->text_rule, CH_TEXT_RULE);
    m->vocab_hash = ch_vocab_hash(w->vocab);
    m->vocab_size = ch_vocab_size(w->vocab);
    m->max_words = (size_t)w->o->max_length;
    m->images_read = w->source.image_count;
    m->captions_read = w->source.captions_read;
    m->skipped = w->source.skip_count;
    for (int s = 0; s < CH_SPLIT_COUNT && !rc; s++) {
        w->writing = (enum ch_split)s;
        if (m->split[s].images)
            rc = ch_shard_write(&m->split[s], w->writing, w->beside,
                                (size_t)w->o->shards, m->split[s].images,
                                m->vocab_hash, write_record, w, e);
    }
    if (!rc) rc = write_vocab(w, w->beside, e);
    if (!rc) rc = write_skipped(w, w->beside, e);
    if (!rc) rc = ch_manifest_write(m, w->beside, e);
    if (!rc && rename(w->beside, w->o->out) != 0)
        rc = ch_fail_errno(e, w->o->out, "cannot rename the finished shards");
    if (!rc) rc = ch_file_sync_folder(w->o->out, e);
    return rc;
}

/* After a failure nothing stays behind. */
static void remove_beside(const struct work *w)
{
    char **list;
    size_t count;
    struct ch_err ignored = CH_ERR_INIT;

    if (!ch_file_exists(w->beside) && !ch_file_is_folder(w->beside))
        return;
    if (ch_file_list(w->beside, NULL, &list, &count, &ignored) == 0) {
        for (size_t i = 0; i < count; i++)
            unlink(list[i]);
        ch_file_list_free(list, count);
    }
    rmdir(w->beside);
}

static int check_options(struct work *w, struct ch_err *e)
{
    const struct ch_prepare_options *o = w->o;
    int n = snprintf(w->beside, sizeof w->beside, "%s.tmp.%ld",
                     o->out ? o->out : "", (long)getpid());

    if (!o->out || !o->images || !o->train)
        return ch_fail(e, CH_EUSAGE, "a training split, an image folder and "
                       "an output folder are needed");
    if (o->format == CH_ANNOTATIONS_FLICKR && !o->captions)
        return ch_fail(e, CH_EUSAGE, "the Flickr format needs the file of "
                       "captions (--captions)");
    if (n >= (int)sizeof w->beside)
        return ch_fail(e, CH_EUSAGE, "the path %.40s... is too long", o->out);
    if (o->max_length < 1 || o->max_length > CH_RECORD_MAX_WORDS)
        return ch_fail(e, CH_EUSAGE, "captions are kept to 1 to %d words",
                       CH_RECORD_MAX_WORDS);
    if (o->shards < 1)
        return ch_fail(e, CH_EUSAGE, "at least one shard is needed");
    if (ch_file_exists(o->out) || ch_file_is_folder(o->out))
        return ch_fail_at(e, CH_EUSAGE, o->out, CH_NO_OFFSET,
                          "is there already; remove it or choose another "
                          "folder");
    return absolute_images(w, e);
}

static void tell(const struct work *w, const uint64_t kept[2],
                 struct ch_prepare_result *result)
{
    memset(result, 0, sizeof *result);
    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        result->split[s].images = w->manifest.split[s].images;
        result->split[s].captions = w->manifest.split[s].captions;
        result->split[s].words = w->manifest.split[s].words;
    }
    result->images_read = w->manifest.images_read;
    result->captions_read = w->manifest.captions_read;
    result->skipped = w->manifest.skipped;
    result->vocabulary = w->manifest.vocab_size;
    result->words_kept = kept[0];
    result->words_all = kept[1];
}

static void release(struct work *w)
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

int ch_prepare_run(const struct ch_prepare_options *o,
                   struct ch_prepare_result *result, struct ch_err *e)
{
    struct work w = { .o = o };
    uint64_t kept[2] = { 0, 0 };
    int rc = check_options(&w, e);

    if (rc)
        return rc;
    rc = read_source(&w, e);
    if (!rc) rc = keep_all(&w, e);
    if (!rc) rc = sort_splits(&w, e);
    if (!rc) rc = build_vocab(&w, kept, e);
    if (!rc) rc = write_all(&w, e);
    if (rc)
        remove_beside(&w);
    else
        tell(&w, kept, result);
    release(&w);
    return rc;
}
