/* encode.c - photos in shards become features in the same shards
 *
 * The shards that are not finished are cut into pieces; counter 0 gives the
 * next piece to whoever asks, and counter 1 + s counts the pieces of shard s
 * that are done.  Whoever ends the last one makes the shard.
 */
#include "chorus/encode.h"

#include "chorus/log.h"
#include "data/encode_end.h"
#include "data/encode_folder.h"
#include "data/encode_record.h"
#include "data/encode_shard.h"
#include "data/encoder_link.h"
#include "data/feature.h"
#include "data/picture.h"

#include <stdlib.h>
#include <string.h>

#define PIECE 128
/* Added to the first counter: nobody gets a piece any more. */
#define NO_MORE (INT64_C(1) << 40)

struct ch_encode {
    struct ch_encode_options o;
    struct ch_manifest manifest;
    struct ch_encoder_spec spec;
    struct ch_buffer encoder;          /* the spec's JSON */
    uint64_t identity;
    struct ch_encode_folder folder;
    struct ch_encode_shard *shard;     /* those that are not finished */
    size_t shard_count;
    size_t *first;                     /* piece of shard s; last: of all */
    uint64_t *before;                  /* records of the shards before */
    uint64_t images, left;             /* records; in shards to be made */
};

/* A photo that is being encoded. */
struct sent {
    size_t shard, piece;
    struct ch_piece_id id;
    uint32_t index;                    /* of the record in its shard */
    int is_last;                       /* of its piece */
};

struct run {
    struct ch_encode *c;
    const struct ch_encode_share *share;
    struct ch_encode_result *result;
    struct ch_feature *feature;
    struct ch_encode_record record;
    struct sent *sent;                 /* a ring, as deep as the features' */
    size_t depth, put, taken;
    struct sent next;                  /* to be sent; id.count 0: no piece */
    struct ch_store *store;            /* of the shard next is in */
    size_t store_shard;
    int is_over;                       /* there are no more pieces */
    struct ch_piece_writer writer;
    struct ch_progress progress;
    struct ch_caption_record captions;
};

void ch_encode_defaults(struct ch_encode_options *o)
{
    *o = (struct ch_encode_options){ .dtype = CH_FEATURE_F16, .size = 1,
                                     .piece = PIECE,
                                     .max_pixels = CH_PICTURE_MAX_PIXELS };
}

static const char *precision(const struct ch_encode *c)
{
    return c->o.precision ? "bf16" : "f32";
}

/* ---------------------------------------------------------------- opening */

static int read_spec(struct ch_encode *c, struct ch_err *e)
{
    struct ch_image_rule *rule = &c->spec.rule;
    int rc = ch_encoder_spec_read(&c->spec, c->o.encoder, e);

    if (rc)
        return rc;
    if (c->o.grid && !c->spec.grid[0])
        return ch_fail_at(e, CH_EUSAGE, c->o.encoder, CH_NO_OFFSET,
                          "names no grid output; leave out --grid");
    rule->flip |= c->o.flip || c->o.crops == CH_ENCODE_CROPS_10;
    rule->corners |= c->o.crops != CH_ENCODE_CROPS_1;
    rc = ch_encoder_spec_check(rule, c->o.encoder, e);
    if (!rc && c->o.grid && rule->corners)
        rc = ch_fail(e, CH_EUSAGE, "crops do not lie over each other, so they "
                     "have no grid in common; leave out --grid or --crops");
    if (rc)
        return rc;
    ch_encoder_spec_json(&c->spec, precision(c), &c->encoder);
    if (c->encoder.failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold the encoder's description");
    c->identity = ch_encoder_identity(c->encoder.at, c->encoder.size);
    return 0;
}

/* The shard, when it is not finished. */
static int add_shard(struct ch_encode *c,
                     const struct ch_manifest_split *split,
                     const struct ch_manifest_shard *shard, struct ch_err *e)
{
    struct ch_encode_shard *s = &c->shard[c->shard_count];
    int rc;

    *s = (struct ch_encode_shard){
        .split = split, .shard = shard, .folder = c->folder.path,
        .encoder = &c->encoder, .identity = c->identity,
        .dtype = (enum ch_feature_dtype)c->o.dtype,
        .grid = c->o.grid, .again = c->o.again, .piece = (size_t)c->o.piece
    };
    c->images += shard->records;
    rc = ch_file_join(s->path, sizeof s->path, c->manifest.folder, shard->file,
                      e);
    if (!rc) rc = ch_encode_shard_look(s, e);
    if (rc)
        return rc < 0 ? rc : 0;
    c->before[c->shard_count] = c->left;
    c->left += shard->records;
    c->first[c->shard_count + 1] = c->first[c->shard_count] +
                                   ch_encode_shard_pieces(s);
    c->shard_count++;
    return 0;
}

static int list_shards(struct ch_encode *c, struct ch_err *e)
{
    size_t count = 0;
    int rc = 0;

    for (int s = 0; s < CH_SPLIT_COUNT; s++)
        count += c->manifest.split[s].shard_count;
    c->shard = calloc(count + 1, sizeof *c->shard);
    c->first = calloc(count + 1, sizeof *c->first);
    c->before = calloc(count + 1, sizeof *c->before);
    if (!c->shard || !c->first || !c->before)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu shards", count);
    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        const struct ch_manifest_split *split = &c->manifest.split[s];
        for (size_t i = 0; i < split->shard_count && !rc; i++)
            rc = add_shard(c, split, &split->shard[i], e);
    }
    return rc;
}

