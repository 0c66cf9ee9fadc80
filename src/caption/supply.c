/* supply.c - batches of features, in the order of the input */
#include "caption/supply.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "caption/input.h"
#include "caption/sight.h"
#include "chorus/log.h"
#include "data/feature.h"
#include "data/picture.h"
#include "data/shard.h"

#include <stdlib.h>
#include <string.h>

struct ch_supply {
    struct ch_captioner *c;
    const struct ch_caption_share *share;
    uint64_t next;                 /* number of the photo after this round */
    struct ch_caption_names *names;    /* rank 0, photos */
    struct ch_buffer pack;         /* the names of a round */
    struct ch_encoder_spec spec;
    struct ch_feature *line;       /* NULL: shards */
    struct ch_set *set;
    uint64_t records;              /* of it that are captioned */
    const char *folder;            /* of its photos */
    bool need_ids;
    struct ch_caption_record record;
};

/* ---------------------------------------------------------------- batches */

int ch_caption_batch_init(struct ch_caption_batch *b, size_t room,
                          size_t floats, struct ch_err *e)
{
    *b = (struct ch_caption_batch){ .room = room };
    b->item = calloc(room, sizeof *b->item);
    b->good = calloc(room, sizeof *b->good);
    b->feature = ch_block_get(room * floats, sizeof *b->feature);
    if (!b->item || !b->good || !b->feature)
        return ch_fail(e, CH_ENOMEM, "cannot hold a batch of %zu photos",
                       room);
    return 0;
}

static void drop_items(struct ch_caption_batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        free(b->item[i].key);
        free(b->item[i].photo);
        free(b->item[i].why);
    }
    b->count = 0;
}

void ch_caption_batch_release(struct ch_caption_batch *b)
{
    drop_items(b);
    free(b->item);
    free(b->good);
    ch_block_release(b->feature);
    ch_buffer_release(&b->out);
}

static void begin_batch(struct ch_caption_batch *b)
{
    drop_items(b);
    b->good_count = b->put = b->taken = 0;
    b->rc = 0;
    b->err = (struct ch_err)CH_ERR_INIT;
    ch_buffer_reset(&b->out);
}

static int add_item(struct ch_caption_batch *b, uint64_t number,
                    const char *key, size_t n, int64_t image_id,
                    struct ch_err *e)
{
    struct ch_caption_item *item = &b->item[b->count];

    *item = (struct ch_caption_item){ .number = number, .image_id = image_id,
                                      .key = strndup(key, n) };
    if (!item->key)
        return ch_fail(e, CH_ENOMEM, "cannot hold a name");
    b->count++;
    return 0;
}

static float *add_good(struct ch_supply *s, struct ch_caption_batch *b,
                       const struct ch_caption_item *item)
{
    b->good[b->good_count] = item;
    return b->feature + b->good_count++ * ch_captioner_floats(s->c);
}

/* ---------------------------------------------------------------- opening */

static int open_photos(struct ch_supply *s, const struct ch_caption_input *in,
                       bool need_ids, struct ch_err *e)
{
    struct ch_feature_options o = {
        .spec = &s->spec, .threads = (size_t)s->c->o.threads,
        .grid = ch_captioner_is_looking(s->c),
        .max_pixels = CH_PICTURE_MAX_PIXELS
    };
    int rc = 0;

    /* What is wrong with the names is told before the network is read. */
    if (s->share->rank == 0)
        rc = ch_caption_names_open(&s->names, in, need_ids, e);
    if (!rc) rc = ch_sight_find(s->c, &s->spec, &o.precision, e);
    if (!rc) rc = ch_feature_open(&s->line, &o, e);
    return rc ? rc : ch_sight_check(s->c, &s->spec,
                                    ch_feature_encoder(s->line), e);
}

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

static int check_features(const struct ch_supply *s, struct ch_err *e)
{
    const struct ch_captioner *c = s->c;
    size_t F = c->model.decoder.shape.F, L = c->model.decoder.shape.L;
    bool is_looking = ch_captioner_is_looking(c);
    const char *shards = ch_set_encoder(s->set), *model = c->model.encoder;

    if (ch_encoder_identity(shards, strlen(shards)) !=
            ch_encoder_identity(model, strlen(model)) ||
        (!is_looking && ch_set_feature_count(s->set) != F))
        return ch_fail(e, CH_EFORMAT, "the shards' features are not of the "
                       "encoder this model was trained with; encode the "
                       "photos with the model's");
    if (is_looking && (ch_set_grid_rows(s->set) != L ||
                       ch_set_grid_columns(s->set) != F))
        return ch_fail(e, CH_EFORMAT, "the shards have grids of %zu x %zu, "
                       "the model looks at %zu x %zu; encode the photos with "
                       "chorus encode --grid", ch_set_grid_rows(s->set),
                       ch_set_grid_columns(s->set), L, F);
    return 0;
}

