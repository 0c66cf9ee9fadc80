/* move.c - records that go from shards into other shards */
#include "data/move.h"

#include "base/file.h"
#include "data/encoder.h"
#include "data/pages.h"
#include "data/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of a shard depend on it. */
#define COMMIT_EVERY 256

int ch_move_open(struct ch_move *m, const char *const *folder,
                 const char *const *name, size_t count, struct ch_err *e)
{
    int rc = 0;

    m->input = calloc(count + 1, sizeof *m->input);
    if (!m->input)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu manifests", count);
    for (size_t i = 0; i < count && !rc; i++) {
        m->input[i].name = name ? name[i] : NULL;
        rc = ch_manifest_read(&m->input[i].manifest, folder[i], e);
        m->input_count += !rc;
    }
    return rc;
}

void ch_move_close(struct ch_move *m)
{
    for (size_t i = 0; i < m->input_count; i++)
        ch_manifest_release(&m->input[i].manifest);
    ch_store_close(m->store);
    free(m->input);
    free(m->place);
    free(m->encoder);
    memset(m, 0, sizeof *m);
}

void ch_move_take(struct ch_move *m, enum ch_split split,
                  struct ch_move_place *place, size_t count)
{
    ch_store_close(m->store);
    m->store = NULL;
    free(m->place);
    m->split = split;
    m->place = place;
    m->count = count;
}

int ch_move_list(struct ch_move *m, enum ch_split split, struct ch_err *e)
{
    size_t total = 0;

    for (size_t i = 0; i < m->input_count; i++)
        total += m->input[i].manifest.split[split].images;
    ch_move_take(m, split, malloc((total + 1) * sizeof *m->place), 0);
    if (!m->place)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu records", total);
    for (size_t i = 0; i < m->input_count; i++) {
        const struct ch_manifest_split *from =
            &m->input[i].manifest.split[split];

        for (size_t s = 0; s < from->shard_count; s++)
            for (size_t k = 0; k < from->shard[s].records; k++)
                m->place[m->count++] = (struct ch_move_place){
                    (uint32_t)i, (uint32_t)s, (uint32_t)k
                };
    }
    return 0;
}

/* All features that go into one set are of one encoder. */
static int check_encoder(struct ch_move *m, const char *path, struct ch_err *e)
{
    const void *value;
    size_t n;
    int rc = ch_store_get(m->store, CH_SHARD_ENCODER_KEY,
                          strlen(CH_SHARD_ENCODER_KEY), &value, &n, e);

    if (rc <= 0)
        return rc;
    if (!m->encoder) {
        m->encoder = malloc(n + 1);
        if (!m->encoder)
            return ch_fail(e, CH_ENOMEM, "cannot hold a text");
        memcpy(m->encoder, value, n);
        m->encoder_bytes = n;
    } else if (ch_encoder_identity(value, n) !=
               ch_encoder_identity(m->encoder, m->encoder_bytes)) {
        return ch_fail_at(e, CH_EUSAGE, path, CH_NO_OFFSET,
                          "encoded by another encoder than the shards before; "
                          "run chorus encode --again, or move shards that are "
                          "not encoded");
    }
    return 0;
}

static int open_shard(struct ch_move *m, const struct ch_move_place *p,
                      struct ch_err *e)
{
    const struct ch_manifest *from = &m->input[p->input].manifest;
    char path[4096];
    int rc;

    if (m->store && m->open_input == p->input && m->open_shard == p->shard)
        return 0;
    ch_store_close(m->store);
    m->store = NULL;
    rc = ch_file_join(path, sizeof path, from->folder,
                      from->split[m->split].shard[p->shard].file, e);
    if (!rc) rc = ch_store_open(&m->store, path, e);
    if (!rc) rc = ch_pages_check(path, 0, e);
    if (!rc) rc = check_encoder(m, path, e);
    if (rc) {
        ch_store_close(m->store);
        m->store = NULL;
    }
    m->open_input = p->input;
    m->open_shard = p->shard;
    return rc;
}

int ch_move_get(struct ch_move *m, size_t i, char kind, const void **value,
                size_t *n, struct ch_err *e)
{
    unsigned char key[CH_SHARD_KEY_BYTES];
    int rc = open_shard(m, &m->place[i], e);

    ch_shard_key(kind, m->place[i].index, key);
    return rc ? rc : ch_store_get(m->store, key, sizeof key, value, n, e);
}

static void name_record(const struct ch_move *m, size_t i, char out[128])
{
    const struct ch_move_place *p = &m->place[i];

    snprintf(out, 128, "%s record %" PRIu32, m->input[p->input].manifest
             .split[m->split].shard[p->shard].file, p->index);
}

int ch_move_captions(struct ch_move *m, size_t i, const void **value,
                     size_t *n, struct ch_err *e)
{
    char where[128];
    int rc = ch_move_get(m, i, 'c', value, n, e);

    if (rc < 0)
        return rc;
    name_record(m, i, where);
    if (rc == 0)
        return ch_fail_at(e, CH_EFORMAT, where, CH_NO_OFFSET, "is missing");
    return ch_record_read_captions(*value, *n, where, &m->record, e);
}

