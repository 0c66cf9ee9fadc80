/* encode_end.c - photos that could not be encoded, and what features cost
 *
 * Shards are the truth; DIR/skipped.jsonl and the manifest are what people
 * read.  The list is written anew each time: what preparing skipped, then what
 * encoding skipped.
 */
#include "data/encode_end.h"

#include "base/file.h"
#include "base/json.h"
#include "data/encode_shard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_LIMIT ((size_t)1 << 31)
#define MARK "\"by\":\"encode\""

/* The lines of the list that are not encode's. */
static int keep_lines(const char *path, struct ch_buffer *out,
                      struct ch_err *e)
{
    struct ch_bytes b;
    const char *line;
    char *text;
    size_t n, length;
    int rc;

    if (!ch_file_exists(path))
        return 0;
    rc = ch_file_read(path, LIST_LIMIT, &text, &n, e);
    if (rc)
        return rc;
    b = ch_bytes_of(text, n);
    while (ch_bytes_line(&b, &line, &length)) {
        if (memmem(line, length, MARK, sizeof MARK - 1))
            continue;
        ch_buffer_put(out, line, length);
        ch_buffer_put(out, "\n", 1);
    }
    free(text);
    return 0;
}

static int list_shard(const char *path, size_t records, struct ch_buffer *out,
                      uint64_t *count, struct ch_err *e)
{
    struct ch_store *store;
    int rc = ch_store_open(&store, path, e);

    for (uint32_t i = 0; i < records && rc >= 0; i++) {
        unsigned char key[CH_SHARD_KEY_BYTES];
        struct ch_json_writer w;
        const void *why;
        size_t n;

        ch_shard_key('x', i, key);
        rc = ch_store_get(store, key, sizeof key, &why, &n, e);
        if (rc <= 0)
            continue;
        ch_json_writer_init(&w, out);
        ch_json_begin(&w, NULL, '{');
        ch_json_put_text(&w, "by", "encode", 6);
        ch_json_put_text(&w, "reason", why, n);
        ch_json_end(&w);
        ch_buffer_put(out, "\n", 1);
        (*count)++;
    }
    ch_store_close(store);
    return rc < 0 ? rc : 0;
}

/* One shard's summary, added to the whole; shards of older versions have none.
 * 1 when there is one. */
static int add_summary(const char *path, struct ch_manifest_features *all,
                       struct ch_piece_error *error, struct ch_err *e)
{
    const char *key = CH_SHARD_FEATURES_KEY;
    struct ch_store *store;
    struct ch_json *o = NULL;
    const void *value;
    size_t n;
    int rc = ch_store_open(&store, path, e);

    if (!rc) rc = ch_store_get(store, key, strlen(key), &value, &n, e);
    if (rc > 0 && ch_json_parse(&o, value, n, path, e) == 0) {
        snprintf(all->dtype, sizeof all->dtype, "%s",
                 ch_json_text(ch_json_get(o, "dtype"), ""));
        all->columns = (size_t)ch_json_int(ch_json_get(o, "columns"), 0);
        all->grid_rows = (size_t)ch_json_int(ch_json_get(o, "grid_rows"), 0);
        all->grid_columns = (size_t)ch_json_int(ch_json_get(o, "grid_columns"),
                                                0);
        all->images += (size_t)ch_json_int(ch_json_get(o, "encoded"), 0);
        error->error2 += ch_json_real(ch_json_get(o, "error2"), 0);
        error->value2 += ch_json_real(ch_json_get(o, "value2"), 0);
        error->largest = fmax(error->largest,
                              ch_json_real(ch_json_get(o, "largest"), 0));
    } else if (rc > 0)
        rc = CH_EFORMAT;
    ch_json_close(o);
    ch_store_close(store);
    return rc;
}

static int read_shard(const struct ch_manifest *m,
                      const struct ch_manifest_shard *shard,
                      struct ch_buffer *list, struct ch_encode_total *total,
                      struct ch_manifest_features *all,
                      struct ch_piece_error *error, struct ch_err *e)
{
    char path[4096];
    int rc = ch_file_join(path, sizeof path, m->folder, shard->file, e);

    if (!rc)
        rc = list_shard(path, shard->records, list, &total->skipped, e);
    if (!rc) rc = add_summary(path, all, error, e);
    return rc < 0 ? rc : 0;
}

/* Only a manifest that says something new is written. */
static int write_manifest(struct ch_manifest *m,
                          const struct ch_manifest_features *all,
                          struct ch_err *e)
{
    if (!memcmp(&m->features, all, sizeof *all))
        return 0;
    m->features = *all;
    return ch_manifest_write(m, m->folder, e);
}

int ch_encode_end(struct ch_manifest *m, struct ch_encode_total *total,
                  struct ch_err *e)
{
    struct ch_piece_error error = { 0 };
    struct ch_manifest_features all;
    struct ch_buffer out = { 0 };
    char list[4096];
    int rc = ch_file_join(list, sizeof list, m->folder, "skipped.jsonl", e);

    memset(total, 0, sizeof *total);
    memset(&all, 0, sizeof all);
    if (!rc) rc = keep_lines(list, &out, e);
    for (int s = 0; s < CH_SPLIT_COUNT; s++)
        for (size_t i = 0; i < m->split[s].shard_count && !rc; i++)
            rc = read_shard(m, &m->split[s].shard[i], &out, total, &all,
                            &error, e);
    if (!rc && out.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the list of what was skipped");
    if (!rc) rc = ch_file_write(list, out.at ? out.at : "", out.size, e);
    ch_buffer_release(&out);
    if (error.value2 > 0)
        all.rms_error = sqrt(error.error2 / error.value2);
    all.largest_error = error.largest;
    total->encoded = all.images;
    total->rms_error = all.rms_error;
    total->largest_error = all.largest_error;
    return rc ? rc : write_manifest(m, &all, e);
}
