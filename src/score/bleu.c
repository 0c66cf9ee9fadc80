/* bleu.c - BLEU-1 to BLEU-4 (Papineni et al., ACL 2002)
 *
 * For each order k: guess = n-grams of the caption, correct = those of them
 * that a reference has, each at most as often as in the reference that has it
 * most often.  The precisions are multiplied up to k, the k-th root taken, and
 * short captions pay exp(1 - 1/ratio), where ratio compares with the nearest
 * reference length.  The corpus score has the same formula over summed counts.
 */
#include "score/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The constants of coco-caption, which keep it from dividing by zero: without
 * them scores agree to nine digits only. */
static const double TINY = 1e-15, SMALL = 1e-9;

/* Of equally near lengths the shorter. */
static size_t nearest_length(const struct ch_ngram_image *image)
{
    size_t words = image->caption.word_count, best = 0, best_gap = SIZE_MAX;

    for (size_t r = 0; r < image->reference_count; r++) {
        size_t n = image->reference[r].word_count;
        size_t gap = n > words ? n - words : words - n;

        if (gap < best_gap || (gap == best_gap && n < best)) {
            best = n;
            best_gap = gap;
        }
    }
    return best;
}

/* most[i]: how often a single reference has the caption's i-th n-gram. */
static void count_image(const struct ch_ngram_image *image,
                        const struct ch_ngram_index *index, uint32_t *most,
                        struct ch_bleu_counts *c)
{
    const struct ch_ngrams *h = &image->caption;

    memset(most, 0, h->start[CH_NGRAM_ORDERS] * sizeof *most);
    for (size_t r = 0; r < image->reference_count; r++) {
        const struct ch_ngrams *g = &image->reference[r];

        for (size_t i = 0; i < g->start[CH_NGRAM_ORDERS]; i++) {
            uint32_t at = ch_ngram_index_find(index, g->gram[i].id);

            if (at != UINT32_MAX && most[at] < g->gram[i].count)
                most[at] = g->gram[i].count;
        }
    }
    for (size_t k = 0; k < CH_NGRAM_ORDERS; k++) {
        c->guess[k] = h->word_count > k ? h->word_count - k : 0;
        c->correct[k] = 0;
        for (size_t i = h->start[k]; i < h->start[k + 1]; i++) {
            uint32_t n = h->gram[i].count;

            c->correct[k] += n < most[i] ? n : most[i];
        }
    }
    c->words = h->word_count;
    c->reference_words = nearest_length(image);
}

void ch_bleu_of(const struct ch_bleu_counts *c, double score[CH_NGRAM_ORDERS])
{
    double product = 1;
    double ratio = ((double)c->words + TINY) /
                   ((double)c->reference_words + SMALL);

    for (size_t k = 0; k < CH_NGRAM_ORDERS; k++) {
        product *= ((double)c->correct[k] + TINY) /
                   ((double)c->guess[k] + SMALL);
        score[k] = pow(product, 1.0 / (double)(k + 1));
        if (ratio < 1)
            score[k] *= exp(1 - 1 / ratio);
    }
}

void ch_bleu_add(struct ch_bleu_counts *sum, const struct ch_bleu_counts *c)
{
    for (size_t k = 0; k < CH_NGRAM_ORDERS; k++) {
        sum->guess[k] += c->guess[k];
        sum->correct[k] += c->correct[k];
    }
    sum->words += c->words;
    sum->reference_words += c->reference_words;
}

int ch_bleu_score(const struct ch_ngram_set *s, size_t first, size_t end,
                  struct ch_scores *out, struct ch_err *e)
{
    struct ch_ngram_index index;
    uint32_t *most = malloc((s->most_grams + 1) * sizeof *most);
    int rc = ch_ngram_index_init(&index, s->most_grams, e);

    if (!rc && !most)
        rc = ch_fail(e, CH_ENOMEM, "no memory for the counts of BLEU");
    for (size_t i = first; i < end && !rc; i++) {
        ch_ngram_index_set(&index, &s->image[i].caption);
        count_image(&s->image[i], &index, most, &out->bleu[i]);
        ch_bleu_of(&out->bleu[i], ch_metric_at(out, i, CH_METRIC_bleu_1));
    }
    ch_ngram_index_release(&index);
    free(most);
    return rc;
}
