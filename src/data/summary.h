/* summary.h - what a shard says of its features
 *
 * JSON under the key CH_SHARD_FEATURES_KEY, as data/encode_shard.h has it; the
 * manifest holds the sum over all shards.
 */
#ifndef CH_DATA_SUMMARY_H
#define CH_DATA_SUMMARY_H

#include "data/shard.h"

struct ch_store;

struct ch_summary {
    char dtype[8];
    size_t columns, grid_rows, grid_columns;
    uint64_t encoded, skipped;
    double error2, value2;     /* squares of errors and of values */
    double largest;            /* error */
};

/* 1 and what the shard says; 0 when it says nothing. */
int ch_summary_read(struct ch_summary *s, struct ch_store *store,
                    const char *path, struct ch_err *e);
int ch_summary_put(const struct ch_summary *s, struct ch_store *store,
                   struct ch_err *e);
void ch_summary_add(struct ch_summary *all, const struct ch_summary *one);
void ch_summary_tell(const struct ch_summary *all,
                     struct ch_manifest_features *out);

#endif
