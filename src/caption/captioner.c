/* captioner.c - photos or features -> captions
 *
 * Photos are gathered into batches of features, which the search decodes
 * together, while the next photos are decoded and encoded; results come out in
 * the order of the input.
 */
#include "chorus/caption.h"

#include "base/file.h"
#include "base/pool.h"
#include "caption/search.h"
#include "chorus/log.h"
#include "data/feature.h"
#include "data/picture.h"
#include "data/shard.h"
#include "net/model.h"

#include <stdlib.h>
#include <string.h>

struct ch_captioner {
    struct ch_caption_options o;
    struct ch_search_options search;
    struct ch_model model;
    struct ch_encoder_spec spec;
    struct ch_feature *feature_line;   /* opened for the first photo */
    char **waiting;                    /* paths of the photos in it, a ring */
    size_t waiting_room, put, taken;
    /* the batch */
    size_t count;
    float *feature;                    /* [batch][F], grids [batch][L][F] */
    char **key;
    int64_t *image_id;
    struct ch_sentence *sentence;
    struct ch_buffer text;
    struct ch_caption_record record;
};

void ch_caption_defaults(struct ch_caption_options *o)
{
    *o = (struct ch_caption_options){ .beam = 3, .length_power = 0.7,
                                      .batch = 32 };
}

/* Does the decoder look at grids, in place of pooled features? */
static bool is_looking(const struct ch_captioner *c)
{
    return c->model.decoder.shape.kind != CH_DECODER_NIC;
}

static size_t image_floats(const struct ch_captioner *c)
{
    return c->model.decoder.shape.L * c->model.decoder.shape.F;
}

static int set_search(struct ch_captioner *c, struct ch_err *e)
{
    struct ch_search_options *s = &c->search;

    s->beam = (size_t)c->o.beam;
    s->max_words = (size_t)(c->o.max_words ? c->o.max_words
                                           : c->model.max_words);
    s->length_power = c->o.length_power;
    s->unk = ch_vocab_unk(c->model.vocab);
    s->allow_unk = c->o.allow_unk;
    if (s->beam < 1 || c->o.batch < 1)
        return ch_fail(e, CH_EUSAGE, "beam and batch are 1 or more");
    if (s->max_words < 1 || s->max_words > CH_SEARCH_MAX_WORDS)
        return ch_fail(e, CH_EUSAGE, "captions have 1 to %d words, not %zu",
                       CH_SEARCH_MAX_WORDS, s->max_words);
    return 0;
}

int ch_captioner_open(struct ch_captioner **out,
                      const struct ch_caption_options *o, struct ch_err *e)
{
    struct ch_captioner *c = calloc(1, sizeof *c);
    size_t batch = (size_t)o->batch;
    int rc;

    *out = NULL;
    if (!c)
        return ch_fail(e, CH_ENOMEM, "cannot hold a captioner");
    c->o = *o;
    rc = ch_model_read(&c->model, o->model, e);
    if (!rc) rc = set_search(c, e);
    if (!rc) {
        c->feature = ch_block_get(batch * image_floats(c),
                                  sizeof *c->feature);
        c->key = calloc(batch, sizeof *c->key);
        c->image_id = calloc(batch, sizeof *c->image_id);
        c->sentence = calloc(batch, sizeof *c->sentence);
        if (!c->feature || !c->key || !c->image_id || !c->sentence)
            rc = ch_fail(e, CH_ENOMEM, "cannot hold a batch of %zu photos",
                         batch);
    }
    if (rc)
        ch_captioner_close(c);
    else
        *out = c;
    return rc;
}

static void drop_keys(struct ch_captioner *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->key[i]);
    c->count = 0;
}

void ch_captioner_close(struct ch_captioner *c)
{
    if (!c)
        return;
    if (c->key)
        drop_keys(c);
    ch_model_release(&c->model);
    ch_feature_close(c->feature_line);
    for (; c->taken < c->put; c->taken++)
        free(c->waiting[c->taken % c->waiting_room]);
    free(c->waiting);
    ch_block_release(c->feature);
    free(c->key);
    free(c->image_id);
    free(c->sentence);
    ch_buffer_release(&c->text);
    free(c);
}

/* Caption the batch and tell each result. */
static int flush(struct ch_captioner *c, ch_caption_fn say, void *context,
                 struct ch_err *e)
{
    int rc = 0;

