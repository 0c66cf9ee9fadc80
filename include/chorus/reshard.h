/* reshard.h - shards become other shards, without encoding again
 *
 * Records are moved byte for byte, with what chorus encode stored for them.
 *
 * Files:  the new folder is whole or absent; the old ones are only read.
 */
#ifndef CHORUS_RESHARD_H
#define CHORUS_RESHARD_H

#include "chorus/prepare.h"

/* The same set in another number of files per split: byte for byte what
 * chorus shard makes with that number. */
int ch_reshard_run(const char *shards, uint64_t files, const char *out,
                   struct ch_prepare_result *result, struct ch_err *e);

struct ch_merge_options {
    const char *const *folder; /* of shards */
    const char *const *name;   /* of each: "coco" makes the key "coco/1.jpg" */
    size_t count;
    const char *out;
    uint64_t shards, max_words, min_count, max_length;   /* as prepare.h */
    bool skip_bad;             /* a photo that two sets have stays in the first
                                  and is listed, instead of ending the run */
};

/* Several sets in one: keys get the set's name in front, the vocabulary is
 * built anew from all training splits, and photos are named by their whole
 * path.  Features stay when all are of one encoder. */
int ch_merge_run(const struct ch_merge_options *o,
                 struct ch_prepare_result *result, struct ch_err *e);

#endif
