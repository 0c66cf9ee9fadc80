/* score_stats.h - what captions are like, whatever people wrote
 *
 * Captions that score well may still all be the same few sentences: how many
 * words are used, how often captions repeat, and how many stand in the training
 * set word by word.
 */
#ifndef CHORUS_SCORE_STATS_H
#define CHORUS_SCORE_STATS_H

#include "chorus/score.h"

struct ch_score_stats {
    size_t captions, words;          /* words in all */
    double mean_length;
    size_t shortest, longest;
    size_t vocabulary;               /* different words */
    double distinct_1, distinct_2;   /* different words (pairs) / all of them
                                        (Li et al., NAACL 2016) */
    size_t different;                /* different captions */
    size_t most_frequent;            /* how often the most frequent is said */
    const char *most_frequent_text;  /* borrowed from the items */
    bool has_training;
    size_t training;                 /* captions in the training set */
    size_t novel;                    /* captions that are not among them */
    size_t novel_words;              /* different words that are not */
};

/* The captions (not the references) of tokenised items.  training: tokenised
 * captions, or NULL. */
int ch_score_stats_read(struct ch_score_stats *out,
                        const struct ch_score_item *item, size_t count,
                        const char *const *training, size_t training_count,
                        struct ch_err *e);

#endif
