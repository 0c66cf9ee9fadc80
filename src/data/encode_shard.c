/* encode_shard.c - pieces become a shard with features */
#include "data/encode_shard.h"

#include "base/json.h"
#include "data/encoder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a transaction holds in memory. */
#define COMMIT_BYTES ((size_t)32 << 20)

/* --------------------------------------------------- what there is already */

/* The encoder's, if features are of it; 0 when there are none. */
static int check_encoder(const struct ch_encode_shard *s,
                         struct ch_store *store, struct ch_err *e)
{
    const char *key = CH_SHARD_ENCODER_KEY;
    const void *value;
    size_t n;
    int found = ch_store_get(store, key, strlen(key), &value, &n, e);

    if (found <= 0)
        return found;
    if (ch_encoder_identity(value, n) == s->identity)
        return 1;
    if (s->again)
        return 0;
    return ch_fail_at(e, CH_EUSAGE, s->shard->file, CH_NO_OFFSET,
                      "has features of another encoder or precision; pass "
                      "--again to replace them");
}

/* 1, 0 when it is missing or of another type, negative. */
static int check_feature(const struct ch_encode_shard *s,
                         struct ch_store *store, char kind, uint32_t index,
                         struct ch_err *e)
{
    unsigned char key[CH_SHARD_KEY_BYTES];
    enum ch_feature_dtype dtype = s->dtype;
    size_t n, rows, columns;
    const void *value;
    int found;

    ch_shard_key(kind, index, key);
    found = ch_store_get(store, key, sizeof key, &value, &n, e);
    /* The first speaks for all: a shard is made at once. */
    if (found > 0 && kind == 'f' && index == 0)
        found = ch_record_feature_shape(value, n, s->shard->file, kind, &dtype,
                                        &rows, &columns, e) ? CH_EFORMAT : 1;
    if (found <= 0 || dtype == s->dtype)
        return found;
    if (s->again)
        return 0;
    return ch_fail_at(e, CH_EUSAGE, s->shard->file, CH_NO_OFFSET,
                      "has features stored as another type; pass --again to "
                      "replace them");
}

int ch_encode_shard_look(const struct ch_encode_shard *s, struct ch_err *e)
{
    struct ch_store *store = NULL;
    int found = ch_file_exists(s->path)
                    ? ch_store_open(&store, s->path, e)
                    : ch_fail_at(e, CH_EIO, s->path, CH_NO_OFFSET,
                                 "no such shard; make the shards again");

    if (!found)
        found = check_encoder(s, store, e);
    if (!found && s->shard->records == 0)
        found = 1;
    for (uint32_t i = 0; i < s->shard->records && found > 0; i++) {
        found = check_feature(s, store, 'f', i, e);
        if (found > 0 && s->grid)
            found = check_feature(s, store, 'g', i, e);
        if (!found)
            found = check_feature(s, store, 'x', i, e);
    }
    ch_store_close(store);
    return found;
}

/* ------------------------------------------------------------------ pieces */

size_t ch_encode_shard_pieces(const struct ch_encode_shard *s)
{
    return (s->shard->records + s->piece - 1) / s->piece;
}

/* Pieces of other photos, another encoder or type are others. */
int ch_encode_shard_id(const struct ch_encode_shard *s, struct ch_store *store,
                       size_t i, struct ch_piece_id *out, struct ch_err *e)
{
    const unsigned char how[2] = { (unsigned char)s->dtype, s->grid };
    struct ch_hasher *hasher;
    size_t left = s->shard->records - i * s->piece;
    int rc = ch_hasher_open(&hasher, e);

    if (rc)
        return rc;
    out->first = (uint32_t)(i * s->piece);
    out->count = (uint32_t)(left < s->piece ? left : s->piece);
    ch_hasher_add(hasher, &s->identity, sizeof s->identity);
    ch_hasher_add(hasher, how, sizeof how);
    for (uint32_t k = 0; k < out->count && !rc; k++) {
        unsigned char key[CH_SHARD_KEY_BYTES];
        const void *value;
        size_t n;
        int found;

        ch_shard_key('c', out->first + k, key);
        found = ch_store_get(store, key, sizeof key, &value, &n, e);
        if (found == 0)
            rc = ch_fail_at(e, CH_EFORMAT, s->path, CH_NO_OFFSET,
                            "record %" PRIu32 " is missing", out->first + k);
        else if (found < 0)
            rc = found;
        else
            ch_hasher_add(hasher, value, n);
    }
    out->identity = ch_hasher_close(hasher);
    return rc;
}

