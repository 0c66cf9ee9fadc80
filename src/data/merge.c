/* merge.c - several sets of shards in one
 *
 * Two passes: words of all training splits, then the records with their ids of
 * the common vocabulary.
 */
#include "chorus/reshard.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/spill.h"
#include "base/text.h"
#include "data/beside.h"
#include "data/encoder_link.h"
#include "data/move.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct work {
    const struct ch_merge_options *o;
    struct ch_move move;
    struct ch_manifest to;
    struct ch_vocab_builder *words;
    struct ch_vocab *vocab;
    struct ch_spill *spill;
    struct ch_table *photos;       /* path and box -> input; in the spill */
    uint64_t images_skipped, captions_skipped;
    struct ch_buffer skipped;      /* skipped.jsonl */
    struct ch_buffer text;         /* a key, and captions behind it */
    size_t at[CH_RECORD_MAX_CAPTIONS];
    const char *raw[CH_RECORD_MAX_CAPTIONS];
    size_t count[CH_RECORD_MAX_CAPTIONS];
    int32_t ids[CH_RECORD_MAX_CAPTIONS * (CH_RECORD_MAX_WORDS + 2)];
};

static int check_options(const struct ch_merge_options *o, struct ch_err *e)
{
    if (o->count < 1)
        return ch_fail(e, CH_EUSAGE, "nothing to merge; name folders of "
                       "shards as NAME=SHARDS");
    for (size_t i = 0; i < o->count; i++) {
        const char *name = o->name[i];

        if (!*name || strchr(name, '/') ||
            ch_text_check(name, strlen(name)) < strlen(name))
            return ch_fail(e, CH_EUSAGE, "\"%.40s\" cannot be the name of a "
                           "set: expected text without a slash", name);
        for (size_t k = 0; k < i; k++)
            if (strcmp(name, o->name[k]) == 0)
                return ch_fail(e, CH_EUSAGE, "two sets have the name %s",
                               name);
    }
    return 0;
}

/* What stands in the way of one set. */
static int check_inputs(const struct work *w, struct ch_err *e)
{
    for (size_t i = 0; i < w->move.input_count; i++) {
        const struct ch_manifest *m = &w->move.input[i].manifest;

        if (strcmp(m->text_rule, CH_TEXT_RULE) != 0)
            return ch_fail_at(e, CH_EUSAGE, m->folder, CH_NO_OFFSET,
                              "its captions follow the rule %s, this program "
                              "follows " CH_TEXT_RULE "; make the shards "
                              "again", m->text_rule);
    }
    return 0;
}

static int skip(struct work *w, const char *first, const char *path,
                struct ch_err *e)
{
    struct ch_json_writer j;
    char reason[300];

    snprintf(reason, sizeof reason, "the same photo is in %.200s", first);
    if (!w->o->skip_bad)
        return ch_fail(e, CH_EFORMAT, "%s: %s; leave it out of one set, or "
                       "pass --skip-bad", path, reason);
    w->images_skipped++;
    w->captions_skipped += w->move.record.caption_count;
    ch_json_writer_init(&j, &w->skipped);
    ch_json_begin(&j, NULL, '{');
    ch_json_put_text(&j, "what", path, strlen(path));
    ch_json_put_text(&j, "reason", reason, strlen(reason));
    ch_json_end(&j);
    ch_buffer_put(&w->skipped, "\n", 1);
    return 0;
}

/* Whether record i can stay: 1, or 0 when an earlier set has its photo, the
 * same part of it if it is a part. */
static int is_new(struct work *w, size_t i, struct ch_err *e)
{
    const struct ch_box *box = &w->move.record.box;
    const uint32_t input = w->move.place[i].input;
    char path[4096], what[4200];
    uint64_t *first;
    int added;
    int rc = ch_record_photo_path(&w->move.record, ch_move_images(&w->move, i),
                                  path, sizeof path, e);

    if (rc)
        return rc;
    snprintf(what, sizeof what, "%s %u %u %u %u", path, box->x, box->y,
             box->width, box->height);
    first = ch_table_add(w->photos, what, strlen(what), input, &added);
    if (!first)
        return ch_spill_fail(w->spill, "the names of photos", e);
    /* Inside one set the same region may well have two descriptions. */
    if (added || *first == input)
        return 1;
    return skip(w, w->o->name[*first], path, e);
}

