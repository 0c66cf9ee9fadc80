/* meteor_match.h - all that may be matched in two captions
 *
 * Threads:  one struct per thread; it is used again for pair after pair.
 */
#ifndef CH_SCORE_METEOR_MATCH_H
#define CH_SCORE_METEOR_MATCH_H

#include "score/meteor.h"
#include "score/meteor_book.h"

/* `words` words of the reference from `ref` on, `hyp_words` of the caption
 * (hypothesis) from `hyp` on. */
struct ch_meteor_match {
    uint16_t ref, hyp;
    uint8_t ref_words, hyp_words;
    uint8_t module;                /* enum ch_meteor_module */
};

struct ch_meteor_matches {
    /* Those that begin at word j of the reference: match[start[j]] up to
     * match[start[j + 1]], in the order in which METEOR finds them. */
    struct ch_meteor_match *match;
    size_t count;
    uint32_t *start;               /* [words of the reference + 1] */
    /* How many matches cover a word. */
    uint32_t *ref_cover, *hyp_cover;

    struct ch_meteor_match *found; /* scratch from here on */
    size_t match_room, found_room, start_room, ref_room, hyp_room;
    uint32_t *slot;                /* phrases of one caption, by node */
    size_t slots;
};

/* Zero the struct before the first call. */
int ch_meteor_match_find(struct ch_meteor_matches *m,
                         const struct ch_meteor_book *b,
                         const struct ch_meteor_sentence *hyp,
                         const struct ch_meteor_sentence *ref,
                         struct ch_err *e);
void ch_meteor_match_release(struct ch_meteor_matches *m);

/* Room for `need` elements of `size` bytes in a block that is kept from pair
 * to pair; what was in it may be lost or not. */
int ch_meteor_room(void **block, size_t *room, size_t need, size_t size,
                   struct ch_err *e);

#endif
