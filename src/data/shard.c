/* shard.c - keys of a shard, and writing the shards of one split */
#include "data/shard.h"

#include "base/file.h"
#include "base/hash.h"
#include "data/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Records of a commit, and bytes of them where they are large: LMDB holds in
 * memory what is not committed.  The bytes of a shard depend on it. */
#define COMMIT_RECORDS 10000
#define COMMIT_BYTES ((size_t)8 << 20)

void ch_shard_key(char kind, uint32_t index, unsigned char key[5])
{
    key[0] = (unsigned char)kind;
    key[1] = (unsigned char)(index >> 24);
    key[2] = (unsigned char)(index >> 16);
    key[3] = (unsigned char)(index >> 8);
    key[4] = (unsigned char)index;
}

static int put_vocab_hash(struct ch_store *store, uint64_t hash,
                          struct ch_err *e)
{
    char hex[17];

    ch_hash_hex(hash, hex);
    return ch_store_put(store, CH_SHARD_VOCAB_KEY, strlen(CH_SHARD_VOCAB_KEY),
                        hex, 16, e);
}

/* Records [first, first + shard->records) of a split into one file. */
static int write_one(const char *path, uint64_t vocab_hash, size_t first,
                     struct ch_manifest_shard *shard, ch_shard_record_fn next,
                     void *context, struct ch_err *e)
{
    struct ch_store *store;
    struct ch_buffer record = { 0 };
    size_t records = 0, bytes = 0;     /* since the last commit */
    int rc = ch_store_open_write(&store, path, e);

    if (!rc) rc = put_vocab_hash(store, vocab_hash, e);
    for (size_t i = 0; i < shard->records && !rc; i++) {
        unsigned char key[CH_SHARD_KEY_BYTES];
        size_t captions = 0;

        ch_buffer_reset(&record);
        rc = next(context, first + i, &record, &captions, e);
        if (!rc && record.failed)
            rc = ch_fail(e, CH_ENOMEM, "cannot hold a record");
        ch_shard_key('c', (uint32_t)i, key);
        if (!rc)
            rc = ch_store_put(store, key, sizeof key, record.at, record.size,
                              e);
        shard->captions += captions;
        bytes += record.size;
        if (!rc && (++records == COMMIT_RECORDS || bytes >= COMMIT_BYTES)) {
            rc = ch_store_commit(store, e);
            records = bytes = 0;
        }
    }
    if (!rc) rc = ch_store_commit(store, e);
    ch_store_close(store);
    ch_buffer_release(&record);
    return rc;
}

int ch_shard_write(struct ch_manifest_split *split, enum ch_split which,
                   const char *folder, size_t shards, size_t records,
                   uint64_t vocab_hash, ch_shard_record_fn next, void *context,
                   struct ch_err *e)
{
    size_t count = shards < records ? shards : records;
    int rc = 0;

    split->shard = calloc(count + 1, sizeof *split->shard);
    if (!split->shard)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu shards", count);
    split->shard_count = count;
    for (size_t s = 0; s < count && !rc; s++) {
        struct ch_manifest_shard *shard = &split->shard[s];
        size_t first = records * s / count;
        char path[4096];

        shard->records = records * (s + 1) / count - first;
        snprintf(shard->file, sizeof shard->file, "%s-%05zu-of-%05zu.lmdb",
                 ch_split_name[which], s, count);
        rc = ch_file_join(path, sizeof path, folder, shard->file, e);
        if (!rc)
            rc = write_one(path, vocab_hash, first, shard, next, context, e);
    }
    return rc;
}
