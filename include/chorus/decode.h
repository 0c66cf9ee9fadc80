/* decode.h - how words become a caption
 *
 * Greedy takes the likeliest word at each step; beam search keeps the K
 * likeliest beginnings; sampling draws.  <pad> and <start> are never said.
 * Equally likely: the better beginning, then the lower id.  A caption does not
 * depend on the photos, batches or ranks beside it.
 */
#ifndef CHORUS_DECODE_H
#define CHORUS_DECODE_H

#include <stdbool.h>
#include <stdint.h>

/* What captions of a photo are ranked by, <end> counted as a word:
 * none     ln p
 * power    ln p / words^X
 * average  ln p / words
 * wu       ln p / ((5 + words) / 6)^X, Wu et al., "Google's neural machine
 *          translation system", 2016 */
enum ch_decode_length { CH_LENGTH_NONE, CH_LENGTH_POWER, CH_LENGTH_AVERAGE,
                        CH_LENGTH_WU };
#define CH_DECODE_LENGTHS "none|power|average|wu"

/* Words that captions do not end in. */
#define CH_DECODE_ENDINGS "a,an,the,of,with,and,or,but,at,by,for,from,into," \
                          "near,onto,to,is,are"

struct ch_decode_options {
    uint64_t beam;            /* K; 1: greedy */
    uint64_t n_best;          /* captions told of each photo, at most K; of
                                 sampling: how many are drawn */
    int length;               /* enum ch_decode_length */
    double length_power;      /* X */
    uint64_t min_words;
    uint64_t max_words;       /* 0: the model's */
    uint64_t no_repeat;       /* no n words in a row are said twice; 0: any */
    bool allow_unk;           /* otherwise <unk> is never said */
    const char *endings;      /* joined by commas; "none"; those that are not in
                                 the vocabulary do not matter */
    const char *must;         /* words or phrases that are said, joined by
                                 commas; "dog|dogs": one of them; or NULL */
    /* Diverse beam search (Vijayakumar et al., AAAI 2018): K / groups
     * beginnings each; a word costs `diversity` for each time that earlier
     * groups have chosen it at the same step. */
    uint64_t groups;
    double diversity;
    /* Words are drawn in proportion to p^(1 / temperature) from the top_k
     * likeliest, and of those from the fewest that have top_p together. */
    bool sample;
    double temperature;
    uint64_t top_k;           /* 0: all */
    double top_p;             /* 1: all */
    uint64_t seed;            /* draws: of seed, name of the photo, number of
                                 the caption, step */
    bool words, attention;    /* tell ln p of each word; where it looks */
};

#endif
