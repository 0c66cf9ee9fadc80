/* significance.h - how sure a score is, and whether another is better
 *
 * Images are drawn again and again; corpus scores of what was drawn are made
 * of sufficient statistics (BLEU of summed counts, METEOR of summed numbers),
 * not of means of scores.  CIDEr's weights stay those of the whole set.
 *
 * Sources: Koehn, "Statistical significance tests for machine translation
 * evaluation", EMNLP 2004 (paired bootstrap); Riezler and Maxwell, "On some
 * pitfalls in automatic evaluation and significance testing for MT", ACL
 * workshop 2005 (approximate randomisation).
 *
 * Random numbers are a function of the seed and the number of the draw:
 * results are the same bits for any number of threads.
 */
#ifndef CHORUS_SIGNIFICANCE_H
#define CHORUS_SIGNIFICANCE_H

#include "chorus/score.h"

struct ch_significance_options {
    uint32_t draws;            /* 1 or more; papers use 1,000 to 10,000 */
    uint64_t seed;
    double level;              /* of the intervals: 0.95 */
    size_t threads;            /* 0: as many as there are cores */
};

/* Percentiles of what was drawn. */
struct ch_interval {
    double low, high;
};
int ch_significance_interval(const struct ch_scores *s,
                             const struct ch_significance_options *o,
                             struct ch_interval out[CH_METRIC_COUNT],
                             struct ch_err *e);

struct ch_comparison {
    double difference;         /* first - second, of the whole set */
    struct ch_interval interval;  /* of the difference */
    double wins;               /* share of draws in which the first is better */
    double p_bootstrap;        /* (1 + draws that do not confirm which is
                                  better) / (1 + draws): one-sided */
    double p_randomisation;    /* (1 + draws with a difference as large after
                                  swapping captions by coin) / (1 + draws):
                                  two-sided */
};
/* Both of the same images in the same order (CH_EUSAGE otherwise). */
int ch_significance_compare(const struct ch_scores *first,
                            const struct ch_scores *second,
                            const struct ch_significance_options *o,
                            struct ch_comparison out[CH_METRIC_COUNT],
                            struct ch_err *e);

#endif
