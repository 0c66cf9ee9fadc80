/* encode.h - photos in shards become CNN features in the same shards
 *
 * Several ranks share the work by shards: rank r of P takes shards r, r + P,
 * ...  Inside a rank, threads decode while the network runs.  Features
 * already there are kept, so a run that was stopped goes on; the result does
 * not depend on ranks, threads or stops.
 */
#ifndef CHORUS_ENCODE_H
#define CHORUS_ENCODE_H

#include "chorus/err.h"

#include <stdbool.h>

struct ch_encode_options {
    const char *shards;       /* folder made by chorus shard */
    const char *encoder;      /* JSON file that describes the network */
    int dtype;                /* as stored: 0 f32, 1 f16, 2 bf16 */
    int precision;            /* how they are computed: 0 f32, 1 bf16 */
    bool grid;                /* store the last feature map too */
    bool skip_bad;            /* unreadable photos are recorded and listed
                                 instead of ending the run */
    bool again;               /* drop features of another encoder first */
    uint64_t max_pixels;      /* larger pictures are unreadable */
    uint64_t threads;         /* of this rank; 0: all cores it may use */
    int rank, size;
};

struct ch_encode_result {
    uint64_t images;          /* records in this rank's shards */
    uint64_t encoded;         /* by this run */
    uint64_t skipped;         /* without features, each listed in the shard */
    uint64_t feature_count, grid_rows;
    double seconds;
};

void ch_encode_defaults(struct ch_encode_options *o);

/* Not collective: touches only this rank's shards. */
int ch_encode_run(const struct ch_encode_options *o,
                  struct ch_encode_result *result, struct ch_err *e);

/* After all ranks are done, on one rank: append what encode skipped to
 * skipped.jsonl (once each), and count it. */
int ch_encode_list_skipped(const char *shards, uint64_t *count,
                           struct ch_err *e);

#endif
