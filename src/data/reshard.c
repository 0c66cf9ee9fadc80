/* reshard.c - the same records in another number of files */
#include "chorus/reshard.h"

#include "data/beside.h"
#include "data/encoder_link.h"
#include "data/move.h"

#include <stdlib.h>
#include <string.h>

struct work {
    struct ch_move move;
    struct ch_manifest to;
};

static int next_record(void *context, size_t i, struct ch_buffer *record,
                       size_t *captions, struct ch_err *e)
{
    struct work *w = context;
    const void *value;
    size_t n;
    int rc = ch_move_captions(&w->move, i, &value, &n, e);

    if (rc)
        return rc;
    ch_buffer_put(record, value, n);
    *captions = w->move.record.caption_count;
    return 0;
}

static int move_split(struct work *w, enum ch_split s, const char *folder,
                      uint64_t files, struct ch_err *e)
{
    struct ch_manifest_split *to = &w->to.split[s];
    int rc = ch_move_list(&w->move, s, e);

    if (rc || w->move.count == 0)
        return rc;
    rc = ch_shard_write(to, s, folder, (size_t)files, w->move.count,
                        w->to.vocab_hash, next_record, w, e);
    return rc ? rc : ch_move_features(&w->move, folder, to, e);
}

static int move_all(struct work *w, const char *folder, uint64_t files,
                    struct ch_err *e)
{
    int rc = 0;

    /* All of the manifest but the list of files. */
    w->to = w->move.input[0].manifest;
    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        w->to.split[s].shard = NULL;
        w->to.split[s].shard_count = 0;
    }
    for (int s = 0; s < CH_SPLIT_COUNT && !rc; s++)
        rc = move_split(w, (enum ch_split)s, folder, files, e);
    if (!rc) rc = ch_move_file(&w->move, "vocabulary.txt", folder, e);
    if (!rc) rc = ch_move_file(&w->move, "skipped.jsonl", folder, e);
    ch_move_tell(&w->move, &w->to.features);
    return rc ? rc : ch_manifest_write(&w->to, folder, e);
}

static void tell(const struct work *w, struct ch_prepare_result *result)
{
    memset(result, 0, sizeof *result);
    for (int s = 0; s < CH_SPLIT_COUNT; s++) {
        result->split[s].images = w->to.split[s].images;
        result->split[s].captions = w->to.split[s].captions;
        result->split[s].words = w->to.split[s].words;
    }
    result->images_read = w->to.images_read;
    result->captions_read = w->to.captions_read;
    result->skipped = w->to.skipped;
    result->vocabulary = w->to.vocab_size;
}

int ch_reshard_run(const char *shards, uint64_t files, const char *out,
                   struct ch_prepare_result *result, struct ch_err *e)
{
    struct ch_beside folder;
    struct work *w = calloc(1, sizeof *w);
    int rc;

    if (!w)
        return ch_fail(e, CH_ENOMEM, "cannot hold a record");
    rc = ch_beside_open(&folder, out, e);
    if (!rc) rc = ch_move_open(&w->move, &shards, NULL, 1, e);
    if (!rc) {
        rc = ch_beside_make(&folder, e);
        if (!rc) rc = move_all(w, folder.beside, files, e);
        if (!rc) rc = ch_beside_finish(&folder, e);
        if (rc) {
            ch_beside_remove(&folder);
        } else {
            ch_encoder_link_shards(shards, folder.out);
            tell(w, result);
        }
    }
    ch_manifest_release(&w->to);
    ch_move_close(&w->move);
    free(w);
    return rc;
}