    if (c->count == 0)
        return 0;
    ch_model_standardise(&c->model, c->count * c->model.decoder.shape.L,
                         c->feature, c->feature);
    rc = (c->search.beam == 1 ? ch_greedy_run : ch_beam_run)(
        &c->model.decoder, c->model.params, &c->search, c->feature, c->count,
        c->sentence, e);
    for (size_t i = 0; i < c->count && !rc; i++) {
        const struct ch_sentence *s = &c->sentence[i];
        struct ch_caption_result r = { .key = c->key[i],
                                       .image_id = c->image_id[i],
                                       .logp = s->logp, .score = s->score };

        ch_buffer_reset(&c->text);
        ch_vocab_decode(c->model.vocab, s->id, s->count, &c->text);
        if (c->text.failed)
            rc = ch_fail(e, CH_ENOMEM, "cannot hold a caption");
        r.caption = c->text.at && c->text.size ? c->text.at : "";
        if (!rc) rc = say(context, &r, e);
    }
    drop_keys(c);
    return rc;
}

static int add_key(struct ch_captioner *c, const char *key, size_t n,
                   int64_t image_id, struct ch_err *e)
{
    c->key[c->count] = strndup(key, n);
    if (!c->key[c->count])
        return ch_fail(e, CH_ENOMEM, "cannot hold a name");
    c->image_id[c->count++] = image_id;
    return 0;
}

/* -------------------------------------------------------------- photos */

static int check_encoder(const struct ch_captioner *c,
                         const struct ch_encoder *encoder, struct ch_err *e)
{
    size_t F = c->model.decoder.shape.F, L = c->model.decoder.shape.L;
    size_t rows = 1, found = ch_encoder_feature_count(encoder);

    if (is_looking(c)) {
        rows = ch_encoder_grid_rows(encoder);
        found = ch_encoder_grid_columns(encoder);
    }
    if (rows == L && found == F)
        return 0;
    return ch_fail_at(e, CH_EFORMAT, c->spec.network, CH_NO_OFFSET,
                      "gives %zu x %zu features, the model expects %zu x %zu",
                      rows, found, L, F);
}

static int open_line(struct ch_captioner *c, struct ch_err *e)
{
    const struct ch_feature_options o = {
        .spec = &c->spec, .threads = (size_t)c->o.threads,
        .precision = strstr(c->model.encoder, "\"precision\":\"bf16\"")
                         ? "bf16" : "f32",
        .grid = is_looking(c), .max_pixels = CH_PICTURE_MAX_PIXELS
    };
    int rc = ch_encoder_spec_find(&c->spec, c->model.encoder, c->o.encoder, e);

    if (!rc) rc = ch_feature_open(&c->feature_line, &o, e);
    if (!rc)
        rc = check_encoder(c, ch_feature_encoder(c->feature_line), e);
    if (rc)
        return rc;
    c->waiting_room = ch_feature_room(c->feature_line);
    c->waiting = calloc(c->waiting_room, sizeof *c->waiting);
    return c->waiting ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu photos",
                                    c->waiting_room);
}

/* What a run over photos needs everywhere. */
struct photos {
    struct ch_captioner *c;
    ch_caption_fn say;
    void *context;
    uint64_t *skipped;
};

/* The photo that was put in first, into the batch. */
static int take_photo(struct photos *p, struct ch_err *e)
{
    struct ch_captioner *c = p->c;
    size_t n = image_floats(c);
    char *path = c->waiting[c->taken++ % c->waiting_room];
    struct ch_feature_result r;
    int rc = 0;

    ch_feature_take(c->feature_line, &r);
    if (r.rc && c->o.skip_bad && (r.rc == CH_EFORMAT || r.rc == CH_EIO)) {
        ch_log(CH_LOG_WARN, "%s", r.err.msg);
        (*p->skipped)++;
    } else if (r.rc) {
        *e = r.err;
        rc = r.rc;
    } else {
        memcpy(c->feature + c->count * n, is_looking(c) ? r.grid : r.pooled,
               n * sizeof *c->feature);
        rc = add_key(c, path, strlen(path), -1, e);
    }
    free(path);
    if (!rc && c->count == (size_t)c->o.batch)
        rc = flush(c, p->say, p->context, e);
    return rc;
}