int ch_encode_open(struct ch_encode **out, const struct ch_encode_options *o,
                   struct ch_err *e)
{
    struct ch_encode *c = calloc(1, sizeof *c);
    int rc;

    *out = NULL;
    if (!c)
        return ch_fail(e, CH_ENOMEM, "cannot hold what is to be encoded");
    c->o = *o;
    c->folder.lock = -1;
    rc = read_spec(c, e);
    if (!rc) rc = ch_manifest_read(&c->manifest, o->shards, e);
    if (!rc) rc = ch_encode_folder_open(&c->folder, o->shards, o->rank == 0,
                                        e);
    if (!rc) rc = list_shards(c, e);
    if (rc)
        ch_encode_close(c);
    else
        *out = c;
    return rc;
}

void ch_encode_close(struct ch_encode *c)
{
    if (!c)
        return;
    ch_encode_folder_close(&c->folder);
    ch_manifest_release(&c->manifest);
    ch_buffer_release(&c->encoder);
    free(c->shard);
    free(c->first);
    free(c->before);
    free(c);
}

size_t ch_encode_counters(const struct ch_encode *c)
{
    return c->shard_count + 1;
}

/* ---------------------------------------------------------------- sending */

static int open_store(struct run *r, size_t shard, struct ch_err *e)
{
    if (r->store && r->store_shard == shard)
        return 0;
    ch_store_close(r->store);
    r->store = NULL;
    r->store_shard = shard;
    return ch_store_open(&r->store, r->c->shard[shard].path, e);
}

static int piece_done(struct run *r, size_t shard, struct ch_err *e)
{
    const struct ch_encode_shard *s = &r->c->shard[shard];
    int64_t before = 0;
    int rc = r->share->add(r->share->context, 1 + shard, 1, &before, e);

    if (!rc && (size_t)before + 1 == ch_encode_shard_pieces(s))
        rc = ch_encode_shard_make(s, e);
    return rc;
}

/* A piece may be there, of a run that was killed: 1 then. */
static int is_there(const struct run *r, const struct sent *at,
                    struct ch_err *e)
{
    struct ch_piece piece = { 0 };
    char path[4096];
    int rc = ch_encode_shard_piece(&r->c->shard[at->shard], at->piece, path,
                                   sizeof path, e);

    if (!rc) rc = ch_piece_open(&piece, path, &at->id, e);
    ch_piece_close(&piece);
    return rc;
}

/* The next piece that is to be made, into r->next. */
static int take_piece(struct run *r, struct ch_err *e)
{
    const struct ch_encode *c = r->c;
    struct sent *next = &r->next;
    int64_t number = 0;
    int rc;

    do {
        rc = r->share->add(r->share->context, 0, 1, &number, e);
        if (rc || (size_t)number >= c->first[c->shard_count]) {
            r->is_over = 1;
            return rc;
        }
        while ((size_t)number >= c->first[next->shard + 1])
            next->shard++;
        next->piece = (size_t)number - c->first[next->shard];
        rc = open_store(r, next->shard, e);
        if (!rc)
            rc = ch_encode_shard_id(&c->shard[next->shard], r->store,
                                    next->piece, &next->id, e);
        if (!rc) rc = is_there(r, next, e);
        if (rc > 0) {
            rc = piece_done(r, next->shard, e);
            next->id.count = 0;
        }
    } while (!rc && next->id.count == 0);
    next->index = next->id.first;
    return rc;
}

static int send(struct run *r, struct ch_err *e)
{
    const struct ch_encode_shard *s = &r->c->shard[r->next.shard];
    unsigned char key[CH_SHARD_KEY_BYTES];
    const void *value;
    char path[4096];
    size_t n;
    int rc;

    ch_shard_key('c', r->next.index, key);
    rc = ch_store_get(r->store, key, sizeof key, &value, &n, e);
    if (rc > 0)
        rc = ch_record_read_captions(value, n, s->shard->file, &r->captions,
                                     e);
    if (!rc)
        rc = ch_record_photo_path(&r->captions, s->split->folder[0]
                                                    ? s->split->folder
                                                    : r->c->manifest.images,
                                  path, sizeof path, e);
    if (rc) {
        ch_err_wrap(e, "%s record %u", s->shard->file, r->next.index);
        return rc;
    }
    ch_feature_put(r->feature, path, &r->captions.box);
    r->next.is_last = r->next.index + 1 == r->next.id.first + r->next.id.count;
    r->sent[r->put++ % r->depth] = r->next;
    r->next.index++;
    if (r->next.is_last)
        r->next.id.count = 0;
    return 0;
}

