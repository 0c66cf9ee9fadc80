/* encode_record.h - a photo's features become records of a shard */
#ifndef CH_DATA_ENCODE_RECORD_H
#define CH_DATA_ENCODE_RECORD_H

#include "data/feature.h"
#include "data/piece.h"

struct ch_encode_record {
    enum ch_feature_dtype dtype;
    bool skip_bad;
    size_t F, G, columns;              /* of features and grid */
    struct ch_buffer pooled, grid;     /* what was filled last */
};

/* Records to be stored, borrowed until the next call, and what storing them
 * costs.  A bad photo becomes the reason why it is skipped, or an error;
 * features that the type cannot hold are CH_EUSAGE. */
int ch_encode_record_fill(struct ch_encode_record *r,
                          const struct ch_feature_result *f,
                          struct ch_piece_record *out, struct ch_err *e);
void ch_encode_record_release(struct ch_encode_record *r);

#endif
