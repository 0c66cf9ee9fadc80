/* encode.h - photos in shards become CNN features in the same shards
 *
 * Ranks take pieces of the work as they need them.  What they make is put
 * aside, and a shard is written anew when all of its pieces are there; so a run
 * that was killed at any moment goes on, a finished shard is not touched again,
 * and the bytes do not depend on ranks, threads, pieces or stops.  Inside a
 * rank, threads decode while the network runs.
 *
 * Life:     open on all ranks -> (all have opened) run on all ranks -> (all
 *           have run) finish on rank 0 -> close
 * Threads:  one thread per handle.
 */
#ifndef CHORUS_ENCODE_H
#define CHORUS_ENCODE_H

#include "chorus/err.h"

#include <stdbool.h>

enum ch_encode_crops { CH_ENCODE_CROPS_1, CH_ENCODE_CROPS_5,
                       CH_ENCODE_CROPS_10 };
#define CH_ENCODE_CROPS "1|5|10"

struct ch_encode_options {
    const char *shards;       /* folder made by chorus shard */
    const char *encoder;      /* JSON file that describes the network */
    int dtype;                /* as stored: 0 f32, 1 f16, 2 bf16 */
    int precision;            /* how they are computed: 0 f32, 1 bf16 */
    bool grid;                /* store the last feature map too */
    bool flip;                /* mean over the photo and its mirror image */
    int crops;                /* views whose mean is taken; 1: as the
                                 encoder's file says; 10: 5, mirrored too */
    bool skip_bad;            /* unreadable photos are recorded and listed
                                 instead of ending the run */
    bool again;               /* drop features of another encoder or type */
    uint64_t max_pixels;      /* larger pictures are unreadable */
    uint64_t piece;           /* records a rank takes at a time; what a kill
                                 costs it at most */
    uint64_t threads;         /* of this rank; 0: all cores it may use */
    int rank, size;
};

struct ch_encode_result {
    uint64_t images;          /* records in the shards */
    uint64_t encoded;         /* by this rank in this run */
    uint64_t skipped;         /* found unreadable by this rank in this run */
    uint64_t feature_count, grid_rows, grid_columns;
    double seconds;
};

/* How ranks share the work: adds n to a counter that all of them see, and that
 * was 0 when they began; *before is what it was. */
struct ch_encode_share {
    int (*add)(void *context, size_t counter, int64_t n, int64_t *before,
               struct ch_err *e);
    void *context;
};

/* What finishing found in all shards. */
struct ch_encode_total {
    uint64_t encoded, skipped;
    double rms_error;         /* of stored values, over the values' rms */
    double largest_error;     /* of one value */
};

struct ch_encode;
void ch_encode_defaults(struct ch_encode_options *o);
/* Reads what there is to do.  Rank 0 locks the shards against other jobs. */
int ch_encode_open(struct ch_encode **out, const struct ch_encode_options *o,
                   struct ch_err *e);
void ch_encode_close(struct ch_encode *c);
/* How many counters run() needs. */
size_t ch_encode_counters(const struct ch_encode *c);
/* share: NULL when there is one rank. */
int ch_encode_run(struct ch_encode *c, const struct ch_encode_share *share,
                  struct ch_encode_result *result, struct ch_err *e);
/* On one rank, after all: list what was skipped in skipped.jsonl (once each),
 * sum up the features in the manifest, remove what was put aside. */
int ch_encode_finish(struct ch_encode *c, struct ch_encode_total *total,
                     struct ch_err *e);

#endif
