/* meteor.h - METEOR 1.5 (Denkowski and Lavie, 2014), as coco-caption runs it
 *
 * Language English, task "rank", normalised (-norm), modules exact, stem,
 * synonym and paraphrase.  Captions are given as the tokeniser left them, words
 * between spaces.  A pair of captions becomes 23 numbers; numbers of many pairs
 * are summed, and a score is a function of such numbers alone, so that parts of
 * a job can be scored again without aligning again.
 *
 * Life:     ch_meteor_data_open (meteor_data.h) -> ch_meteor_score... -> close
 * Threads:  many may read one ch_meteor_data; the numbers are the same for any
 *           count of threads.
 */
#ifndef CH_SCORE_METEOR_H
#define CH_SCORE_METEOR_H

#include "chorus/score.h"
#include "score/meteor_data.h"

/* More words than any caption has: aligning takes time with the square of it.
 * More are CH_EUSAGE. */
#define CH_METEOR_MAX_WORDS 2000

/* The modules, in the order in which they match. */
enum ch_meteor_module {
    CH_METEOR_EXACT, CH_METEOR_STEM, CH_METEOR_SYNONYM, CH_METEOR_PARAPHRASE,
    CH_METEOR_MODULES
};

/* Places in ch_meteor_stats.n, in METEOR's own order.  Each module has four
 * counts of matched words from CH_METEOR_MATCHED + 4 * module on: content words
 * of the caption, of the reference; function words of both. */
enum {
    CH_METEOR_WORDS, CH_METEOR_REF_WORDS,
    CH_METEOR_FUNCTION, CH_METEOR_REF_FUNCTION,
    CH_METEOR_MATCHED,
    CH_METEOR_CHUNKS = CH_METEOR_MATCHED + 4 * CH_METEOR_MODULES,
    CH_METEOR_MATCHED_WORDS, CH_METEOR_REF_MATCHED_WORDS,
    CH_METEOR_NUMBERS
};

struct ch_meteor_stats {
    uint64_t n[CH_METEOR_NUMBERS];
};

/* The score of one pair's numbers, or of a sum of them: 0 to 1. */
double ch_meteor_stats_score(const struct ch_meteor_stats *s);
/* Add one image to a sum.  The chunk of a caption equal to its reference does
 * not count in sums. */
void ch_meteor_stats_add(struct ch_meteor_stats *sum,
                         const struct ch_meteor_stats *s);

/* An image: the numbers and score of the reference that scores best (of
 * equals the first). */
struct ch_meteor_image {
    struct ch_meteor_stats stats;
    double score;
    size_t reference;
};

/* out[count] is the caller's; the corpus score is that of the sum.  `threads`
 * of 1 or more share the images.  As in coco-caption, "|||" is deleted from a
 * caption and cuts a reference in two.  CH_EUSAGE names an image without
 * references or with too many words. */
int ch_meteor_score(const struct ch_meteor_data *d,
                    const struct ch_score_item *item, size_t count,
                    size_t threads, struct ch_meteor_image *out,
                    struct ch_err *e);

#endif
