/* prepare.c - annotation files become shards
 *
 * read -> check (captions normalised, images looked for) -> vocabulary ->
 * shards -> manifest, all in a folder beside the wanted one, renamed at the
 * end.  What was read lies in a spill there, so memory holds the words of the
 * vocabulary, and little more.
 */
#include "data/prepare_keep.h"

#include "base/file.h"
#include "base/json.h"
#include "base/spill.h"
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ch_prepare_defaults(struct ch_prepare_options *o)
{
    *o = (struct ch_prepare_options){ .shards = 8, .max_words = 10000,
                                      .min_count = 1, .max_length = 30,
                                      .val_part = 0.05, .test_part = 0.05,
                                      .restval = true, .min_region = 32 };
}

/* Words of a normalised caption: single spaces, none at the ends. */
static size_t count_words(const char *text)
{
    size_t n = 1;

    for (; *text; text++)
        n += *text == ' ';
    return n;
}

/* Ids of all captions, one after another. */
static int encode_captions(struct ch_prepare_work *w,
                           const struct ch_source_image *image, size_t *count,
                           int32_t *ids, struct ch_err *e)
{
    int rc = 0;

    for (size_t c = 0; c < image->caption_count && !rc; c++) {
        const char *raw = image->caption[c];

        ch_buffer_reset(&w->text);
        rc = ch_text_normalise(raw, strlen(raw), &w->text, e);
        if (rc)
            break;
        count[c] = ch_vocab_encode(w->vocab, w->text.at,
                                   (size_t)w->o->max_length, ids);
        ids += count[c];
        w->captions_cut += count_words(w->text.at) > w->o->max_length;
        /* <start> is fed but never predicted. */
        w->manifest.split[w->writing].words += count[c] - 1;
    }
    return rc;
}

/* Shards are written record by record, so the next is all that is asked for. */
static const struct ch_source_image *next_image(struct ch_prepare_work *w)
{
    const struct ch_source_image *image;

    do {
        assert(w->at < w->source.image_count);
        image = &w->source.image[w->at++];
    } while (image->split != w->writing || image->caption_count == 0);
    return image;
}

static int write_record(void *context, size_t i, struct ch_buffer *record,
                        size_t *captions, struct ch_err *e)
{
    struct ch_prepare_work *w = context;
    const struct ch_source_image *image = next_image(w);
    const struct ch_record_picture picture = {
        .key = image->file, .photo = image->photo, .image_id = image->id,
        .box = image->box
    };
    size_t room = (size_t)w->o->max_length + 2;
    size_t *count = malloc(image->caption_count * sizeof *count);
    int32_t *ids = malloc(image->caption_count * room * sizeof *ids);
    int rc = count && ids ? encode_captions(w, image, count, ids, e)
                          : ch_fail(e, CH_ENOMEM, "cannot hold a record");

    (void)i;
    if (!rc)
        ch_record_write_captions(record, &picture, image->caption_count,
                                 image->caption, count, ids);
    *captions = image->caption_count;
    free(count);
    free(ids);
    return rc;
}

/* One by one: there may be as many as images. */
static int write_skip(struct ch_writer *to, const struct ch_source_skip *skip,
                      struct ch_buffer *line, struct ch_err *e)
{
    struct ch_json_writer j;

    ch_buffer_reset(line);
    ch_json_writer_init(&j, line);
    ch_json_begin(&j, NULL, '{');
    ch_json_put_text(&j, "what", skip->what, strlen(skip->what));
    ch_json_put_text(&j, "reason", skip->reason, strlen(skip->reason));
    ch_json_end(&j);
    ch_buffer_put(line, "\n", 1);
    return line->failed ? ch_fail(e, CH_ENOMEM, "cannot hold what was skipped")
                        : ch_writer_put(to, line->at, line->size, e);
}

static int write_skipped(const struct ch_prepare_work *w, const char *folder,
                         struct ch_err *e)
{
    struct ch_buffer line = { 0 };
    struct ch_writer to;
    char path[4096];
    int rc = ch_file_join(path, sizeof path, folder, "skipped.jsonl", e);

    if (!rc) rc = ch_writer_open(&to, path, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < w->source.skip_count && !rc; i++)
        rc = write_skip(&to, &w->source.skip[i], &line, e);
    if (!rc) rc = ch_writer_finish(&to, e);
    ch_writer_close(&to);
    ch_buffer_release(&line);
    return rc;
}

static int write_vocab(const struct ch_prepare_work *w, const char *folder,
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

static int absolute(const char *folder, char out[4096], struct ch_err *e)
{
    char *path = realpath(folder, NULL);
    int rc = 0;

    if (!path)
        return ch_fail_errno(e, folder, "cannot find the photos");
    if (!ch_file_is_folder(path))
        rc = ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET,
                        "expected the folder of the photos, found a file");
    else if (strlen(path) >= 4096)
        rc = ch_fail(e, CH_EUSAGE, "the path %.40s... is too long", path);
    else if (ch_text_check(path, strlen(path)) < strlen(path))
        rc = ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET,
                        "the path is not UTF-8; the manifest cannot name it");
    else
        strcpy(out, path);
    free(path);
    return rc;
}

