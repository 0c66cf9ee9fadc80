/* verify.c - every record of a folder of shards, checked */
#include "chorus/verify.h"

#include "base/file.h"
#include "base/hash.h"
#include "data/encoder.h"
#include "data/pages.h"
#include "data/shard.h"
#include "data/store.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct work {
    struct ch_manifest manifest;
    struct ch_verify_result *result;
    ch_verify_bad_fn bad;
    void *context;
    const struct ch_manifest_shard *shard;     /* being read */
    struct ch_store *store;
    size_t next, captions;         /* of this shard */
    int has_encoder;               /* a shard before had one: */
    uint64_t encoder;              /* its identity */
    size_t rows[2], columns[2];    /* of pooled and grid features; 0: unknown */
    struct ch_caption_record record;
};

__attribute__((format(printf, 3, 4)))
static void tell(struct work *w, const char *where, const char *format, ...)
{
    char what[600];
    va_list list;

    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    w->result->bad++;
    w->bad(w->context, where, what);
}

/* What a failing function said; it may begin with the place it was given. */
static void tell_err(struct work *w, const char *where, const char *given,
                     const struct ch_err *why)
{
    size_t n = strlen(given);
    int is_led = strncmp(why->msg, given, n) == 0 &&
                 strncmp(why->msg + n, ": ", 2) == 0;

    tell(w, where, "%s", is_led ? why->msg + n + 2 : why->msg);
}

static void name_record(const struct work *w, size_t i, char out[128])
{
    snprintf(out, 128, "%s record %zu", w->shard->file, i);
}

/* Ids are <start>, words of the vocabulary, <end>; no more than were kept. */
static void check_ids(struct work *w, const char *where, size_t caption)
{
    const struct ch_caption *c = &w->record.caption[caption];

    if (c->id_count > w->manifest.max_words + 2)
        tell(w, where, "caption %zu has %zu words, expected at most %zu",
             caption, c->id_count - 2, w->manifest.max_words);
    if (ch_caption_id(c, 0) != CH_WORD_START ||
        ch_caption_id(c, c->id_count - 1) != CH_WORD_END)
        tell(w, where, "caption %zu does not begin and end as captions do",
             caption);
    for (size_t i = 1; i + 1 < c->id_count; i++) {
        int32_t id = ch_caption_id(c, i);

        if (id < CH_WORD_FIRST || (size_t)id >= w->manifest.vocab_size) {
            tell(w, where, "caption %zu: word %" PRId32 " is not in the "
                 "vocabulary of %zu", caption, id, w->manifest.vocab_size);
            return;
        }
    }
}

static void check_captions(struct work *w, const char *where,
                           const void *value, size_t n)
{
    struct ch_err why = CH_ERR_INIT;

    if (ch_record_read_captions(value, n, where, &w->record, &why)) {
        tell_err(w, where, where, &why);
        return;
    }
    if (w->record.key_bytes == 0 || w->record.caption_count == 0)
        tell(w, where, "it has no key or no caption");
    w->captions += w->record.caption_count;
    for (size_t c = 0; c < w->record.caption_count; c++)
        check_ids(w, where, c);
}

/* kind 'f' or 'g': one shape in the whole set. */
static void check_feature(struct work *w, const char *where, char kind,
                          const void *value, size_t n)
{
    size_t *want = &w->rows[kind == 'g'];
    size_t *width = &w->columns[kind == 'g'];
    struct ch_err why = CH_ERR_INIT;
    enum ch_feature_dtype dtype;
    size_t rows, columns;

    if (ch_record_feature_shape(value, n, where, kind, &dtype, &rows, &columns,
                                &why)) {
        tell_err(w, where, where, &why);
        return;
    }
    if (!*want)
        *want = rows;
    if (!*width)
        *width = columns;
    if (rows == 0 || columns == 0 || rows != *want || columns != *width)
        tell(w, where, "features of %zu x %zu, expected %zu x %zu as before",
             rows, columns, *want, *width);
    else if (kind == 'f')
        w->result->pooled++;
    else
        w->result->grids++;
}

static int has(struct work *w, char kind, size_t i, struct ch_err *e)
{
    unsigned char key[CH_SHARD_KEY_BYTES];
    const void *value;
    size_t n;

    ch_shard_key(kind, (uint32_t)i, key);
    return ch_store_get(w->store, key, sizeof key, &value, &n, e);
}

static uint32_t index_of(const unsigned char *key)
{
    return (uint32_t)key[1] << 24 | (uint32_t)key[2] << 16 |
           (uint32_t)key[3] << 8 | key[4];
}

/* Records that a shard should have before number `end`, and has not. */
static void tell_missing(struct work *w, size_t end)
{
    char where[128];

    for (; w->next < end && w->next < w->shard->records; w->next++) {
        name_record(w, w->next, where);
        tell(w, where, "is missing");
    }
}

/* Keys that are words. */
static int is_named(const void *key, size_t n)
{
    static const char *const known[] = { CH_SHARD_VOCAB_KEY,
                                         CH_SHARD_ENCODER_KEY,
                                         CH_SHARD_FEATURES_KEY };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (n == strlen(known[i]) && !memcmp(key, known[i], n))
            return 1;
    return 0;
}

