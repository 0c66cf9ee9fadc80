/* encode_shard.h - one shard while its features are made
 *
 * Ranks put pieces (data/piece.h) into a folder beside the shards; the rank
 * that ends the last piece of a shard writes the shard anew, with its features,
 * beside the old one, and renames it.  So a shard is whole at every moment, and
 * its bytes are a function of captions and features alone: not of ranks,
 * threads, pieces or stops.
 *
 * Under the key CH_SHARD_FEATURES_KEY the shard then holds what is summed up in
 * the manifest: {"dtype":"f16","columns":..,"grid_rows":..,"grid_columns":..,
 * "encoded":..,"skipped":..,"error2":..,"value2":..,"largest":..}.
 */
#ifndef CH_DATA_ENCODE_SHARD_H
#define CH_DATA_ENCODE_SHARD_H

#include "data/piece.h"
#include "data/shard.h"
#include "data/store.h"

struct ch_encode_shard {
    const struct ch_manifest_split *split;
    const struct ch_manifest_shard *shard;
    char path[4096];               /* of the shard */
    const char *folder;            /* of pieces */
    const struct ch_buffer *encoder;       /* its JSON */
    uint64_t identity;             /* of the encoder (data/encoder.h) */
    enum ch_feature_dtype dtype;
    bool grid, again;
    size_t piece;                  /* records in a piece, but for the last */
};

/* 1: has all features that are wanted; 0: has not.  Features of another
 * encoder or type: CH_EUSAGE, or 0 when they may be replaced. */
int ch_encode_shard_look(const struct ch_encode_shard *s, struct ch_err *e);
size_t ch_encode_shard_pieces(const struct ch_encode_shard *s);
/* What piece i must be; store: the shard, open. */
int ch_encode_shard_id(const struct ch_encode_shard *s, struct ch_store *store,
                       size_t i, struct ch_piece_id *out, struct ch_err *e);
int ch_encode_shard_piece(const struct ch_encode_shard *s, size_t i, char *out,
                          size_t size, struct ch_err *e);
/* All pieces are there: into the shard with them. */
int ch_encode_shard_make(const struct ch_encode_shard *s, struct ch_err *e);

#endif