static int open_shards(struct ch_supply *s, const struct ch_caption_input *in,
                       struct ch_err *e)
{
    enum ch_split split = CH_SPLIT_VAL;
    int rc = find_split(in->split, &split, e);

    if (!rc) rc = ch_set_open(&s->set, in->shards, split, 1, e);
    if (!rc) rc = check_features(s, e);
    if (rc)
        return rc;
    s->folder = ch_set_manifest(s->set)->split[split].folder;
    if (!s->folder[0])
        s->folder = ch_set_manifest(s->set)->images;
    s->records = ch_set_count(s->set);
    if (in->limit && in->limit < s->records)
        s->records = in->limit;
    if (ch_set_skipped(s->set) && s->share->rank == 0)
        ch_log(CH_LOG_INFO, "%zu photos of the split have no features and are "
               "not captioned", ch_set_skipped(s->set));
    return 0;
}

int ch_supply_open(struct ch_supply **out, struct ch_captioner *c,
                   const struct ch_caption_input *in, bool need_ids,
                   const struct ch_caption_share *share, struct ch_err *e)
{
    struct ch_supply *s = calloc(1, sizeof *s);
    int rc;

    *out = NULL;
    if (!s)
        return ch_fail(e, CH_ENOMEM, "cannot hold what is to be captioned");
    s->c = c;
    s->share = share;
    s->need_ids = need_ids;
    rc = in->shards ? open_shards(s, in, e) : open_photos(s, in, need_ids, e);
    if (rc)
        ch_supply_close(s);
    else
        *out = s;
    return rc;
}

void ch_supply_close(struct ch_supply *s)
{
    if (!s)
        return;
    ch_feature_close(s->line);
    ch_caption_names_close(s->names);
    ch_set_close(s->set);
    ch_buffer_release(&s->pack);
    free(s);
}

uint64_t ch_supply_total(const struct ch_supply *s)
{
    if (s->set)
        return s->records;
    return s->names ? ch_caption_names_count(s->names) : 0;
}

/* ----------------------------------------------------------------- rounds */

/* This rank's part of a round of n. */
static uint64_t part_begin(const struct ch_supply *s, uint64_t n, int rank)
{
    return n * (uint64_t)rank / (uint64_t)s->share->size;
}

/* A round's names, one after another: i64 image_id, u32 bytes, key, u32 bytes,
 * why. */
static int pack_names(struct ch_supply *s, uint64_t most, uint64_t *count,
                      struct ch_err *e)
{
    struct ch_caption_input_photo p;
    int rc = 1;

    ch_buffer_reset(&s->pack);
    for (*count = 0; *count < most; ++*count) {
        const char *why;

        rc = ch_caption_names_next(s->names, &p, e);
        if (rc <= 0)
            break;
        why = p.why ? p.why : "";
        ch_buffer_u64(&s->pack, (uint64_t)p.image_id);
        ch_buffer_u32(&s->pack, (uint32_t)strlen(p.key));
        ch_buffer_text(&s->pack, p.key);
        ch_buffer_u32(&s->pack, (uint32_t)strlen(why));
        ch_buffer_text(&s->pack, why);
    }
    if (rc >= 0 && s->pack.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the names of %llu photos",
                     (unsigned long long)*count);
    return rc < 0 ? rc : 0;
}

/* The pack of rank 0 to all.  Collective. */
static int share_pack(struct ch_supply *s, uint64_t *count, struct ch_err *e)
{
    uint64_t head[2] = { *count, s->pack.size };
    int rc = s->share->broadcast(s->share->context, head, sizeof head, e);

    if (rc || s->share->rank == 0)
        return rc ? rc : head[1] == 0 ? 0
            : s->share->broadcast(s->share->context, s->pack.at,
                                  s->pack.size, e);
    *count = head[0];
    ch_buffer_reset(&s->pack);
    if (head[1] > s->pack.room) {
        char *at = realloc(s->pack.at, head[1]);
        if (!at)      /* the others wait for this rank: nothing to agree on */
            return ch_fail(e, CH_ECOMM, "cannot hold the names of %llu photos",
                           (unsigned long long)head[0]);
        s->pack.at = at;
        s->pack.room = head[1];
    }
    s->pack.size = head[1];
    return head[1] == 0 ? 0 : s->share->broadcast(s->share->context,
                                                  s->pack.at, head[1], e);
}