/* As many photos as there is room for. */
static int send_all(struct run *r, struct ch_err *e)
{
    int rc = 0;

    while (!rc && ch_feature_room(r->feature) > 0) {
        if (r->next.id.count == 0 && !r->is_over)
            rc = take_piece(r, e);
        if (rc || r->is_over)
            break;
        rc = send(r, e);
    }
    return rc;
}

/* ---------------------------------------------------------------- storing */

/* The photo that was sent first, into its piece. */
static int store(struct run *r, struct ch_err *e)
{
    const struct sent *at = &r->sent[r->taken++ % r->depth];
    const struct ch_encode *c = r->c;
    struct ch_feature_result f;
    struct ch_piece_record record = { 0 };
    int64_t before;
    char path[4096];
    int rc = 0;

    ch_feature_take(r->feature, &f);
    if (at->index == at->id.first) {
        rc = ch_encode_shard_piece(&c->shard[at->shard], at->piece, path,
                                   sizeof path, e);
        if (!rc) rc = ch_piece_begin(&r->writer, path, &at->id, e);
    }
    if (!rc) rc = ch_encode_record_fill(&r->record, &f, &record, e);
    if (!rc) rc = ch_piece_add(&r->writer, &record, e);
    r->result->encoded += record.value[CH_PIECE_POOLED].n != 0;
    r->result->skipped += record.value[CH_PIECE_WHY].n != 0;
    if (!rc && at->is_last) {
        rc = ch_piece_finish(&r->writer, e);
        if (!rc) rc = piece_done(r, at->shard, e);
    }
    /* How far all ranks are: pieces go out in their order. */
    ch_progress_update(&r->progress, c->before[at->shard] + at->index + 1);
    /* Rank 0 holds the counters: others reach them while it is in a call. */
    if (!rc && c->o.size > 1 && c->o.rank == 0)
        rc = r->share->add(r->share->context, 0, 0, &before, e);
    return rc;
}

static int work(struct run *r, struct ch_err *e)
{
    int64_t before;
    int rc = send_all(r, e);

    while (!rc && ch_feature_count(r->feature) > 0) {
        rc = store(r, e);
        if (!rc) rc = send_all(r, e);
    }
    if (rc)      /* the others stop after what they have; e tells of rc */
        (void)r->share->add(r->share->context, 0, NO_MORE, &before, NULL);
    return rc;
}

/* ---------------------------------------------------------------- running */

static int count_alone(void *context, size_t counter, int64_t n,
                       int64_t *before, struct ch_err *e)
{
    int64_t *counters = context;

    (void)e;
    *before = counters[counter];
    counters[counter] += n;
    return 0;
}

static int open_features(struct run *r, struct ch_err *e)
{
    const struct ch_feature_options o = {
        .spec = &r->c->spec, .precision = precision(r->c),
        .threads = (size_t)r->c->o.threads, .grid = r->c->o.grid,
        .max_pixels = r->c->o.max_pixels, .as_asked = true
    };
    const struct ch_encoder *encoder;
    int rc = ch_feature_open(&r->feature, &o, e);

    if (rc)
        return rc;
    encoder = ch_feature_encoder(r->feature);
    r->record = (struct ch_encode_record){
        .dtype = (enum ch_feature_dtype)r->c->o.dtype,
        .skip_bad = r->c->o.skip_bad,
        .F = ch_encoder_feature_count(encoder),
        .G = ch_encoder_grid_rows(encoder),
        .columns = ch_encoder_grid_columns(encoder)
    };
    r->result->feature_count = r->record.F;
    r->result->grid_rows = r->record.G;
    r->result->grid_columns = r->record.columns;
    r->depth = ch_feature_room(r->feature);
    r->sent = calloc(r->depth, sizeof *r->sent);
    return r->sent ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu photos",
                                 r->depth);
}

int ch_encode_run(struct ch_encode *c, const struct ch_encode_share *share,
                  struct ch_encode_result *result, struct ch_err *e)
{
    int64_t *counters = calloc(ch_encode_counters(c), sizeof *counters);
    const struct ch_encode_share alone = { count_alone, counters };
    struct run r = { .c = c, .share = share ? share : &alone,
                     .result = result };
    double begun = 0;
    int rc = counters ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold counters");

    memset(result, 0, sizeof *result);
    result->images = c->images;
    if (!rc) rc = open_features(&r, e);
    begun = ch_clock_s();      /* compiling the network is not its speed */
    if (!rc) {
        ch_progress_start(&r.progress, "encode", "images", 0, c->left);
        rc = work(&r, e);
        ch_progress_finish(&r.progress);
    }
    ch_feature_close(r.feature);
    ch_piece_drop(&r.writer);
    ch_store_close(r.store);
    ch_encode_record_release(&r.record);
    free(r.sent);
    free(counters);
    result->seconds = ch_clock_s() - begun;
    return rc;
}

int ch_encode_finish(struct ch_encode *c, struct ch_encode_total *total,
                     struct ch_err *e)
{
    int rc = ch_encode_end(&c->manifest, total, e);

    if (!rc) {
        ch_encode_folder_remove(&c->folder);
        ch_encoder_link(c->spec.path, c->manifest.folder, CH_ENCODER_LINK);
    }
    return rc;
}
