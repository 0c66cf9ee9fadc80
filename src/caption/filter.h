/* filter.h - which words may follow */
#ifndef CH_CAPTION_FILTER_H
#define CH_CAPTION_FILTER_H

#include "caption/constraint.h"
#include "chorus/decode.h"

struct ch_filter {
    int32_t unk;
    bool allow_unk;
    size_t min_words, max_words, no_repeat;
    uint8_t *is_ending;       /* [V] captions do not end in it; NULL: none */
    struct ch_constraints must;
};

/* max_words of the options is not 0 here. */
int ch_filter_open(struct ch_filter *f, const struct ch_decode_options *o,
                   const struct ch_vocab *vocab, struct ch_err *e);
void ch_filter_close(struct ch_filter *f);       /* zeroed is fine */
/* May this word follow?  A caption of max_words words is closed by <end>. */
bool ch_filter_allows(const struct ch_filter *f,
                      const struct ch_hypothesis *h, int32_t word);

#endif
