/* inspect.h - what a folder of shards holds, record by record
 *
 * Read-only, as verify.h.  Pointers of a record are borrowed until the next.
 */
#ifndef CHORUS_INSPECT_H
#define CHORUS_INSPECT_H

#include "chorus/err.h"

#include <stdbool.h>

struct ch_inspect_feature {
    const char *dtype;         /* "f32", "f16", "bf16"; NULL: none */
    uint64_t rows, columns;
};

struct ch_inspect_record {
    const char *split;         /* "train", "val", "test" */
    const char *shard;         /* file in the folder */
    uint64_t index;            /* in the shard */
    const char *key, *photo;   /* photo: its path */
    int64_t image_id;          /* -1: none */
    bool is_region;
    uint32_t box[4];           /* x, y, width, height of a region */
    uint64_t caption_count;
    const char *const *raw;    /* captions as written */
    const char *const *words;  /* as the ids spell them */
    struct ch_inspect_feature pooled, grid;
    const char *skipped;       /* why it has no features, or NULL */
    const float *value;        /* [rows][columns] of pooled, when asked for */
};

struct ch_inspect_options {
    const char *shards;
    const char *split;         /* NULL: all */
    const char *key;           /* NULL: all */
    uint64_t first, limit;     /* limit 0: all */
    bool values;               /* read the pooled features, too */
};

/* show() returns 0 to go on. */
typedef int (*ch_inspect_fn)(void *context, const struct ch_inspect_record *r,
                             struct ch_err *e);
/* CH_EUSAGE when there is no such split or key. */
int ch_inspect_run(const struct ch_inspect_options *o, ch_inspect_fn show,
                   void *context, struct ch_err *e);
/* The record as one JSON object, freed with free(); NULL: memory is out. */
char *ch_inspect_json(const struct ch_inspect_record *r);

#endif