const char *ch_move_images(const struct ch_move *m, size_t i)
{
    const struct ch_manifest *from = &m->input[m->place[i].input].manifest;
    const char *own = from->split[m->split].folder;

    return own[0] ? own : from->images;
}

/* What encode stored for record i, as record `index` of a new shard: 1, or 0
 * when there is nothing. */
static int copy_record(struct ch_move *m, size_t i, struct ch_store *to,
                       uint32_t index, struct ch_summary *sum,
                       struct ch_err *e)
{
    int is_found = 0;

    for (const char *kind = "fgx"; *kind; kind++) {
        unsigned char key[CH_SHARD_KEY_BYTES];
        enum ch_feature_dtype dtype;
        const void *value;
        char where[128];
        size_t n, rows, columns;
        int rc = ch_move_get(m, i, *kind, &value, &n, e);

        if (rc == 0)
            continue;
        name_record(m, i, where);
        if (rc > 0 && *kind != 'x')
            rc = ch_record_feature_shape(value, n, where, *kind, &dtype,
                                         &rows, &columns, e);
        ch_shard_key(*kind, index, key);
        if (rc >= 0) rc = ch_store_put(to, key, sizeof key, value, n, e);
        if (rc)
            return rc;
        sum->encoded += *kind == 'f';
        sum->skipped += *kind == 'x';
        is_found = 1;
    }
    return is_found;
}

/* Records [first, first + count) of the list into a shard of their captions. */
static int copy_shard(struct ch_move *m, const char *path, size_t first,
                      size_t count, struct ch_summary *sum, struct ch_err *e)
{
    struct ch_store *to;
    size_t stored = 0;
    int rc = ch_store_open_write(&to, path, e);

    if (!rc)
        rc = ch_store_put(to, CH_SHARD_ENCODER_KEY,
                          strlen(CH_SHARD_ENCODER_KEY), m->encoder,
                          m->encoder_bytes, e);
    if (!rc) rc = ch_store_commit(to, e);
    for (size_t i = 0; i < count && rc >= 0; i++) {
        rc = copy_record(m, first + i, to, (uint32_t)i, sum, e);
        stored += rc > 0;
        if (rc > 0 && stored % COMMIT_EVERY == 0)
            rc = ch_store_commit(to, e);
    }
    if (rc >= 0 && !m->lacks_summary) rc = ch_summary_put(sum, to, e);
    if (rc >= 0) rc = ch_store_commit(to, e);
    ch_store_close(to);
    return rc;
}

/* The sum over the shards that records of the list come from. */
static int sum_up(struct ch_move *m, struct ch_summary *all, struct ch_err *e)
{
    const struct ch_move_place *last = NULL;

    for (size_t i = 0; i < m->count; i++) {
        const struct ch_move_place *p = &m->place[i];
        struct ch_summary one;
        int rc;

        if (last && last->input == p->input && last->shard == p->shard)
            continue;
        last = p;
        rc = open_shard(m, p, e);
        if (!rc)
            rc = ch_summary_read(&one, m->store,
                                 m->input[p->input].manifest.split[m->split]
                                     .shard[p->shard].file, e);
        if (rc < 0)
            return rc;
        m->lacks_summary |= rc == 0;
        ch_summary_add(all, &one);
    }
    return 0;
}

int ch_move_features(struct ch_move *m, const char *folder,
                     const struct ch_manifest_split *to, struct ch_err *e)
{
    struct ch_summary all = { .dtype = "" }, sum;
    size_t first = 0;
    int rc = 0;

    if (!m->encoder)
        return 0;
    rc = sum_up(m, &all, e);
    sum = all;
    for (size_t s = 0; s < to->shard_count && !rc; s++) {
        char path[4096];

        sum.encoded = sum.skipped = 0;
        if (s > 0)
            sum.error2 = sum.value2 = sum.largest = 0;
        rc = ch_file_join(path, sizeof path, folder, to->shard[s].file, e);
        if (!rc)
            rc = copy_shard(m, path, first, to->shard[s].records, &sum, e);
        if (!rc) ch_summary_add(&m->features, &sum);
        first += to->shard[s].records;
    }
    return rc;
}

void ch_move_tell(const struct ch_move *m, struct ch_manifest_features *out)
{
    if (m->encoder && !m->lacks_summary)
        ch_summary_tell(&m->features, out);
}

int ch_move_file(const struct ch_move *m, const char *name, const char *folder,
                 struct ch_err *e)
{
    char from[4096], to[4096];
    struct ch_writer w;
    struct ch_map map;
    int rc = ch_file_join(from, sizeof from, m->input[0].manifest.folder, name,
                          e);

    if (!rc) rc = ch_file_join(to, sizeof to, folder, name, e);
    if (rc || !ch_file_exists(from))
        return rc;
    rc = ch_map_open(&map, from, e);
    if (rc)
        return rc;
    rc = ch_writer_open(&w, to, e);
    if (!rc) {
        rc = ch_writer_put(&w, map.at, map.size, e);
        if (!rc) rc = ch_writer_finish(&w, e);
        ch_writer_close(&w);
    }
    ch_map_close(&map);
    return rc;
}
