/* set.c - the records of one split that have features, in shard order */
#include "data/shard.h"

#include "base/file.h"
#include "base/hash.h"
#include "data/encoder.h"
#include "data/pages.h"
#include "data/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct place {
    uint32_t shard, index;
};

struct ch_set {
    struct ch_manifest manifest;
    const struct ch_manifest_split *split;
    struct ch_store **store;       /* [split->shard_count] */
    struct ch_file_id *id;         /* of the shards, when they were opened */
    uint64_t manifest_hash;        /* then */
    struct place *place;           /* records that have features */
    size_t count, skipped, feature_count, grid_rows, grid_columns;
    char *encoder;
};

/* The value of a key that every shard has. */
static int need(struct ch_set *s, size_t shard, const char *key,
                const void **value, size_t *n, struct ch_err *e)
{
    int rc = ch_store_get(s->store[shard], key, strlen(key), value, n, e);

    if (rc < 0)
        return rc;
    if (rc == 0)
        return ch_fail_at(e, CH_EFORMAT, s->split->shard[shard].file,
                          CH_NO_OFFSET, "no shard of chorus: it has no \"%s\"",
                          key);
    return 0;
}

static int check_vocab(struct ch_set *s, size_t shard, struct ch_err *e)
{
    const void *value;
    char hex[17];
    size_t n;
    int rc = need(s, shard, CH_SHARD_VOCAB_KEY, &value, &n, e);

    if (rc)
        return rc;
    ch_hash_hex(s->manifest.vocab_hash, hex);
    if (n != 16 || memcmp(value, hex, 16) != 0)
        return ch_fail_at(e, CH_EFORMAT, s->split->shard[shard].file,
                          CH_NO_OFFSET, "made with another vocabulary (%.*s, "
                          "the manifest's is %s); do not mix folders of "
                          "shards", (int)(n < 16 ? n : 16),
                          (const char *)value, hex);
    return 0;
}

static int open_shard(struct ch_set *s, size_t shard, struct ch_err *e)
{
    char path[4096];
    int rc = ch_file_join(path, sizeof path, s->manifest.folder,
                          s->split->shard[shard].file, e);

    if (!rc) rc = ch_store_open(&s->store[shard], path, e);
    if (!rc) rc = ch_file_identify(&s->id[shard], path, e);
    /* LMDB follows a damaged page wherever it leads.  Values stay untouched:
     * their checksums are for those who read them. */
    if (!rc) rc = ch_pages_check(path, 0, e);
    if (!rc) rc = check_vocab(s, shard, e);
    return rc;
}

static int check_encoder(struct ch_set *s, size_t shard, struct ch_err *e)
{
    const void *value;
    size_t n;
    int rc = ch_store_get(s->store[shard], CH_SHARD_ENCODER_KEY,
                          strlen(CH_SHARD_ENCODER_KEY), &value, &n, e);

    if (rc < 0)
        return rc;
    if (rc == 0)
        return ch_fail_at(e, CH_EUSAGE, s->split->shard[shard].file,
                          CH_NO_OFFSET, "no features yet; run chorus encode");
    if (!s->encoder) {
        s->encoder = strndup(value, n);
        return s->encoder ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold a text");
    }
    if (ch_encoder_identity(value, n) !=
        ch_encoder_identity(s->encoder, strlen(s->encoder)))
        return ch_fail_at(e, CH_EFORMAT, s->split->shard[shard].file,
                          CH_NO_OFFSET, "encoded by another encoder than the "
                          "shards before; run chorus encode --again");
    return 0;
}

static int hash_manifest(struct ch_set *s, uint64_t *hash, struct ch_err *e)
{
    struct ch_map m;
    char path[4096];
    int rc = ch_file_join(path, sizeof path, s->manifest.folder,
                          "manifest.json", e);

    if (!rc) rc = ch_map_open(&m, path, e);
    if (rc)
        return rc;
    *hash = ch_hash(m.at, m.size);
    ch_map_close(&m);
    return 0;
}

/* 1 when the record has the key, 0 when not. */
static int has(struct ch_set *s, size_t shard, char kind, uint32_t index,
               struct ch_err *e)
{
    unsigned char key[CH_SHARD_KEY_BYTES];
    const void *value;
    size_t n;

