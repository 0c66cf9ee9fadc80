/* encode_end.h - after all ranks: what the shards hold now, for people */
#ifndef CH_DATA_ENCODE_END_H
#define CH_DATA_ENCODE_END_H

#include "chorus/encode.h"
#include "data/shard.h"

/* Skipped photos into skipped.jsonl, the sum of all shards into the manifest,
 * which is changed. */
int ch_encode_end(struct ch_manifest *m, struct ch_encode_total *total,
                  struct ch_err *e);

#endif