/* One key of a shard; the captions come first, 'c' < 'f' < 'g' < 'x'. */
static int check_key(void *context, const void *key, size_t key_bytes,
                     const void *value, size_t n, struct ch_err *e)
{
    struct work *w = context;
    const unsigned char *k = key;
    char where[128];
    uint32_t i;

    (void)e;
    w->result->bytes += n;
    if (key_bytes != CH_SHARD_KEY_BYTES || !strchr("cfgx", k[0]) || !k[0]) {
        if (!is_named(key, key_bytes))
            tell(w, w->shard->file, "a record of an unknown kind, its key has "
                 "%zu bytes", key_bytes);
        return 0;
    }
    i = index_of(k);
    name_record(w, i, where);
    if (k[0] == 'c')
        tell_missing(w, i);
    if (i >= w->shard->records) {
        tell(w, where, "the manifest knows %zu records alone",
             w->shard->records);
        return 0;
    }
    if (k[0] == 'c') {
        w->next = (size_t)i + 1;
        w->result->records++;
        check_captions(w, where, value, n);
    } else if (k[0] == 'x') {
        w->result->skipped++;
    } else {
        check_feature(w, where, (char)k[0], value, n);
    }
    return 0;
}

/* Each record of an encoded shard has features or a reason, not both. */
static int check_features(struct work *w, struct ch_err *e)
{
    char where[128];

    for (size_t i = 0; i < w->shard->records; i++) {
        int f = has(w, 'f', i, e), g = has(w, 'g', i, e);
        int x = has(w, 'x', i, e);

        if (f < 0 || g < 0 || x < 0)
            return f < 0 ? f : g < 0 ? g : x;
        name_record(w, i, where);
        if (x && (f || g))
            tell(w, where, "has features, and a reason for having none");
        else if (g && !f)
            tell(w, where, "has grid features without pooled ones");
        else if (!x && !f)
            w->result->pending++;
    }
    return 0;
}

static int check_vocab(struct work *w, struct ch_err *e)
{
    const void *value;
    char hex[17];
    size_t n;
    int rc = ch_store_get(w->store, CH_SHARD_VOCAB_KEY,
                          strlen(CH_SHARD_VOCAB_KEY), &value, &n, e);

    if (rc < 0)
        return rc;
    ch_hash_hex(w->manifest.vocab_hash, hex);
    if (rc == 0)
        tell(w, w->shard->file, "no shard of chorus: it has no \"%s\"",
             CH_SHARD_VOCAB_KEY);
    else if (n != 16 || memcmp(value, hex, 16) != 0)
        tell(w, w->shard->file, "made with another vocabulary (%.*s, the "
             "manifest's is %s)", (int)(n < 16 ? n : 16), (const char *)value,
             hex);
    return 0;
}

/* *is_encoded: the shard has an encoder. */
static int check_encoder(struct work *w, int *is_encoded, struct ch_err *e)
{
    const void *value;
    uint64_t encoder;
    size_t n;
    int rc = ch_store_get(w->store, CH_SHARD_ENCODER_KEY,
                          strlen(CH_SHARD_ENCODER_KEY), &value, &n, e);

    *is_encoded = rc > 0;
    if (rc <= 0)
        return rc;
    encoder = ch_encoder_identity(value, n);
    if (w->has_encoder && w->encoder != encoder)
        tell(w, w->shard->file, "encoded by another encoder than the shards "
             "before");
    else
        w->encoder = encoder;
    w->has_encoder = 1;
    return 0;
}

static int check_store(struct work *w, struct ch_err *e)
{
    int is_encoded = 0;
    int rc = check_vocab(w, e);

    w->next = w->captions = 0;
    if (!rc) rc = check_encoder(w, &is_encoded, e);
    if (!rc) rc = ch_store_each(w->store, check_key, w, e);
    if (rc)
        return rc;
    tell_missing(w, w->shard->records);
    if (w->captions != w->shard->captions)
        tell(w, w->shard->file, "%zu captions, the manifest says %zu",
             w->captions, w->shard->captions);
    w->result->captions += w->captions;
    if (is_encoded)
        return check_features(w, e);
    w->result->pending += w->shard->records;
    return 0;
}

static int check_shard(struct work *w, struct ch_err *e)
{
    struct ch_err why = CH_ERR_INIT;
    char path[4096];
    int rc = ch_file_join(path, sizeof path, w->manifest.folder,
                          w->shard->file, e);

    if (rc)
        return rc;
    w->result->shards++;
    rc = ch_pages_check(path, 1, &why);
    if (!rc) rc = ch_store_open(&w->store, path, &why);
    if (!rc) rc = check_store(w, &why);
    ch_store_close(w->store);
    w->store = NULL;
    if (rc == CH_ENOMEM)
        return ch_fail(e, rc, "%s", why.msg);
    if (rc)
        tell_err(w, w->shard->file, path, &why);
    return 0;
}

static int check_vocab_file(struct work *w, struct ch_err *e)
{
    struct ch_err why = CH_ERR_INIT;
    struct ch_vocab *vocab;
    char path[4096];
    int rc = ch_file_join(path, sizeof path, w->manifest.folder,
                          "vocabulary.txt", e);

    if (rc)
        return rc;
    if (ch_manifest_vocab(&w->manifest, &vocab, &why))
        tell_err(w, "vocabulary.txt", path, &why);
    ch_vocab_close(vocab);
    return 0;
}

int ch_verify_run(const char *shards, ch_verify_bad_fn bad, void *context,
                  struct ch_verify_result *result, struct ch_err *e)
{
    struct work *w = calloc(1, sizeof *w);
    int rc;

    memset(result, 0, sizeof *result);
    if (!w)
        return ch_fail(e, CH_ENOMEM, "cannot hold a record");
    w->result = result;
    w->bad = bad;
    w->context = context;
    rc = ch_manifest_read(&w->manifest, shards, e);
    if (!rc) rc = check_vocab_file(w, e);
    for (int s = 0; s < CH_SPLIT_COUNT && !rc; s++)
        for (size_t i = 0; i < w->manifest.split[s].shard_count && !rc; i++) {
            w->shard = &w->manifest.split[s].shard[i];
            rc = check_shard(w, e);
        }
    ch_manifest_release(&w->manifest);
    free(w);
    return rc;
}