    ch_shard_key(kind, index, key);
    return ch_store_get(s->store[shard], key, sizeof key, &value, &n, e);
}

static int list_shard(struct ch_set *s, size_t shard, int need_features,
                      struct ch_err *e)
{
    const struct ch_manifest_shard *m = &s->split->shard[shard];
    int rc;

    for (uint32_t i = 0; i < m->records; i++) {
        rc = has(s, shard, 'c', i, e);
        if (rc == 0)
            return ch_fail_at(e, CH_EFORMAT, m->file, CH_NO_OFFSET,
                              "record %u of %zu is missing; make the shards "
                              "again", i, m->records);
        if (rc > 0 && need_features) {
            rc = has(s, shard, 'f', i, e);
            if (rc == 0) {
                rc = has(s, shard, 'x', i, e);
                if (rc == 0)
                    return ch_fail_at(e, CH_EUSAGE, m->file, CH_NO_OFFSET,
                                      "record %u of %zu has no features: "
                                      "chorus encode has not finished; run it "
                                      "again", i, m->records);
                if (rc > 0) {
                    s->skipped++;
                    continue;
                }
            }
        }
        if (rc < 0)
            return rc;
        s->place[s->count++] = (struct place){ (uint32_t)shard, i };
    }
    rc = has(s, shard, 'c', (uint32_t)m->records, e);
    if (rc > 0)
        return ch_fail_at(e, CH_EFORMAT, m->file, CH_NO_OFFSET,
                          "more records than the manifest's %zu; make the "
                          "shards again", m->records);
    return rc;
}

static void where(const struct ch_set *s, size_t i, char *out, size_t size)
{
    snprintf(out, size, "%s record %u",
             s->split->shard[s->place[i].shard].file, s->place[i].index);
}

static int get(struct ch_set *s, size_t i, char kind, const void **value,
               size_t *n, char *name, size_t name_size, struct ch_err *e)
{
    unsigned char key[CH_SHARD_KEY_BYTES];
    int rc;

    where(s, i, name, name_size);
    ch_shard_key(kind, s->place[i].index, key);
    rc = ch_store_get(s->store[s->place[i].shard], key, sizeof key, value, n,
                      e);
    if (rc == 0)
        return ch_fail_at(e, CH_EFORMAT, name, CH_NO_OFFSET, "is missing");
    return rc < 0 ? rc : 0;
}

/* A file of the set is the one that was opened. */
static int check_shard_file(struct ch_set *s, size_t shard, struct ch_err *e)
{
    char path[4096];
    int rc = ch_file_join(path, sizeof path, s->manifest.folder,
                          s->split->shard[shard].file, e);

    return rc ? rc : ch_file_check_same(&s->id[shard], path, e);
}

/* Bytes of record i are not what they should be, as e says: because somebody
 * wrote to the file, or else of which image, if its captions can tell. */
static int blame(struct ch_set *s, size_t i, struct ch_err *e)
{
    struct ch_err why = CH_ERR_INIT;
    struct ch_caption_record *record;
    const void *value;
    char name[128], text[sizeof e->msg];
    size_t n;

    if (!e)
        return CH_EFORMAT;
    if (check_shard_file(s, s->place[i].shard, &why)) {
        *e = why;
        return why.code;
    }
    record = malloc(sizeof *record);
    if (record && !get(s, i, 'c', &value, &n, name, sizeof name, NULL) &&
        !ch_record_read_captions(value, n, name, record, NULL) &&
        !strncmp(e->msg, name, strlen(name))) {
        snprintf(text, sizeof text, "%s", e->msg + strlen(name));
        ch_fail(e, CH_EFORMAT, "%s (%.*s)%s", name,
                (int)(record->key_bytes < 100 ? record->key_bytes : 100),
                record->key, text);
    }
    free(record);
    return CH_EFORMAT;
}

/* The shape of the first features that are whole: damaged ones are told when
 * they are read. */
