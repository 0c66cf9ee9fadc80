/* score.c - all metrics over all images */
#include "chorus/score.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "score/metric.h"

const char *const ch_metric_title[CH_METRIC_COUNT] = {
#define CH_METRIC_TITLE(name, title, text) title,
    CH_METRICS(CH_METRIC_TITLE)
#undef CH_METRIC_TITLE
};

/* More threads than images have nothing to do. */
#define IMAGES_PER_THREAD 64

/* NumPy's order of summation: blocks of up to 128, eight sums in each, halves
 * above.  Its means are the field's, down to the last bit. */
static double sum_pairs(const double *x, size_t n, size_t stride)
{
    double r[8], sum = 0;
    size_t i;

    if (n > 128) {
        size_t half = n / 2 / 8 * 8;

        return sum_pairs(x, half, stride) +
               sum_pairs(x + half * stride, n - half, stride);
    }
    if (n < 8) {
        for (i = 0; i < n; i++)
            sum += x[i * stride];
        return sum;
    }
    for (size_t j = 0; j < 8; j++)
        r[j] = x[j * stride];
    for (i = 8; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            r[j] += x[(i + j) * stride];
    sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (; i < n; i++)
        sum += x[i * stride];
    return sum;
}

static int check_items(const struct ch_score_item *item, size_t count,
                       struct ch_err *e)
{
    if (count == 0)
        return ch_fail(e, CH_EUSAGE, "there are no captions to score");
    for (size_t i = 0; i < count; i++)
        if (item[i].reference_count == 0)
            return ch_fail(e, CH_EUSAGE, "image %s has no references",
                           item[i].key);
    return 0;
}

/* ------------------------------------------------- threads share the images */

struct job {
    const struct ch_ngram_set *set;
    const struct ch_cider_weights *weights;
    struct ch_scores *out;
    size_t thread_count;
};

/* Each image is scored by itself, so who does it changes nothing. */
static int score_part(void *context, size_t thread, struct ch_err *e)
{
    const struct job *j = context;
    size_t count = j->out->count;
    size_t first = count * thread / j->thread_count;
    size_t end = count * (thread + 1) / j->thread_count;
    int rc = ch_bleu_score(j->set, first, end, j->out, e);

    if (!rc) rc = ch_rouge_score(j->set, first, end, j->out, e);
    if (!rc) rc = ch_cider_score(j->set, j->weights, first, end, j->out, e);
    return rc;
}

static int score_all(struct job *j, size_t threads, struct ch_err *e)
{
    struct ch_pool *pool = NULL;
    size_t most = j->out->count / IMAGES_PER_THREAD + 1;
    int rc, ended;

    j->thread_count = threads < most ? threads : most;
    if (j->thread_count <= 1) {
        j->thread_count = 1;
        return score_part(j, 0, e);
    }
    rc = ch_pool_start(&pool, j->thread_count, score_part, j, e);
    ended = ch_pool_finish(pool, e);
    return rc ? rc : ended;
}

/* ------------------------------------------------------------ the whole set */

void ch_scores_pick(const struct ch_scores *s, const uint32_t *image,
                    size_t count, double corpus[CH_METRIC_COUNT])
{
    struct ch_bleu_counts bleu = { 0 };

    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        corpus[m] = 0;
    for (size_t i = 0; i < count; i++) {
        const double *x = s->item + (size_t)image[i] * CH_METRIC_COUNT;

        for (size_t m = 0; m < CH_METRIC_COUNT; m++)
            corpus[m] += x[m];
        ch_bleu_add(&bleu, &s->bleu[image[i]]);
    }
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        corpus[m] /= (double)count;
    ch_bleu_of(&bleu, corpus + CH_METRIC_bleu_1);
}

static void score_corpus(struct ch_scores *s)
{
    struct ch_bleu_counts bleu = { 0 };

    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        s->corpus[m] = sum_pairs(s->item + m, s->count, CH_METRIC_COUNT) /
                       (double)s->count;
    for (size_t i = 0; i < s->count; i++)
        ch_bleu_add(&bleu, &s->bleu[i]);
    ch_bleu_of(&bleu, s->corpus + CH_METRIC_bleu_1);
}

static int make_room(struct ch_scores *s, size_t count, struct ch_err *e)
{
    s->count = count;
    s->item = calloc(count, CH_METRIC_COUNT * sizeof *s->item);
    s->bleu = calloc(count, sizeof *s->bleu);
    if (!s->item || !s->bleu)
        return ch_fail(e, CH_ENOMEM, "no memory for the scores of %zu images",
                       count);
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        s->has[m] = true;
    return 0;
}

int ch_score_tokens(const struct ch_score_item *item, size_t count,
                    const struct ch_score_options *options,
                    struct ch_scores *out, struct ch_err *e)
{
    const struct ch_score_options o =
        options ? *options : (struct ch_score_options) { 0 };
    struct ch_ngram_set set = { 0 };
    struct ch_cider_weights weights = { 0 };
    struct job j = { .set = &set, .weights = &weights, .out = out };
    int rc = check_items(item, count, e);

    *out = (struct ch_scores) { 0 };
    if (rc)
        return rc;
    rc = make_room(out, count, e);
    if (!rc) rc = ch_ngram_read(&set, item, count, e);
    out->cider_images = count;
    if (!rc)
        rc = ch_cider_weights_init(&weights, &set, out->cider_images,
                                   o.copies ? o.copies : 1, e);
    if (!rc) rc = score_all(&j, o.threads, e);
    if (!rc)
        score_corpus(out);
    ch_cider_weights_release(&weights);
    ch_ngram_release(&set);
    if (rc)
        ch_scores_release(out);
    return rc;
}

int ch_score_run(const struct ch_score_item *item, size_t count,
                 const struct ch_score_options *options,
                 struct ch_scores *out, struct ch_err *e)
{
    struct ch_tokens t = { 0 };
    int rc;

    *out = (struct ch_scores) { 0 };
    rc = ch_tokens_read(&t, item, count,
                        options ? options->rule : CH_TOKENS_DEFAULT, e);
    if (!rc) rc = ch_score_tokens(t.item, t.count, options, out, e);
    ch_tokens_release(&t);
    return rc;
}

void ch_scores_release(struct ch_scores *s)
{
    free(s->item);
    free(s->bleu);
    *s = (struct ch_scores) { 0 };
}