static int unpack_names(struct ch_supply *s, struct ch_caption_batch *b,
                        uint64_t count, struct ch_err *e)
{
    struct ch_bytes in = ch_bytes_of(s->pack.at, s->pack.size);
    uint64_t begin = part_begin(s, count, s->share->rank);
    uint64_t end = part_begin(s, count, s->share->rank + 1);
    int rc = 0;

    for (uint64_t i = 0; i < end && !rc; i++) {
        int64_t id = (int64_t)ch_bytes_u64(&in);
        size_t key_bytes = ch_bytes_u32(&in), why_bytes;
        const char *key = ch_bytes_run(&in, key_bytes), *why;

        why_bytes = ch_bytes_u32(&in);
        why = ch_bytes_run(&in, why_bytes);
        if (i < begin)
            continue;
        rc = add_item(b, s->next + i, key, key_bytes, id, e);
        if (!rc && why_bytes &&
            !(b->item[b->count - 1].why = strndup(why, why_bytes)))
            rc = ch_fail(e, CH_ENOMEM, "cannot hold a name");
    }
    return rc;
}

static int next_records(struct ch_supply *s, struct ch_caption_batch *b,
                        uint64_t count, struct ch_err *e)
{
    uint64_t begin = part_begin(s, count, s->share->rank);
    uint64_t end = part_begin(s, count, s->share->rank + 1);
    char path[4096];
    int rc = 0;

    for (uint64_t i = begin; i < end && !rc; i++) {
        rc = ch_set_captions(s->set, (size_t)(s->next + i), &s->record, e);
        if (!rc)
            rc = add_item(b, s->next + i, s->record.key, s->record.key_bytes,
                          s->record.image_id, e);
        if (!rc)
            rc = ch_record_photo_path(&s->record, s->folder, path, sizeof path,
                                      e);
        if (!rc && !(b->item[b->count - 1].photo = strdup(path)))
            rc = ch_fail(e, CH_ENOMEM, "cannot hold a path");
        if (!rc && s->need_ids && s->record.image_id < 0)
            rc = ch_fail_at(e, CH_EUSAGE, b->item[b->count - 1].key,
                            CH_NO_OFFSET, "has no image_id in the shards; "
                            "choose another --format");
    }
    return rc;
}

int ch_supply_next(struct ch_supply *s, struct ch_caption_batch *b,
                   uint64_t *count, struct ch_err *e)
{
    uint64_t most = (uint64_t)s->share->size * b->room;
    int rc = 0;

    begin_batch(b);
    *count = 0;
    if (s->set) {
        *count = s->records - s->next < most ? s->records - s->next : most;
        b->rc = next_records(s, b, *count, &b->err);
    } else {
        if (s->names) rc = pack_names(s, most, count, e);
        if (s->share->size > 1) {
            rc = s->share->agree(s->share->context, rc, e);
            if (!rc) rc = share_pack(s, count, e);
        }
        if (!rc) b->rc = unpack_names(s, b, *count, &b->err);
    }
    s->next += *count;
    return rc;
}

/* --------------------------------------------------------------- features */

/* Give photos to the encoder while it has room. */
static void feed(struct ch_supply *s, struct ch_caption_batch *b)
{
    while (b->put < b->count && ch_feature_room(s->line) > 0) {
        const struct ch_caption_item *item = &b->item[b->put++];

        if (!item->why)
            ch_feature_put(s->line, strcmp(item->key, CH_CAPTION_STDIN)
                                        ? item->key : "/dev/stdin", NULL);
    }
}

static int take_photo(struct ch_supply *s, struct ch_caption_batch *b,
                      struct ch_err *e)
{
    struct ch_caption_item *item = &b->item[b->taken++];
    struct ch_feature_result r;

    if (item->why)
        return 0;
    ch_feature_take(s->line, &r);
    if (r.rc == CH_EFORMAT || r.rc == CH_EIO) {
        item->why = strdup(r.err.msg);
        return item->why ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold a message");
    }
    if (r.rc) {
        *e = r.err;
        return r.rc;
    }
    memcpy(add_good(s, b, item),
           ch_captioner_is_looking(s->c) ? r.grid : r.pooled,
           ch_captioner_floats(s->c) * sizeof(float));
    return 0;
}

static int take_record(struct ch_supply *s, struct ch_caption_batch *b,
                       struct ch_err *e)
{
    const struct ch_caption_item *item = &b->item[b->taken++];

    return (ch_captioner_is_looking(s->c) ? ch_set_grid : ch_set_feature)(
        s->set, (size_t)item->number, add_good(s, b, item), e);
}

int ch_supply_fill(struct ch_supply *s, struct ch_caption_batch *b,
                   struct ch_caption_batch *ahead, struct ch_err *e)
{
    int rc = 0;

    while (b->taken < b->count && !rc) {
        if (s->line)
            feed(s, b);
        if (s->line && ahead && b->put == b->count)
            feed(s, ahead);
        rc = s->line ? take_photo(s, b, e) : take_record(s, b, e);
    }
    if (s->line && ahead && !rc)
        feed(s, ahead);
    return rc;
}