static int add_photo(struct photos *p, const char *path, struct ch_err *e)
{
    struct ch_captioner *c = p->c;
    int rc = ch_feature_room(c->feature_line) ? 0 : take_photo(p, e);
    char *copy = rc ? NULL : strdup(path);

    if (rc)
        return rc;
    if (!copy)
        return ch_fail(e, CH_ENOMEM, "cannot hold a path");
    c->waiting[c->put++ % c->waiting_room] = copy;
    ch_feature_put(c->feature_line, path, NULL);
    return 0;
}

static int add_folder(struct photos *p, const char *folder, struct ch_err *e)
{
    char **list;
    size_t count;
    int rc = ch_file_list(folder, CH_PICTURE_ENDINGS, &list, &count, e);

    if (rc)
        return rc;
    if (count == 0)
        rc = ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET,
                        "no photo (.jpg, .jpeg, .png, .webp) in this folder");
    for (size_t i = 0; i < count && !rc; i++)
        rc = add_photo(p, list[i], e);
    ch_file_list_free(list, count);
    return rc;
}

int ch_captioner_photos(struct ch_captioner *c, char *const *path,
                        size_t count, ch_caption_fn say, void *context,
                        uint64_t *skipped, struct ch_err *e)
{
    struct photos p = { c, say, context, skipped };
    int rc = c->waiting ? 0 : open_line(c, e);

    *skipped = 0;
    for (size_t i = 0; i < count && !rc; i++)
        rc = ch_file_is_folder(path[i]) ? add_folder(&p, path[i], e)
                                        : add_photo(&p, path[i], e);
    while (!rc && c->taken < c->put)
        rc = take_photo(&p, e);
    return rc ? rc : flush(c, say, context, e);
}

/* -------------------------------------------------------------- shards */

static int find_split(const char *name, enum ch_split *split,
                      struct ch_err *e)
{
    for (int s = 0; s < CH_SPLIT_COUNT; s++)
        if (!strcmp(name, ch_split_name[s])) {
            *split = (enum ch_split)s;
            return 0;
        }
    return ch_fail(e, CH_EUSAGE, "the split is \"%s\", expected train, val or "
                   "test", name);
}

static int check_features(const struct ch_captioner *c,
                          const struct ch_set *set, struct ch_err *e)
{
    size_t F = c->model.decoder.shape.F, L = c->model.decoder.shape.L;

    if (strcmp(ch_set_encoder(set), c->model.encoder) != 0 ||
        (!is_looking(c) && ch_set_feature_count(set) != F))
        return ch_fail(e, CH_EFORMAT, "the shards' features are not of the "
                       "encoder this model was trained with; encode the "
                       "photos with the model's");
    if (is_looking(c) &&
        (ch_set_grid_rows(set) != L || ch_set_grid_columns(set) != F))
        return ch_fail(e, CH_EFORMAT, "the shards have grids of %zu x %zu, "
                       "the model looks at %zu x %zu; encode the photos with "
                       "chorus encode --grid", ch_set_grid_rows(set),
                       ch_set_grid_columns(set), L, F);
    return 0;
}

int ch_captioner_shards(struct ch_captioner *c, const char *shards,
                        const char *split, uint64_t limit, ch_caption_fn say,
                        void *context, struct ch_err *e)
{
    struct ch_set *set = NULL;
    enum ch_split which = CH_SPLIT_VAL;
    size_t count = 0, n = image_floats(c);
    int rc = find_split(split, &which, e);

    if (!rc) rc = ch_set_open(&set, shards, which, 1, e);
    if (!rc) rc = check_features(c, set, e);
    if (!rc)
        count = limit && limit < ch_set_count(set) ? (size_t)limit
                                                   : ch_set_count(set);
    for (size_t i = 0; i < count && !rc; i++) {
        rc = ch_set_captions(set, i, &c->record, e);
        if (!rc)
            rc = (is_looking(c) ? ch_set_grid : ch_set_feature)(
                set, i, c->feature + c->count * n, e);
        if (!rc)
            rc = add_key(c, c->record.key, c->record.key_bytes,
                         c->record.image_id, e);
        if (!rc && c->count == (size_t)c->o.batch)
            rc = flush(c, say, context, e);
    }
    if (!rc) rc = flush(c, say, context, e);
    ch_set_close(set);
    return rc;
}
