/* tag.c - captions and nouns of a collection of photos, in one SQLite file */
#include "chorus/tag.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/text.h"
#include "caption/sight.h"
#include "chorus/log.h"
#include "data/feature.h"
#include "data/picture.h"
#include "use/index.h"
#include "use/link.h"
#include "use/noun.h"
#include "use/roll.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const struct ch_tag_options *o;
    struct ch_tag_counts *n;
    struct ch_captioner *c;
    struct ch_encoder_spec spec;
    struct ch_feature *line;
    struct ch_index index;
    struct ch_roll roll;               /* of photos to be captioned */
    /* A batch: what is said of it goes into the index at once. */
    struct ch_caption_item *item;
    const struct ch_caption_item **items;
    struct ch_index_photo *photo;
    float *feature, *pooled;           /* [batch][...] */
    size_t batch;
    struct ch_file_id *file;           /* [roll.count] as it was read */
    struct ch_buffer words, tags;
    struct ch_progress progress;
};

/* -------------------------------------------------------------- the model */

static int open_index(struct run *r, struct ch_err *e)
{
    char path[PATH_MAX], hash[17], beam[24];
    /* Of an index that is there, it knows. */
    size_t features = r->line ? ch_encoder_feature_count(
                                    ch_feature_encoder(r->line)) : 0;
    uint64_t h;
    int rc = ch_hash_file(r->o->caption.model, &h, e);

    if (rc)
        return rc;
    if (!realpath(r->o->caption.model, path))
        return ch_fail_errno(e, r->o->caption.model, "cannot look at it");
    ch_hash_hex(h, hash);
    snprintf(beam, sizeof beam, "%" PRIu64, r->o->caption.decode.beam);
    return ch_index_open_writer(&r->index, r->o->index,
                                &(struct ch_index_maker){
                                    path, hash, beam, r->c->model.encoder,
                                    r->spec.path, features }, e);
}

static int open_eyes(struct run *r, struct ch_err *e)
{
    struct ch_feature_options o = {
        .spec = &r->spec, .threads = (size_t)r->o->caption.threads,
        .grid = ch_captioner_is_looking(r->c),
        .max_pixels = CH_PICTURE_MAX_PIXELS
    };
    int rc;

    if (r->line)
        return 0;
    rc = ch_sight_find(r->c, &r->spec, &o.precision, e);
    if (!rc) rc = ch_feature_open(&r->line, &o, e);
    return rc ? rc : ch_sight_check(r->c, &r->spec,
                                    ch_feature_encoder(r->line), e);
}

static int check_features(struct run *r, struct ch_err *e)
{
    size_t found = ch_encoder_feature_count(ch_feature_encoder(r->line));

    return found == r->index.features ? 0
        : ch_fail_at(e, CH_EFORMAT, r->spec.network, CH_NO_OFFSET, "gives %zu "
                     "pooled features, the index holds %zu", found,
                     r->index.features);
}

static int open_batch(struct run *r, struct ch_err *e)
{
    size_t room = (size_t)r->o->caption.batch;
    static char no_name[] = "";      /* names matter to sampling alone */

    r->item = calloc(room, sizeof *r->item);
    r->items = calloc(room, sizeof *r->items);
    r->photo = calloc(room, sizeof *r->photo);
    r->file = calloc(r->roll.count + 1, sizeof *r->file);
    r->feature = ch_block_get(room * ch_captioner_floats(r->c),
                              sizeof *r->feature);
    r->pooled = ch_block_get(room * r->index.features, sizeof *r->pooled);
    if (!r->item || !r->items || !r->photo || !r->file || !r->feature ||
        !r->pooled)
        return ch_fail(e, CH_ENOMEM, "cannot hold a batch of %zu photos",
                       room);
    for (size_t i = 0; i < room; i++) {
        r->item[i] = (struct ch_caption_item){ .number = i, .image_id = -1,
                                               .key = no_name };
        r->items[i] = &r->item[i];
    }
    return 0;
}

static void close_run(struct run *r)
{
    ch_feature_close(r->line);
    ch_index_close(&r->index);
    ch_captioner_close(r->c);
    ch_roll_release(&r->roll);
    free(r->item);
    free(r->items);
    free(r->photo);
    free(r->file);
    ch_block_release(r->feature);
    ch_block_release(r->pooled);
    ch_buffer_release(&r->words);
    ch_buffer_release(&r->tags);
}

/* ------------------------------------------------------------- captioning */

