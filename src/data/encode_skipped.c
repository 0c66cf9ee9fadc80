/* encode_skipped.c - photos that could not be encoded, listed
 *
 * Shards are the truth; DIR/skipped.jsonl is what people read.  It is written
 * anew each time: what preparing skipped, then what encoding skipped.
 */
#include "chorus/encode.h"

#include "base/file.h"
#include "base/json.h"
#include "data/shard.h"
#include "data/store.h"

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

int ch_encode_list_skipped(const char *shards, uint64_t *count,
                           struct ch_err *e)
{
    struct ch_manifest m;
    struct ch_buffer out = { 0 };
    char list[4096], path[4096];
    int rc = ch_manifest_read(&m, shards, e);

    *count = 0;
    if (rc)
        return rc;
    rc = ch_file_join(list, sizeof list, shards, "skipped.jsonl", e);
    if (!rc) rc = keep_lines(list, &out, e);
    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        for (size_t i = 0; i < m.split[s].shard_count && !rc; i++) {
            const struct ch_manifest_shard *shard = &m.split[s].shard[i];
            rc = ch_file_join(path, sizeof path, shards, shard->file, e);
            if (!rc) rc = list_shard(path, shard->records, &out, count, e);
        }
    }
    if (!rc && out.failed)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold the list of what was skipped");
    if (!rc) rc = ch_file_write(list, out.at ? out.at : "", out.size, e);
    ch_buffer_release(&out);
    ch_manifest_release(&m);
    return rc;
}