/* Where the photos lie, as the manifest tells it to whoever reads them. */
static int find_images(struct ch_prepare_work *w, struct ch_err *e)
{
    static const char *const option[CH_SPLIT_COUNT] = {
        "--train-images", "--val-images", "--test-images" };
    const struct ch_prepare_options *o = w->o;
    int rc = o->images ? absolute(o->images, w->manifest.images, e) : 0;

    for (int s = 0; s < CH_SPLIT_COUNT && !rc; s++) {
        const char *own = ch_prepare_source_images(o, (enum ch_split)s);

        if (!ch_prepare_source_has(o, w->by, (enum ch_split)s))
            continue;
        if (own)
            rc = absolute(own, w->manifest.split[s].folder, e);
        else if (!o->images)
            rc = ch_fail(e, CH_EUSAGE, "the split \"%s\" needs a folder of "
                         "photos: --images or %s", ch_split_name[s],
                         option[s]);
    }
    return rc;
}

static int write_all(struct ch_prepare_work *w, struct ch_err *e)
{
    struct ch_manifest *m = &w->manifest;
    int rc = 0;

    strcpy(m->text_rule, CH_TEXT_RULE);
    m->vocab_hash = ch_vocab_hash(w->vocab);
    m->vocab_size = ch_vocab_size(w->vocab);
    m->max_words = (size_t)w->o->max_length;
    m->skipped = w->source.skip_count;
    if (w->by == CH_PREPARE_HASH) {
        m->val_part = w->o->val_part;
        m->test_part = w->o->test_part;
    }
    for (int s = 0; s < CH_SPLIT_COUNT && !rc; s++) {
        w->writing = (enum ch_split)s;
        w->at = 0;
        if (m->split[s].images)
            rc = ch_shard_write(&m->split[s], w->writing, w->folder.beside,
                                (size_t)w->o->shards, m->split[s].images,
                                m->vocab_hash, write_record, w, e);
    }
    if (!rc) rc = write_vocab(w, w->folder.beside, e);
    if (!rc) rc = write_skipped(w, w->folder.beside, e);
    if (!rc) rc = ch_manifest_write(m, w->folder.beside, e);
    return rc ? rc : ch_beside_finish(&w->folder, e);
}

static int check_options(struct ch_prepare_work *w, struct ch_err *e)
{
    const struct ch_prepare_options *o = w->o;
    int rc;

    if (!o->out || !*o->out)
        return ch_fail(e, CH_EUSAGE, "an output folder is needed (--out)");
    rc = ch_prepare_source_check(o, &w->by, e);
    if (rc)
        return rc;
    if (o->max_length < 1 || o->max_length > CH_RECORD_MAX_WORDS)
        return ch_fail(e, CH_EUSAGE, "captions are kept to 1 to %d words",
                       CH_RECORD_MAX_WORDS);
    if (o->shards < 1)
        return ch_fail(e, CH_EUSAGE, "at least one shard is needed");
    rc = ch_beside_open(&w->folder, o->out, e);
    return rc ? rc : find_images(w, e);
}

static void tell(const struct ch_prepare_work *w, const uint64_t kept[2],
                 struct ch_prepare_result *result)
{
    uint64_t images = w->images_skipped, captions = w->captions_skipped;

    memset(result, 0, sizeof *result);
    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        result->split[s].images = w->manifest.split[s].images;
        result->split[s].captions = w->manifest.split[s].captions;
        result->split[s].words = w->manifest.split[s].words;
        images += result->split[s].images;
        captions += result->split[s].captions;
    }
    result->images_read = w->manifest.images_read;
    result->captions_read = w->manifest.captions_read;
    result->images_skipped = w->images_skipped;
    result->captions_skipped = w->captions_skipped;
    /* Every input record is accounted for. */
    assert(images == result->images_read);
    assert(captions == result->captions_read);
    result->skipped = w->manifest.skipped;
    result->captions_cut = w->captions_cut;
    result->vocabulary = w->manifest.vocab_size;
    result->words_kept = kept[0];
    result->words_all = kept[1];
}

int ch_prepare_run(const struct ch_prepare_options *o,
                   struct ch_prepare_result *result, struct ch_err *e)
{
    struct ch_prepare_work w = { .o = o };
    uint64_t kept[2] = { 0, 0 };
    int rc = check_options(&w, e);

    if (rc)
        return rc;
    rc = ch_beside_make(&w.folder, e);
    if (!rc) rc = ch_spill_open(&w.source.spill, w.folder.beside, e);
    if (!rc) rc = ch_prepare_keep_read(&w, e);
    if (!rc)
        rc = ch_vocab_build(w.words, o->max_words, o->min_count, &w.vocab,
                            kept, e);
    if (!rc) rc = write_all(&w, e);
    if (!rc) tell(&w, kept, result);
    /* The spill lies in the folder, and must be gone before it. */
    ch_prepare_keep_release(&w);
    if (rc)
        ch_beside_remove(&w.folder);
    return rc;
}