static int keep(void *context, const struct ch_caption_item *item,
                const struct ch_caption_result *said, struct ch_err *e)
{
    struct run *r = context;
    struct ch_index_photo *p = &r->photo[item->number];
    int rc;

    /* Models that others trained may say what is no word: "b/w", "t-shirt". */
    ch_buffer_reset(&r->words);
    rc = ch_text_normalise(said->caption, strlen(said->caption), &r->words, e);
    if (rc)
        return rc;
    ch_buffer_put(&r->words, "", 0);
    ch_buffer_reset(&r->tags);
    if (!r->words.failed)
        ch_noun_put(r->words.at, &r->tags);
    if (r->words.failed || r->tags.failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold tags");
    p->caption = said->caption;
    p->tags = r->tags.at;
    return ch_index_put(&r->index, p, e);
}

static int say_batch(struct run *r, struct ch_err *e)
{
    int rc = ch_sql_begin(r->index.sql, e);

    if (rc)
        return rc;
    rc = ch_captioner_say(r->c, r->feature, r->batch, r->items, keep, r, e);
    rc = ch_sql_end(r->index.sql, rc, e);
    if (!rc)
        r->n->captioned += r->batch;
    r->batch = 0;
    return rc;
}

/* What is bad now is no longer what its old caption says. */
static int tell_bad(struct run *r, const char *path, const struct ch_err *why,
                    struct ch_err *e)
{
    int rc = ch_sql_begin(r->index.sql, e);

    ch_log(CH_LOG_WARN, "%s", why->msg);
    r->n->bad++;
    return rc ? rc : ch_sql_end(r->index.sql,
                                ch_index_drop(&r->index, path, e), e);
}

static int take(struct run *r, size_t i, struct ch_err *e)
{
    size_t F = r->index.features, floats = ch_captioner_floats(r->c);
    float *pooled = r->pooled + r->batch * F;
    struct ch_feature_result f;

    ch_feature_take(r->line, &f);
    if (f.rc == CH_EFORMAT || f.rc == CH_EIO)
        return tell_bad(r, r->roll.path[i], &f.err, e);
    if (f.rc) {
        *e = f.err;
        return f.rc;
    }
    memcpy(pooled, f.pooled, F * sizeof *pooled);
    memcpy(r->feature + r->batch * floats,
           ch_captioner_is_looking(r->c) ? f.grid : f.pooled,
           floats * sizeof *r->feature);
    r->photo[r->batch++] = (struct ch_index_photo){
        .path = r->roll.path[i], .file = r->file[i], .feature = pooled };
    return 0;
}

static int caption_all(struct run *r, struct ch_err *e)
{
    size_t count = r->roll.count, put = 0;
    struct ch_err gone = CH_ERR_INIT;
    int rc = 0;

    ch_progress_start(&r->progress, "tag", "photos", 0, count);
    for (size_t i = 0; i < count && !rc; i++) {
        for (; put < count && ch_feature_room(r->line) > 0; put++) {
            /* Before it is read: who changes it then is seen next time.
             * Without a file, reading it tells why. */
            (void)ch_file_identify(&r->file[put], r->roll.path[put], &gone);
            ch_feature_put(r->line, r->roll.path[put], NULL);
        }
        rc = take(r, i, e);
        if (!rc && (r->batch == r->o->caption.batch || i + 1 == count))
            rc = say_batch(r, e);
        ch_progress_update(&r->progress, i + 1);
    }
    if (!rc)
        ch_progress_finish(&r->progress);
    return rc;
}

/* ------------------------------------------------------------ what changed */

/* Leaves in the roll what is to be captioned. */
static int find_new(struct run *r, struct ch_err *e)
{
    size_t left = 0;
    int rc = 0;

    for (size_t i = 0; i < r->roll.count; i++) {
        struct ch_err gone = CH_ERR_INIT;
        struct ch_file_id file = { 0 };
        int64_t id;

        if (rc >= 0)
            rc = ch_file_identify(&file, r->roll.path[i], &gone) ? 0
                 : ch_index_find(&r->index, r->roll.path[i], &file, &id, e);
        if (rc == 1) {
            r->n->kept++;
            free(r->roll.path[i]);
        } else {
            r->roll.path[left++] = r->roll.path[i];
        }
    }
    r->roll.count = left;
    return rc < 0 ? rc : 0;
}

static int index_photos(struct run *r, struct ch_err *e)
{
    int rc = ch_roll_make(&r->roll, r->o->photo, r->o->photo_count, e);

    if (!rc) rc = ch_captioner_open(&r->c, &r->o->caption, e);
    /* What cannot see makes no index, and an index knows what saw for it. */
    if (!rc && ch_file_size(r->o->index) <= 0) rc = open_eyes(r, e);
    if (!rc) rc = open_index(r, e);
    if (!rc && r->o->links)
        rc = ch_link_check(&r->index, &r->roll, r->o->links, e);
    if (rc)
        return rc;
    r->n->photos = r->roll.count;
    r->n->unread = r->roll.unread_count;
    rc = ch_roll_sweep(&r->roll, &r->index, &r->n->gone, e);
    if (!rc) rc = find_new(r, e);
    if (!rc && r->roll.count) rc = open_eyes(r, e);
    if (!rc && r->roll.count) rc = check_features(r, e);
    if (!rc) rc = open_batch(r, e);
    return rc || !r->roll.count ? rc : caption_all(r, e);
}

int ch_tag_run(const struct ch_tag_options *o, struct ch_tag_counts *n,
               struct ch_err *e)
{
    struct run r = { .o = o, .n = n, .index.lock = -1 };
    int rc;

    *n = (struct ch_tag_counts){ 0 };
    if (o->photo_count) {
        rc = index_photos(&r, e);
    } else {
        rc = ch_index_open_writer(&r.index, o->index, NULL, e);
        if (!rc) rc = ch_link_check(&r.index, &r.roll, o->links, e);
    }
    if (!rc && o->links)
        rc = ch_link_all(&r.index, o->links, o->hard, n, e);
    close_run(&r);
    return rc;
}
