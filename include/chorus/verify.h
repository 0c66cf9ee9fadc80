/* verify.h - every record of a folder of shards, checked
 *
 * Pages, checksums, counts, words and features are held against the manifest
 * and the vocabulary.  Nothing is written, not even a lock file, so read-only
 * and network file systems will do; memory does not depend on the number of
 * records.
 */
#ifndef CHORUS_VERIFY_H
#define CHORUS_VERIFY_H

#include "chorus/err.h"

/* where: "train-00000-of-00002.lmdb record 17", or a file; what: one
 * sentence. */
typedef void (*ch_verify_bad_fn)(void *context, const char *where,
                                 const char *what);

struct ch_verify_result {
    uint64_t shards, records, captions;
    uint64_t pooled, grids;        /* records that have these features */
    uint64_t skipped;              /* without, with the reason told */
    uint64_t pending;              /* without: not encoded yet */
    uint64_t bytes;                /* of all records */
    uint64_t bad;                  /* times bad() was called */
};

/* 0 also when something is bad: see result->bad.  Negative when there is no
 * manifest that could be held against anything, or memory is out. */
int ch_verify_run(const char *shards, ch_verify_bad_fn bad, void *context,
                  struct ch_verify_result *result, struct ch_err *e);

#endif
