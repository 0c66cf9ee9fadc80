/* piece.h - features of some records of one shard, on their way into it
 *
 * A piece is made by one rank and read by the one that finishes the shard.
 * The file is whole or absent, and ends in the hash of its bytes; a piece that
 * is not the expected one, or damaged, counts as absent.  Little endian:
 *     "CHPIECE1", u64 identity, u32 first, u32 count, then for each record
 *     three times u32 bytes and a record as the shard will hold it: features,
 *     grid, why there are none (0 bytes: no such); f64 squared error, squared
 *     value and largest error of what is stored against what was computed
 */
#ifndef CH_DATA_PIECE_H
#define CH_DATA_PIECE_H

#include "base/file.h"
#include "base/hash.h"

struct ch_piece_id {
    uint64_t identity;         /* of encoder, type, photos: all that matters */
    uint32_t first, count;     /* records of the shard */
};

enum ch_piece_kind { CH_PIECE_POOLED, CH_PIECE_GRID, CH_PIECE_WHY };
/* Letters of their keys in a shard, in this order. */
#define CH_PIECE_KEYS "fgx"

struct ch_piece_error {
    double error2, value2, largest;
};

struct ch_piece_record {
    struct {
        const void *at;        /* borrowed */
        size_t n;
    } value[3];
    struct ch_piece_error error;
};

struct ch_piece_writer {
    struct ch_writer file;
    struct ch_hasher *hasher;
};
int ch_piece_begin(struct ch_piece_writer *w, const char *path,
                   const struct ch_piece_id *id, struct ch_err *e);
int ch_piece_add(struct ch_piece_writer *w, const struct ch_piece_record *r,
                 struct ch_err *e);
int ch_piece_finish(struct ch_piece_writer *w, struct ch_err *e);
/* Forget it; fine after finish, or when zeroed. */
void ch_piece_drop(struct ch_piece_writer *w);

struct ch_piece {
    struct ch_map map;
    struct ch_bytes rest;
    uint32_t left;             /* records */
};
/* 1, or 0 when it is not there; negative. */
int ch_piece_open(struct ch_piece *p, const char *path,
                  const struct ch_piece_id *id, struct ch_err *e);
/* 1 and the next record, borrowed until close; 0 at the end. */
int ch_piece_next(struct ch_piece *p, struct ch_piece_record *out);
void ch_piece_close(struct ch_piece *p);

#endif
