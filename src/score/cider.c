/* cider.c - CIDEr-D and plain CIDEr (Vedantam et al., CVPR 2015)
 *
 * An n-gram weighs count * (ln N - ln max(1, images whose references have it)),
 * with N images in this evaluation, or in the file of document frequencies.
 * For each n from 1 to 4 and each reference: the cosine of the two vectors of
 * weights; then the mean over n, over references, times 10.  CIDEr-D clips a
 * caption's weight to the reference's and multiplies by
 * exp(-(difference of lengths)^2 / (2 * 6^2)), where a length is, as in
 * coco-caption, the number of bigrams.
 */
#include "score/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double SIGMA = 6;

/* Logarithms are looked up for n-grams of fewer images than this: all but the
 * commonest words of large sets. */
#define LOG_ROOM 65536

/* Of one thread.  By place in the caption's list of n-grams: */
struct work {
    struct ch_ngram_index index;
    double *caption, *reference;   /* weights */
    double norm[CH_NGRAM_ORDERS];
};

struct sums {
    double d[CH_NGRAM_ORDERS], plain[CH_NGRAM_ORDERS];
};

int ch_cider_weights_init(struct ch_cider_weights *w,
                          const struct ch_ngram_set *s, uint64_t image_count,
                          uint32_t copies, struct ch_err *e)
{
    *w = (struct ch_cider_weights) {
        .images = s->images,
        .image_count = image_count * copies,
        .copies = copies,
        .log_room = image_count < LOG_ROOM ? (size_t)image_count + 1
                                           : LOG_ROOM,
    };
    w->log_of = malloc(w->log_room * sizeof *w->log_of);
    if (!w->log_of)
        return ch_fail(e, CH_ENOMEM, "no memory for the weights of CIDEr");
    for (size_t i = 0; i < w->log_room; i++)
        w->log_of[i] = log((double)w->image_count) -
                       log(i ? (double)i * copies : 1);
    return 0;
}

void ch_cider_weights_release(struct ch_cider_weights *w)
{
    free(w->log_of);
    *w = (struct ch_cider_weights) { 0 };
}

static inline double weight_of(const struct ch_cider_weights *w,
                               struct ch_gram g)
{
    uint32_t images = w->images[g.id];

    if (images < w->log_room)
        return (double)g.count * w->log_of[images];
    return (double)g.count * (log((double)w->image_count) -
                              log((double)images * w->copies));
}

/* The weights of the caption, and the lengths of its vectors. */
static void weigh_caption(const struct ch_cider_weights *w, struct work *k,
                          const struct ch_ngrams *h)
{
    for (size_t n = 0; n < CH_NGRAM_ORDERS; n++) {
        double sum = 0;

        for (size_t i = h->start[n]; i < h->start[n + 1]; i++) {
            double x = weight_of(w, h->gram[i]);

            k->caption[i] = x;
            sum += x * x;
        }
        k->norm[n] = sqrt(sum);
    }
}

/* The reference's weights where the caption has its n-grams, else 0. */
static void weigh_reference(const struct ch_cider_weights *w, struct work *k,
                            const struct ch_ngrams *h,
                            const struct ch_ngrams *r,
                            double norm[CH_NGRAM_ORDERS])
{
    memset(k->reference, 0,
           h->start[CH_NGRAM_ORDERS] * sizeof *k->reference);
    for (size_t n = 0; n < CH_NGRAM_ORDERS; n++) {
        double sum = 0;

        for (size_t i = r->start[n]; i < r->start[n + 1]; i++) {
            double y = weight_of(w, r->gram[i]);
            uint32_t at = ch_ngram_index_find(&k->index, r->gram[i].id);

            if (at != UINT32_MAX)
                k->reference[at] = y;
            sum += y * y;
        }
        norm[n] = sqrt(sum);
    }
}

static double bigram_count(const struct ch_ngrams *g)
{
    return g->word_count > 1 ? (double)(g->word_count - 1) : 0;
}

/* sum += how near the caption is to one reference. */
static void compare(const struct ch_cider_weights *w, struct work *k,
                    const struct ch_ngrams *h, const struct ch_ngrams *r,
                    struct sums *sum)
{
    double norm[CH_NGRAM_ORDERS];
    double gap = bigram_count(h) - bigram_count(r);
    double penalty = pow(M_E, -(gap * gap) / (2 * SIGMA * SIGMA));

    weigh_reference(w, k, h, r, norm);
    for (size_t n = 0; n < CH_NGRAM_ORDERS; n++) {
        double d = 0, plain = 0;

        for (size_t i = h->start[n]; i < h->start[n + 1]; i++) {
            double x = k->caption[i], y = k->reference[i];

            d += (x < y ? x : y) * y;
            plain += x * y;
        }
        if (k->norm[n] != 0 && norm[n] != 0) {
            d /= k->norm[n] * norm[n];
            plain /= k->norm[n] * norm[n];
        }
        sum->d[n] += d * penalty;
        sum->plain[n] += plain;
    }
}

static double mean_of(const double sum[CH_NGRAM_ORDERS], size_t references)
{
    double mean = 0;

    for (size_t n = 0; n < CH_NGRAM_ORDERS; n++)
        mean += sum[n];
    mean /= CH_NGRAM_ORDERS;
    return mean / (double)references * 10;
}

static void score_image(const struct ch_cider_weights *w, struct work *k,
                        const struct ch_ngram_image *image, double *d,
                        double *plain)
{
    struct sums sum = { 0 };

    ch_ngram_index_set(&k->index, &image->caption);
    weigh_caption(w, k, &image->caption);
    for (size_t r = 0; r < image->reference_count; r++)
        compare(w, k, &image->caption, &image->reference[r], &sum);
    *d = mean_of(sum.d, image->reference_count);
    *plain = mean_of(sum.plain, image->reference_count);
}

int ch_cider_score(const struct ch_ngram_set *s,
                   const struct ch_cider_weights *w, size_t first, size_t end,
                   struct ch_scores *out, struct ch_err *e)
{
    struct work k = {
        .caption = malloc((s->most_grams + 1) * sizeof *k.caption),
        .reference = malloc((s->most_grams + 1) * sizeof *k.reference),
    };
    int rc = ch_ngram_index_init(&k.index, s->most_grams, e);

    if (!rc && (!k.caption || !k.reference))
        rc = ch_fail(e, CH_ENOMEM, "no memory for the weights of CIDEr");
    for (size_t i = first; i < end && !rc; i++)
        score_image(w, &k, &s->image[i],
                    ch_metric_at(out, i, CH_METRIC_cider_d),
                    ch_metric_at(out, i, CH_METRIC_cider));
    ch_ngram_index_release(&k.index);
    free(k.caption);
    free(k.reference);
    return rc;
}