static int count_words(struct work *w, struct ch_err *e)
{
    int rc = 0;

    for (size_t c = 0; c < w->move.record.caption_count && !rc; c++) {
        const struct ch_caption *caption = &w->move.record.caption[c];

        ch_buffer_reset(&w->text);
        rc = ch_text_normalise(caption->raw, caption->raw_bytes, &w->text, e);
        if (!rc && w->text.size)
            rc = ch_vocab_builder_count(w->words, w->text.at, e);
    }
    return rc;
}

/* Records of the split that stay, moved together in the list; the words of
 * training are counted. */
static int choose(struct work *w, enum ch_split s, struct ch_err *e)
{
    struct ch_manifest_split *to = &w->to.split[s];
    size_t kept = 0;
    int rc = ch_move_list(&w->move, s, e);

    for (size_t i = 0; i < w->move.count && rc >= 0; i++) {
        const void *value;
        size_t n;

        rc = ch_move_captions(&w->move, i, &value, &n, e);
        w->to.images_read++;
        w->to.captions_read += w->move.record.caption_count;
        if (!rc) rc = is_new(w, i, e);
        if (rc <= 0)
            continue;
        w->move.place[kept++] = w->move.place[i];
        to->captions += w->move.record.caption_count;
        rc = w->words && s == CH_SPLIT_TRAIN ? count_words(w, e) : 0;
    }
    w->move.count = to->images = kept;
    return rc < 0 ? rc : 0;
}