static int first_shape(struct ch_set *s, char kind, size_t *rows,
                       size_t *columns, char name[128], struct ch_err *e)
{
    struct ch_err this = CH_ERR_INIT;
    enum ch_feature_dtype dtype;
    const void *value;
    size_t n, i = 0;
    int rc;

    do {
        rc = get(s, i, kind, &value, &n, name, 128, &this);
        if (!rc)
            rc = ch_record_feature_shape(value, n, name, kind, &dtype, rows,
                                         columns, &this);
        if (rc && i == 0 && e)
            *e = this;
    } while (rc == CH_EFORMAT && ++i < s->count);
    return rc;
}

static int read_shape(struct ch_set *s, struct ch_err *e)
{
    size_t rows = 0;
    char name[128];
    int rc;

    if (s->count == 0)
        return ch_fail_at(e, CH_EUSAGE, s->manifest.folder, CH_NO_OFFSET,
                          "no image of this split has features: all were "
                          "skipped");
    rc = first_shape(s, 'f', &rows, &s->feature_count, name, e);
    if (!rc && (rows != 1 || s->feature_count == 0))
        rc = ch_fail_at(e, CH_EFORMAT, name, CH_NO_OFFSET,
                        "pooled features of %zu x %zu, expected one row; run "
                        "chorus encode --again", rows, s->feature_count);
    return rc;
}

/* Grids are there when the first image has one; an image without one is found
 * when its grid is asked for. */
static int read_grid_shape(struct ch_set *s, struct ch_err *e)
{
    char name[128];
    int rc = has(s, s->place[0].shard, 'g', s->place[0].index, e);

    if (rc <= 0)
        return rc;
    rc = first_shape(s, 'g', &s->grid_rows, &s->grid_columns, name, e);
    if (!rc && (s->grid_rows == 0 || s->grid_columns == 0))
        rc = ch_fail_at(e, CH_EFORMAT, name, CH_NO_OFFSET, "a grid of %zu x "
                        "%zu, expected some of both; run chorus encode "
                        "--again", s->grid_rows, s->grid_columns);
    return rc;
}

static int open_all(struct ch_set *s, int need_features, struct ch_err *e)
{
    int rc = hash_manifest(s, &s->manifest_hash, e);

    if (rc)
        return rc;
    s->store = calloc(s->split->shard_count + 1, sizeof *s->store);
    s->id = calloc(s->split->shard_count + 1, sizeof *s->id);
    s->place = calloc(s->split->images + 1, sizeof *s->place);
    if (!s->store || !s->id || !s->place)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu records",
                       s->split->images);
    for (size_t i = 0; i < s->split->shard_count && !rc; i++) {
        rc = open_shard(s, i, e);
        if (!rc && need_features) rc = check_encoder(s, i, e);
        if (!rc) rc = list_shard(s, i, need_features, e);
    }
    if (!rc && need_features) rc = read_shape(s, e);
    if (!rc && need_features) rc = read_grid_shape(s, e);
    for (size_t i = 0; i < s->split->shard_count && !rc; i++)
        ch_store_forget_all(s->store[i]);
    return rc;
}

int ch_set_open(struct ch_set **out, const char *folder, enum ch_split split,
                int need_features, struct ch_err *e)
{
    struct ch_set *s = calloc(1, sizeof *s);
    int rc;

    *out = NULL;
    if (!s)
        return ch_fail(e, CH_ENOMEM, "cannot hold a set of shards");
    rc = ch_manifest_read(&s->manifest, folder, e);
    if (!rc) {
        s->split = &s->manifest.split[split];
        if (s->split->images == 0)
            rc = ch_fail_at(e, CH_EUSAGE, folder, CH_NO_OFFSET,
                            "the shards have no split \"%s\"",
                            ch_split_name[split]);
        else
            rc = open_all(s, need_features, e);
    }
    if (rc)
        ch_set_close(s);
    else
        *out = s;
    return rc;
}

void ch_set_close(struct ch_set *s)
{
    if (!s)
        return;
    for (size_t i = 0; s->store && i < s->split->shard_count; i++)
        ch_store_close(s->store[i]);
    free(s->store);
    free(s->id);
    free(s->place);
    free(s->encoder);
    ch_manifest_release(&s->manifest);
    free(s);
}

