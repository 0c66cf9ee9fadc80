/* rouge.c - ROUGE-L (Lin, 2004)
 *
 * l = longest common subsequence of caption and reference; P = l / words of the
 * caption, R = l / words of the reference; the greatest P and the greatest R
 * over the references, each by itself; F with beta 1.2.  Words are split at
 * single spaces (U+0020): two spaces enclose an empty word, and an empty
 * caption is one empty word.
 */
#include "score/metric.h"

#include <stdlib.h>
#include <string.h>

/* row: b_count + 1 lengths.  row[j] after i words of a: the longest common
 * subsequence of a[0..i) and b[0..j). */
static uint32_t common_length(const uint32_t *a, size_t a_count,
                              const uint32_t *b, size_t b_count,
                              uint32_t *row)
{
    memset(row, 0, (b_count + 1) * sizeof *row);
    for (size_t i = 0; i < a_count; i++) {
        uint32_t corner = 0;           /* row[j - 1] as it was before i */
        uint32_t left = 0;             /* row[j - 1] as it is now */

        for (size_t j = 1; j <= b_count; j++) {
            uint32_t above = row[j];
            uint32_t most = left > above ? left : above;

            left = a[i] == b[j - 1] ? corner + 1 : most;
            row[j] = left;
            corner = above;
        }
    }
    return row[b_count];
}

static double f_score(double P, double R)
{
    const double beta2 = 1.2 * 1.2;

    if (P == 0 || R == 0)
        return 0;
    return ((1 + beta2) * P * R) / (R + beta2 * P);
}

static double score_image(const struct ch_ngram_image *image, uint32_t *row)
{
    const struct ch_ngrams *h = &image->caption;
    double P = 0, R = 0;

    for (size_t i = 0; i < image->reference_count; i++) {
        const struct ch_ngrams *g = &image->reference[i];
        double length = common_length(h->piece, h->piece_count, g->piece,
                                      g->piece_count, row);
        double p = length / (double)h->piece_count;
        double r = length / (double)g->piece_count;

        if (p > P)
            P = p;
        if (r > R)
            R = r;
    }
    return f_score(P, R);
}

int ch_rouge_score(const struct ch_ngram_set *s, size_t first, size_t end,
                   struct ch_scores *out, struct ch_err *e)
{
    uint32_t *row = malloc((s->most_pieces + 1) * sizeof *row);

    if (!row)
        return ch_fail(e, CH_ENOMEM, "no memory for the words of ROUGE-L");
    for (size_t i = first; i < end; i++)
        *ch_metric_at(out, i, CH_METRIC_rouge_l) =
            score_image(&s->image[i], row);
    free(row);
    return 0;
}