/* Key and captions of record i as texts of their own, and the ids. */
static int read_texts(struct work *w, size_t i, struct ch_err *e)
{
    const struct ch_caption_record *r = &w->move.record;
    const char *name = w->move.input[w->move.place[i].input].name;
    struct ch_buffer words = { 0 };
    size_t used = 0;
    int rc = 0;

    ch_buffer_reset(&w->text);
    ch_buffer_format(&w->text, "%s/%.*s", name, (int)r->key_bytes, r->key);
    ch_buffer_put(&w->text, "", 1);
    for (size_t c = 0; c < r->caption_count && !rc; c++) {
        w->at[c] = w->text.size;
        ch_buffer_put(&w->text, r->caption[c].raw, r->caption[c].raw_bytes);
        ch_buffer_put(&w->text, "", 1);
        ch_buffer_reset(&words);
        rc = ch_text_normalise(r->caption[c].raw, r->caption[c].raw_bytes,
                               &words, e);
        if (rc)
            break;
        w->count[c] = ch_vocab_encode(w->vocab, words.size ? words.at : "",
                                      (size_t)w->o->max_length, w->ids + used);
        used += w->count[c];
    }
    ch_buffer_release(&words);
    if (!rc && w->text.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold a record");
    for (size_t c = 0; c < r->caption_count && !rc; c++)
        w->raw[c] = w->text.at + w->at[c];
    return rc;
}

static int next_record(void *context, size_t i, struct ch_buffer *record,
                       size_t *captions, struct ch_err *e)
{
    struct work *w = context;
    struct ch_record_picture picture = { 0 };
    char path[4096];
    const void *value;
    size_t n;
    int rc = ch_move_captions(&w->move, i, &value, &n, e);

    if (!rc)
        rc = ch_record_photo_path(&w->move.record, ch_move_images(&w->move, i),
                                  path, sizeof path, e);
    if (!rc) rc = read_texts(w, i, e);
    if (rc)
        return rc;
    picture = (struct ch_record_picture){
        .key = w->text.at, .photo = path, .image_id = w->move.record.image_id,
        .box = w->move.record.box
    };
    *captions = w->move.record.caption_count;
    ch_record_write_captions(record, &picture, *captions, w->raw, w->count,
                             w->ids);
    for (size_t c = 0; c < *captions; c++)
        w->to.split[w->move.split].words += w->count[c] - 1;
    return 0;
}

static int write_split(struct work *w, enum ch_split s, const char *folder,
                       struct ch_err *e)
{
    struct ch_manifest_split *to = &w->to.split[s];
    int rc;

    rc = ch_shard_write(to, s, folder, (size_t)w->o->shards, w->move.count,
                        w->to.vocab_hash, next_record, w, e);
    return rc ? rc : ch_move_features(&w->move, folder, to, e);
}

static int write_texts(struct work *w, const char *folder, struct ch_err *e)
{
    struct ch_buffer words = { 0 };
    char path[4096];
    int rc = ch_file_join(path, sizeof path, folder, "vocabulary.txt", e);

    ch_vocab_text(w->vocab, &words);
    if (words.failed || w->skipped.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the vocabulary");
    if (!rc) rc = ch_file_write(path, words.at, words.size, e);
    ch_buffer_release(&words);
    if (!rc)
        rc = ch_file_join(path, sizeof path, folder, "skipped.jsonl", e);
    if (!rc)
        rc = ch_file_write(path, w->skipped.at ? w->skipped.at : "",
                           w->skipped.size, e);
    return rc;
}

static int merge_all(struct work *w, const char *folder, uint64_t kept[2],
                     struct ch_err *e)
{
    struct ch_move_place *place[CH_SPLIT_COUNT] = { NULL };
    size_t count[CH_SPLIT_COUNT] = { 0 };
    int rc = 0;

    for (int s = 0; s < CH_SPLIT_COUNT && !rc; s++) {
        rc = choose(w, (enum ch_split)s, e);
        place[s] = w->move.place;
        count[s] = w->move.count;
        w->move.place = NULL;
    }
    if (!rc)
        rc = ch_vocab_build(w->words, w->o->max_words, w->o->min_count,
                            &w->vocab, kept, e);
    if (!rc) {
        strcpy(w->to.text_rule, CH_TEXT_RULE);
        strcpy(w->to.images, "/");
        w->to.vocab_hash = ch_vocab_hash(w->vocab);
        w->to.vocab_size = ch_vocab_size(w->vocab);
        w->to.max_words = (size_t)w->o->max_length;
        w->to.skipped = w->images_skipped;
    }
    for (int s = 0; s < CH_SPLIT_COUNT && !rc; s++) {
        ch_move_take(&w->move, (enum ch_split)s, place[s], count[s]);
        place[s] = NULL;
        if (count[s])
            rc = write_split(w, (enum ch_split)s, folder, e);
    }
    for (int s = 0; s < CH_SPLIT_COUNT; s++)
        free(place[s]);
    if (!rc) rc = write_texts(w, folder, e);
    ch_move_tell(&w->move, &w->to.features);
    return rc ? rc : ch_manifest_write(&w->to, folder, e);
}

static void tell(const struct work *w, const uint64_t kept[2],
                 struct ch_prepare_result *result)
{
    uint64_t images = w->images_skipped;

    memset(result, 0, sizeof *result);
    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        result->split[s].images = w->to.split[s].images;
        result->split[s].captions = w->to.split[s].captions;
        result->split[s].words = w->to.split[s].words;
        images += w->to.split[s].images;
    }
    assert(images == w->to.images_read);
    result->images_read = w->to.images_read;
    result->captions_read = w->to.captions_read;
    result->images_skipped = result->skipped = w->images_skipped;
    result->captions_skipped = w->captions_skipped;
    result->vocabulary = w->to.vocab_size;
    result->words_kept = kept[0];
    result->words_all = kept[1];
}

static void release(struct work *w)
{
    ch_move_close(&w->move);
    ch_manifest_release(&w->to);
    ch_vocab_builder_close(w->words);
    ch_vocab_close(w->vocab);
    ch_table_close(w->photos);
    ch_spill_close(w->spill);
    ch_buffer_release(&w->skipped);
    ch_buffer_release(&w->text);
    free(w);
}

int ch_merge_run(const struct ch_merge_options *o,
                 struct ch_prepare_result *result, struct ch_err *e)
{
    struct work *w;
    struct ch_beside folder;
    uint64_t kept[2] = { 0, 0 };
    int rc = check_options(o, e);

    if (!rc) rc = ch_beside_open(&folder, o->out, e);
    if (rc)
        return rc;
    w = calloc(1, sizeof *w);
    if (!w)
        return ch_fail(e, CH_ENOMEM, "cannot hold a record");
    w->o = o;
    rc = ch_move_open(&w->move, o->folder, o->name, o->count, e);
    if (!rc) rc = check_inputs(w, e);
    if (!rc) rc = ch_vocab_builder_open(&w->words, e);
    if (rc) {
        release(w);
        return rc;
    }
    rc = ch_beside_make(&folder, e);
    if (!rc) rc = ch_spill_open(&w->spill, folder.beside, e);
    if (!rc) rc = ch_table_open_in(&w->photos, w->spill, e);
    if (!rc) rc = merge_all(w, folder.beside, kept, e);
    if (!rc) rc = ch_beside_finish(&folder, e);
    if (!rc) {
        ch_encoder_link_shards(o->folder[0], folder.out);
        tell(w, kept, result);
    }
    /* The spill lies in the folder, and must be gone before it. */
    release(w);
    if (rc)
        ch_beside_remove(&folder);
    return rc;
}
