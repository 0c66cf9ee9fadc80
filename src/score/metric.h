/* metric.h - the metrics: each fills its columns of the scores
 *
 * Each scores the images from `first` up to `end`, so that threads can share
 * the work; out->item and out->bleu have room for all.  The caller has checked
 * that there is one image or more, each with references.
 */
#ifndef CH_SCORE_METRIC_H
#define CH_SCORE_METRIC_H

#include "score/meteor.h"
#include "score/ngram.h"

int ch_bleu_score(const struct ch_ngram_set *s, size_t first, size_t end,
                  struct ch_scores *out, struct ch_err *e);
/* BLEU-1 to 4 of counts, of one image or summed. */
void ch_bleu_of(const struct ch_bleu_counts *c, double score[CH_NGRAM_ORDERS]);
void ch_bleu_add(struct ch_bleu_counts *sum, const struct ch_bleu_counts *c);

int ch_rouge_score(const struct ch_ngram_set *s, size_t first, size_t end,
                   struct ch_scores *out, struct ch_err *e);

/* What the n-grams of a job weigh: images that have one, of how many. */
struct ch_cider_weights {
    const uint32_t *images;    /* by id; borrowed from the set */
    uint64_t image_count;
    uint32_t copies;
    double *log_of;            /* ln of images * copies, where it is small */
    size_t log_room;
};
int ch_cider_weights_init(struct ch_cider_weights *w,
                          const struct ch_ngram_set *s, uint64_t image_count,
                          uint32_t copies, struct ch_err *e);
void ch_cider_weights_release(struct ch_cider_weights *w);
int ch_cider_score(const struct ch_ngram_set *s,
                   const struct ch_cider_weights *w, size_t first, size_t end,
                   struct ch_scores *out, struct ch_err *e);

/* What the corpus scores of any images are made of: BLEU of summed counts,
 * METEOR of summed numbers, the others of sums of scores. */
struct ch_score_sum {
    double score[CH_METRIC_COUNT];
    struct ch_bleu_counts bleu;
    struct ch_meteor_stats meteor;
    size_t count;
};
void ch_score_sum_add(struct ch_score_sum *sum, const struct ch_scores *s,
                      size_t image);
void ch_score_sum_corpus(const struct ch_score_sum *sum,
                         double corpus[CH_METRIC_COUNT]);

/* The place of one image's score. */
static inline double *ch_metric_at(struct ch_scores *s, size_t image,
                                   enum ch_metric m)
{
    return s->item + image * CH_METRIC_COUNT + m;
}

#endif