int ch_encode_shard_piece(const struct ch_encode_shard *s, size_t i, char *out,
                          size_t size, struct ch_err *e)
{
    char name[128];

    snprintf(name, sizeof name, "%s.%010zu", s->shard->file, i * s->piece);
    return ch_file_join(out, size, s->folder, name, e);
}

/* ------------------------------------------------------------- the shard */

struct summary {
    uint64_t encoded, skipped;
    size_t columns, grid_rows, grid_columns;
    struct ch_piece_error error;
};

struct making {
    const struct ch_encode_shard *s;
    struct ch_store *from, *to;
    size_t phase, bytes;
    struct summary sum;
};

static int put(struct making *m, const void *key, size_t key_bytes,
               const void *value, size_t n, struct ch_err *e)
{
    int rc = ch_store_put(m->to, key, key_bytes, value, n, e);

    m->bytes += n;
    if (!rc && m->bytes >= COMMIT_BYTES) {
        m->bytes = 0;
        rc = ch_store_commit(m->to, e);
    }
    return rc;
}

static int shape(const struct making *m, const struct ch_piece_record *r,
                 enum ch_piece_kind kind, size_t *rows, size_t *columns,
                 struct ch_err *e)
{
    enum ch_feature_dtype dtype;

    if (*columns || !r->value[kind].n)
        return 0;
    return ch_record_feature_shape(r->value[kind].at, r->value[kind].n,
                                   m->s->shard->file, CH_PIECE_KEYS[kind],
                                   &dtype, rows, columns, e);
}

static int sum_up(struct making *m, const struct ch_piece_record *r,
                  struct ch_err *e)
{
    struct summary *s = &m->sum;
    size_t rows;
    int rc = shape(m, r, CH_PIECE_POOLED, &rows, &s->columns, e);

    if (!rc)
        rc = shape(m, r, CH_PIECE_GRID, &s->grid_rows, &s->grid_columns, e);
    s->encoded += r->value[CH_PIECE_POOLED].n != 0;
    s->skipped += r->value[CH_PIECE_WHY].n != 0;
    s->error.error2 += r->error.error2;
    s->error.value2 += r->error.value2;
    if (r->error.largest > s->error.largest)
        s->error.largest = r->error.largest;
    return rc;
}

static int put_record(struct making *m, enum ch_piece_kind kind,
                      uint32_t index, const struct ch_piece_record *r,
                      struct ch_err *e)
{
    unsigned char key[CH_SHARD_KEY_BYTES];
    int rc = 0;

    ch_shard_key(CH_PIECE_KEYS[kind], index, key);
    if (r->value[kind].n)
        rc = put(m, key, sizeof key, r->value[kind].at, r->value[kind].n, e);
    return !rc && kind == CH_PIECE_POOLED ? sum_up(m, r, e) : rc;
}

static int put_piece(struct making *m, enum ch_piece_kind kind, size_t i,
                     struct ch_err *e)
{
    const struct ch_encode_shard *s = m->s;
    struct ch_piece piece = { 0 };
    struct ch_piece_record r;
    struct ch_piece_id id;
    char path[4096];
    int found, rc = ch_encode_shard_id(s, m->from, i, &id, e);

    if (!rc) rc = ch_encode_shard_piece(s, i, path, sizeof path, e);
    if (rc)
        return rc;
    found = ch_piece_open(&piece, path, &id, e);
    if (found < 0)
        return found;
    for (uint32_t k = 0; k < id.count && found && !rc; k++) {
        found = ch_piece_next(&piece, &r);
        if (found)
            rc = put_record(m, kind, id.first + k, &r, e);
    }
    ch_piece_close(&piece);
    if (!found)
        rc = ch_fail_at(e, CH_EIO, path, CH_NO_OFFSET, "a piece of features "
                        "is gone or damaged; run chorus encode again");
    return rc;
}

/* All records of one kind, in their order. */
static int put_kind(struct making *m, enum ch_piece_kind kind,
                    struct ch_err *e)
{
    int rc = 0;

    for (size_t i = 0; i < ch_encode_shard_pieces(m->s) && !rc; i++)
        rc = put_piece(m, kind, i, e);
    return rc;
}