void ch_set_take(struct ch_set *s, size_t most)
{
    if (most && most < s->count)
        s->count = most;
}

size_t ch_set_count(const struct ch_set *s)
{
    return s->count;
}

size_t ch_set_skipped(const struct ch_set *s)
{
    return s->skipped;
}

size_t ch_set_feature_count(const struct ch_set *s)
{
    return s->feature_count;
}

size_t ch_set_grid_rows(const struct ch_set *s)
{
    return s->grid_rows;
}

size_t ch_set_grid_columns(const struct ch_set *s)
{
    return s->grid_columns;
}

const struct ch_manifest *ch_set_manifest(const struct ch_set *s)
{
    return &s->manifest;
}

const char *ch_set_encoder(const struct ch_set *s)
{
    return s->encoder;
}

const char *ch_set_file(const struct ch_set *s, size_t i)
{
    return i < s->count ? s->split->shard[s->place[i].shard].file : "";
}

int ch_set_captions(struct ch_set *s, size_t i, struct ch_caption_record *out,
                    struct ch_err *e)
{
    const void *value;
    char name[128];
    size_t n;
    int rc = get(s, i, 'c', &value, &n, name, sizeof name, e);

    if (!rc)
        rc = ch_record_read_captions(value, n, name, out, e);
    if (!rc)
        ch_store_forget(s->store[s->place[i].shard], value, n);
    return rc == CH_EFORMAT ? blame(s, i, e) : rc;
}

static int read_feature(struct ch_set *s, size_t i, char kind, size_t rows,
                        size_t columns, float *value, struct ch_err *e)
{
    const void *bytes;
    char name[128];
    size_t n;
    int rc = get(s, i, kind, &bytes, &n, name, sizeof name, e);

    if (!rc)
        rc = ch_record_read_feature(bytes, n, name, kind, rows, columns, value,
                                    e);
    if (!rc)
        ch_store_forget(s->store[s->place[i].shard], bytes, n);
    return rc == CH_EFORMAT ? blame(s, i, e) : rc;
}

int ch_set_feature(struct ch_set *s, size_t i, float *value, struct ch_err *e)
{
    return read_feature(s, i, 'f', 1, s->feature_count, value, e);
}

int ch_set_grid(struct ch_set *s, size_t i, float *value, struct ch_err *e)
{
    return read_feature(s, i, 'g', s->grid_rows, s->grid_columns, value, e);
}

int ch_set_check(struct ch_set *s, size_t i, bool is_grid,
                 struct ch_caption_record *record, struct ch_err *e)
{
    size_t rows, columns;
    size_t want_rows = is_grid ? s->grid_rows : 1;
    size_t want_columns = is_grid ? s->grid_columns : s->feature_count;
    enum ch_feature_dtype dtype;
    const void *bytes;
    char name[128], kind = is_grid ? 'g' : 'f';
    size_t n;
    int rc = ch_set_captions(s, i, record, e);

    if (rc)
        return rc;
    rc = get(s, i, kind, &bytes, &n, name, sizeof name, e);
    if (!rc)
        rc = ch_record_feature_shape(bytes, n, name, kind, &dtype, &rows,
                                     &columns, e);
    if (!rc && (rows != want_rows || columns != want_columns))
        rc = ch_fail_at(e, CH_EFORMAT, name, CH_NO_OFFSET, "features of %zu x "
                        "%zu, expected %zu x %zu", rows, columns, want_rows,
                        want_columns);
    return rc == CH_EFORMAT ? blame(s, i, e) : rc;
}

int ch_set_check_files(struct ch_set *s, struct ch_err *e)
{
    uint64_t hash;
    int rc = 0;

    for (size_t i = 0; i < s->split->shard_count && !rc; i++)
        rc = check_shard_file(s, i, e);
    if (!rc) rc = hash_manifest(s, &hash, e);
    if (!rc && hash != s->manifest_hash)
        rc = ch_fail_at(e, CH_EFORMAT, s->manifest.folder, CH_NO_OFFSET,
                        "manifest.json has changed while the shards are in "
                        "use; do not write to them");
    return rc;
}
