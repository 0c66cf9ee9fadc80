/* rank.h - photos whose captions have words, the best first
 *
 * The score is that of FTS5's bm25() (Robertson and Zaragoza, "The
 * Probabilistic Relevance Framework: BM25 and Beyond", 2009, k1 1.2, b 0.75;
 * phrases that more than half of the photos have weigh next to nothing, not
 * less than that), in a third of its time where words are common.
 */
#ifndef CH_USE_RANK_H
#define CH_USE_RANK_H

#include "use/index.h"

struct ch_rank {
    int64_t id;
    double score;             /* the larger, the better */
};

/* query: phrases for FTS5, all with OR between them, or all with AND.  At most
 * `limit` photos, those of one score by id.  *out is freed with free().  To be
 * called between BEGIN and the end, so that what is read goes together. */
int ch_rank_words(struct ch_index *x, const char *query, bool any,
                  size_t limit, struct ch_rank **out, size_t *count,
                  struct ch_err *e);

#endif
