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

struct counts {
    uint64_t guess[CH_NGRAM_ORDERS], correct[CH_NGRAM_ORDERS];
    uint64_t words, reference_words;
};

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

/* most[id]: highest count in a single reference; all zero before and after. */
static void count_image(const struct ch_ngram_image *image, uint32_t *most,
                        struct counts *c)
{
    const struct ch_ngrams *h = &image->caption;

    for (size_t r = 0; r < image->reference_count; r++) {
        const struct ch_ngrams *g = &image->reference[r];

        for (size_t i = 0; i < g->start[CH_NGRAM_ORDERS]; i++)
            if (most[g->gram[i].id] < g->gram[i].count)
                most[g->gram[i].id] = g->gram[i].count;
    }
    for (size_t k = 0; k < CH_NGRAM_ORDERS; k++) {
        c->guess[k] = h->word_count > k ? h->word_count - k : 0;
        c->correct[k] = 0;
        for (size_t i = h->start[k]; i < h->start[k + 1]; i++) {
            uint32_t limit = most[h->gram[i].id], n = h->gram[i].count;

            c->correct[k] += n < limit ? n : limit;
        }
    }
    for (size_t r = 0; r < image->reference_count; r++) {
        const struct ch_ngrams *g = &image->reference[r];

        for (size_t i = 0; i < g->start[CH_NGRAM_ORDERS]; i++)
            most[g->gram[i].id] = 0;
    }
    c->words = h->word_count;
    c->reference_words = nearest_length(image);
}

static void score_counts(const struct counts *c, double *score)
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

int ch_bleu_score(const struct ch_ngram_set *s, struct ch_scores *out,
                  struct ch_err *e)
{
    struct counts all = { 0 };
    uint32_t *most = calloc(s->id_count + 1, sizeof *most);

    if (!most)
        return ch_fail(e, CH_ENOMEM, "no memory for the counts of BLEU");
    for (size_t i = 0; i < s->image_count; i++) {
        struct counts c;

        count_image(&s->image[i], most, &c);
        score_counts(&c, ch_metric_at(out, i, CH_METRIC_bleu_1));
        for (size_t k = 0; k < CH_NGRAM_ORDERS; k++) {
            all.guess[k] += c.guess[k];
            all.correct[k] += c.correct[k];
        }
        all.words += c.words;
        all.reference_words += c.reference_words;
    }
    score_counts(&all, &out->corpus[CH_METRIC_bleu_1]);
    free(most);
    return 0;
}
