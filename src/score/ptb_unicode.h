/* ptb_unicode.h - the characters that the tokeniser's rules mean */
#ifndef CH_SCORE_PTB_UNICODE_H
#define CH_SCORE_PTB_UNICODE_H

#include <stddef.h>
#include <stdint.h>

/* UTF-16 units, both ends included. */
struct ch_ptb_range {
    uint16_t first, last;
};

struct ch_ptb_set {
    const char *name;                  /* as rules write it: [:letter:] */
    const struct ch_ptb_range *range;
    size_t count;
    unsigned step;                     /* 2: every second unit of a range */
};

/* Sets of one name are one.  Ends with a set that has no name. */
extern const struct ch_ptb_set ch_ptb_unicode[];

#endif
