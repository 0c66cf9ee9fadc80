/* stage.h - shards of a host's ranks on a disk of its own */
#ifndef CH_TRAIN_STAGE_H
#define CH_TRAIN_STAGE_H

#include "chorus/train.h"

/* Records of the manifest that a rank's lanes may be in: [*first, *end).  Of
 * `images` as many as `skipped` have no features, nobody knows which; they are
 * not in any lane and shift those after them. */
void ch_stage_range(uint64_t images, uint64_t skipped, size_t lanes, int rank,
                    int size, uint64_t *first, uint64_t *end);

/* A copy of a file, read back and held against the checksum of what was read.
 * Beside it, under ".xxh3", is noted what it is a copy of: one that is there
 * and whole is left.  *bytes grows by what was copied. */
int ch_stage_copy(const char *from, const char *to, uint64_t *bytes,
                  struct ch_err *e);

/* Bytes that ch_stage_copy() may need room for. */
uint64_t ch_stage_missing(const char *from, const char *to);
/* A link to the file in place of whatever is at `to`, at once. */
int ch_stage_link(const char *from, const char *to, struct ch_err *e);

#endif
