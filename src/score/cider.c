/* cider.c - CIDEr-D (Vedantam et al., CVPR 2015)
 *
 * An n-gram weighs count * (ln N - ln max(1, images whose references have it)),
 * with N images in this evaluation.  For each n from 1 to 4 and each reference:
 * the cosine of the two vectors of weights, a caption's weight clipped to the
 * reference's, times exp(-(difference of lengths)^2 / (2 * 6^2)); then the mean
 * over n, over references, times 10.  As in coco-caption, a length is the
 * number of bigrams.
 */
#include "score/metric.h"

#include <math.h>
#include <stdlib.h>

static const double SIGMA = 6;

/* Indexed by the n-gram's id. */
struct weights {
    uint32_t *images;          /* whose references have it */
    size_t *seen;              /* 1 + the image that was counted last */
    double *value;             /* its weight in the reference at hand, or 0 */
    double log_count;          /* ln N */
};

static void count_images(const struct ch_ngram_set *s, struct weights *w)
{
    for (size_t i = 0; i < s->image_count; i++)
        for (size_t r = 0; r < s->image[i].reference_count; r++) {
            const struct ch_ngrams *g = &s->image[i].reference[r];

            for (size_t j = 0; j < g->start[CH_NGRAM_ORDERS]; j++) {
                uint32_t id = g->gram[j].id;

                if (w->seen[id] == i + 1)
                    continue;
                w->seen[id] = i + 1;
                w->images[id]++;
            }
        }
}

static double weight_of(const struct weights *w, struct ch_gram g)
{
    uint32_t images = w->images[g.id] > 1 ? w->images[g.id] : 1;

    return (double)g.count * (w->log_count - log((double)images));
}

/* The lengths of a caption's vectors of weights, for each n. */
static void measure(const struct weights *w, const struct ch_ngrams *g,
                    double norm[CH_NGRAM_ORDERS])
{
    for (size_t n = 0; n < CH_NGRAM_ORDERS; n++) {
        double sum = 0;

        for (size_t i = g->start[n]; i < g->start[n + 1]; i++) {
            double x = weight_of(w, g->gram[i]);

            sum += x * x;
        }
        norm[n] = sqrt(sum);
    }
}

static double bigram_count(const struct ch_ngrams *g)
{
    return g->word_count > 1 ? (double)(g->word_count - 1) : 0;
}

static void set_values(struct weights *w, const struct ch_ngrams *g, int is_on)
{
    for (size_t i = 0; i < g->start[CH_NGRAM_ORDERS]; i++)
        w->value[g->gram[i].id] = is_on ? weight_of(w, g->gram[i]) : 0;
}

/* sum[n] += how near the caption is to one reference, whose weights are set. */
static void compare(const struct weights *w, const struct ch_ngrams *h,
                    const double h_norm[CH_NGRAM_ORDERS],
                    const struct ch_ngrams *r, double sum[CH_NGRAM_ORDERS])
{
    double r_norm[CH_NGRAM_ORDERS];
    double gap = bigram_count(h) - bigram_count(r);
    double penalty = pow(M_E, -(gap * gap) / (2 * SIGMA * SIGMA));

    measure(w, r, r_norm);
    for (size_t n = 0; n < CH_NGRAM_ORDERS; n++) {
        double value = 0;

        for (size_t i = h->start[n]; i < h->start[n + 1]; i++) {
            double x = weight_of(w, h->gram[i]);
            double y = w->value[h->gram[i].id];

            value += (x < y ? x : y) * y;
        }
        if (h_norm[n] != 0 && r_norm[n] != 0)
            value /= h_norm[n] * r_norm[n];
        sum[n] += value * penalty;
    }
}

static double score_image(struct weights *w,
                          const struct ch_ngram_image *image)
{
    double norm[CH_NGRAM_ORDERS], sum[CH_NGRAM_ORDERS] = { 0 }, mean = 0;

    measure(w, &image->caption, norm);
    for (size_t r = 0; r < image->reference_count; r++) {
        set_values(w, &image->reference[r], 1);
        compare(w, &image->caption, norm, &image->reference[r], sum);
        set_values(w, &image->reference[r], 0);
    }
    for (size_t n = 0; n < CH_NGRAM_ORDERS; n++)
        mean += sum[n];
    mean /= CH_NGRAM_ORDERS;
    return mean / (double)image->reference_count * 10;
}

int ch_cider_score(const struct ch_ngram_set *s, struct ch_scores *out,
                   struct ch_err *e)
{
    struct weights w = {
        .images = calloc(s->id_count + 1, sizeof *w.images),
        .seen = calloc(s->id_count + 1, sizeof *w.seen),
        .value = calloc(s->id_count + 1, sizeof *w.value),
        .log_count = log((double)s->image_count),
    };
    int rc = 0;

    if (!w.images || !w.seen || !w.value) {
        rc = ch_fail(e, CH_ENOMEM, "no memory for the weights of CIDEr-D");
        goto out;
    }
    count_images(s, &w);
    for (size_t i = 0; i < s->image_count; i++)
        *ch_metric_at(out, i, CH_METRIC_cider_d) =
            score_image(&w, &s->image[i]);
    out->corpus[CH_METRIC_cider_d] = ch_metric_mean(out, CH_METRIC_cider_d);
out:
    free(w.images);
    free(w.seen);
    free(w.value);
    return rc;
}