static int put_summary(struct making *m, struct ch_err *e)
{
    static const char *const dtype[] = { "f32", "f16", "bf16" };
    const struct summary *s = &m->sum;
    const char *key = CH_SHARD_FEATURES_KEY;
    struct ch_buffer b = { 0 };
    struct ch_json_writer w;
    int rc;

    ch_json_writer_init(&w, &b);
    ch_json_begin(&w, NULL, '{');
    ch_json_put_text(&w, "dtype", dtype[m->s->dtype],
                     strlen(dtype[m->s->dtype]));
    ch_json_put_int(&w, "columns", (int64_t)s->columns);
    ch_json_put_int(&w, "grid_rows", (int64_t)s->grid_rows);
    ch_json_put_int(&w, "grid_columns", (int64_t)s->grid_columns);
    ch_json_put_int(&w, "encoded", (int64_t)s->encoded);
    ch_json_put_int(&w, "skipped", (int64_t)s->skipped);
    ch_json_put_real(&w, "error2", s->error.error2);
    ch_json_put_real(&w, "value2", s->error.value2);
    ch_json_put_real(&w, "largest", s->error.largest);
    ch_json_end(&w);
    rc = b.failed ? ch_fail(e, CH_ENOMEM, "cannot hold a summary")
                  : put(m, key, strlen(key), b.at, b.size, e);
    ch_buffer_release(&b);
    return rc;
}

/* Ours, in the order of their keys.  Keys go in sorted: nothing is moved. */
static const char *const phases[] = { CH_SHARD_ENCODER_KEY, "f",
                                      CH_SHARD_FEATURES_KEY, "g", "x" };
enum { PHASES = sizeof phases / sizeof phases[0] };

static int put_phase(struct making *m, size_t phase, struct ch_err *e)
{
    switch (phase) {
    case 0:
        return put(m, phases[0], strlen(phases[0]), m->s->encoder->at,
                   m->s->encoder->size, e);
    case 1:
        return put_kind(m, CH_PIECE_POOLED, e);
    case 2:
        return put_summary(m, e);
    case 3:
        return put_kind(m, CH_PIECE_GRID, e);
    default:
        return put_kind(m, CH_PIECE_WHY, e);
    }
}

static int is_before(const char *ours, const void *key, size_t n)
{
    size_t k = strlen(ours);
    int order = memcmp(ours, key, k < n ? k : n);

    return order < 0 || (order == 0 && k <= n);
}

/* Of the old shard everything is kept but features. */
static int copy(void *context, const void *key, size_t key_bytes,
                const void *value, size_t n, struct ch_err *e)
{
    struct making *m = context;
    const char *k = key;
    int is_ours = (key_bytes == CH_SHARD_KEY_BYTES &&
                   memchr(CH_PIECE_KEYS, k[0], 3) != NULL);
    int rc = 0;

    for (size_t i = 0; i < PHASES; i += 2)
        is_ours |= key_bytes == strlen(phases[i]) &&
                   !memcmp(k, phases[i], key_bytes) && strlen(phases[i]) > 1;
    while (!rc && m->phase < PHASES &&
           is_before(phases[m->phase], key, key_bytes))
        rc = put_phase(m, m->phase++, e);
    return rc || is_ours ? rc : put(m, key, key_bytes, value, n, e);
}

static int make(struct making *m, const char *beside, struct ch_err *e)
{
    int rc = ch_store_open(&m->from, m->s->path, e);

    if (!rc) rc = ch_store_open_write(&m->to, beside, e);
    if (!rc) rc = ch_store_each(m->from, copy, m, e);
    while (!rc && m->phase < PHASES)
        rc = put_phase(m, m->phase++, e);
    if (!rc) rc = ch_store_commit(m->to, e);
    ch_store_close(m->from);
    ch_store_close(m->to);
    return rc;
}

int ch_encode_shard_make(const struct ch_encode_shard *s, struct ch_err *e)
{
    struct making m = { .s = s };
    char beside[4096], name[128], path[4096];
    int rc;

    snprintf(name, sizeof name, "%s.tmp", s->shard->file);
    rc = ch_file_join(beside, sizeof beside, s->folder, name, e);
    if (rc)
        return rc;
    (void)unlink(beside);      /* of a run that was killed, if at all */
    rc = make(&m, beside, e);
    if (!rc && rename(beside, s->path) != 0)
        rc = ch_fail_errno(e, s->path, "cannot put the shard in place");
    if (!rc) rc = ch_file_sync_folder(s->path, e);
    if (rc)
        (void)unlink(beside);
    for (size_t i = 0; !rc && i < ch_encode_shard_pieces(s); i++) {
        rc = ch_encode_shard_piece(s, i, path, sizeof path, e);
        if (!rc)
            (void)unlink(path);        /* what stays is removed at the end */
    }
    return rc;
}
