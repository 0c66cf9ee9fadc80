/* metric.h - the metrics: each fills its columns of the scores
 *
 * out->item has room for all images; the caller has checked that there is one
 * image or more, each with references.
 */
#ifndef CH_SCORE_METRIC_H
#define CH_SCORE_METRIC_H

#include "score/ngram.h"

int ch_bleu_score(const struct ch_ngram_set *s, struct ch_scores *out,
                  struct ch_err *e);
int ch_rouge_score(const struct ch_score_item *item, struct ch_scores *out,
                   struct ch_err *e);
int ch_cider_score(const struct ch_ngram_set *s, struct ch_scores *out,
                   struct ch_err *e);

/* The place of one image's score. */
static inline double *ch_metric_at(struct ch_scores *s, size_t image,
                                   enum ch_metric m)
{
    return s->item + image * CH_METRIC_COUNT + m;
}

/* The mean over the images of one metric, summed in pairs as NumPy does. */
double ch_metric_mean(const struct ch_scores *s, enum ch_metric m);

#endif
