/* score.c - all metrics over all images */
#include "chorus/score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/pool.h"
#include "score/frequency.h"
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

    threads = threads ? threads : ch_pool_cores();
    j->thread_count = threads < most ? threads : most;
    if (j->thread_count <= 1) {
        j->thread_count = 1;
        return score_part(j, 0, e);
    }
    rc = ch_pool_start(&pool, j->thread_count, score_part, j, e);
    ended = ch_pool_finish(pool, e);
    return rc ? rc : ended;
}

/* METEOR shares its images by itself. */
static int score_meteor(const struct ch_score_item *item, const char *path,
                        size_t threads, struct ch_scores *out,
                        struct ch_err *e)
{
    struct ch_meteor_data *data = NULL;
    struct ch_meteor_image *image = calloc(out->count, sizeof *image);
    int rc = ch_meteor_data_open(&data, path, e);

    out->meteor = calloc(out->count, sizeof *out->meteor);
    if (!rc && (!image || !out->meteor))
        rc = ch_fail(e, CH_ENOMEM, "no memory for METEOR's numbers");
    if (!rc)
        rc = ch_meteor_score(data, item, out->count,
                             threads ? threads : ch_pool_cores(), image, e);
    for (size_t i = 0; i < out->count && !rc; i++) {
        out->meteor[i] = image[i].stats;
        *ch_metric_at(out, i, CH_METRIC_meteor) = image[i].score;
    }
    ch_meteor_data_close(data);
    free(image);
    return rc;
}

/* ------------------------------------------------------------ the whole set */

void ch_score_sum_add(struct ch_score_sum *sum, const struct ch_scores *s,
                      size_t image)
{
    const double *x = s->item + image * CH_METRIC_COUNT;

    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        sum->score[m] += x[m];
    ch_bleu_add(&sum->bleu, &s->bleu[image]);
    if (s->meteor)
        ch_meteor_stats_add(&sum->meteor, &s->meteor[image]);
    sum->count++;
}

void ch_score_sum_corpus(const struct ch_score_sum *sum,
                         double corpus[CH_METRIC_COUNT])
{
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        corpus[m] = sum->score[m] / (double)sum->count;
    ch_bleu_of(&sum->bleu, corpus + CH_METRIC_bleu_1);
    corpus[CH_METRIC_meteor] = ch_meteor_stats_score(&sum->meteor);
}

static void score_corpus(struct ch_scores *s)
{
    struct ch_score_sum sum = { 0 };

    for (size_t i = 0; i < s->count; i++)
        ch_score_sum_add(&sum, s, i);
    ch_score_sum_corpus(&sum, s->corpus);
    /* Means as NumPy makes them. */
    for (size_t m = 0; m < CH_METRIC_COUNT; m++)
        if (m > CH_METRIC_bleu_4 && m != CH_METRIC_meteor)
            s->corpus[m] = sum_pairs(s->item + m, s->count, CH_METRIC_COUNT) /
                           (double)s->count;
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

/* All but METEOR, which wants no n-grams. */
static int score_ngrams(const struct ch_score_item *item,
                        const struct ch_score_options *o,
                        struct ch_scores *out, struct ch_err *e)
{
    struct ch_ngram_set set = { 0 };
    struct ch_cider_weights weights = { 0 };
    struct job j = { .set = &set, .weights = &weights, .out = out };
    uint64_t images = out->count;
    int rc = ch_ngram_read(&set, item, out->count, e);

    if (!rc && o->df)
        rc = ch_frequency_read(&set, o->rule, o->df, &images, e);
    if (!rc)
        rc = ch_cider_weights_init(&weights, &set, images,
                                   o->copies ? o->copies : 1, e);
    if (!rc) rc = score_all(&j, o->threads, e);
    out->cider_images = (size_t)images;
    ch_cider_weights_release(&weights);
    ch_ngram_release(&set);
    return rc;
}

int ch_score_tokens(const struct ch_score_item *item, size_t count,
                    const struct ch_score_options *options,
                    struct ch_scores *out, struct ch_err *e)
{
    const struct ch_score_options o =
        options ? *options : (struct ch_score_options) { 0 };
    int rc = check_items(item, count, e);

    *out = (struct ch_scores) { 0 };
    if (rc)
        return rc;
    rc = make_room(out, count, e);
    if (!rc) rc = score_ngrams(item, &o, out, e);
    out->has[CH_METRIC_meteor] = o.meteor != NULL;
    if (!rc && o.meteor)
        rc = score_meteor(item, o.meteor, o.threads, out, e);
    if (!rc)
        score_corpus(out);
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
    rc = ch_tokens_read(&t, item, count, options, e);
    if (!rc) rc = ch_score_tokens(t.item, t.count, options, out, e);
    ch_tokens_release(&t);
    return rc;
}

void ch_scores_release(struct ch_scores *s)
{
    free(s->item);
    free(s->bleu);
    free(s->meteor);
    *s = (struct ch_scores) { 0 };
}

/* ------------------------------------------------- where METEOR's data is */

/* The folder of the program, or "". */
static void program_folder(char *out, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", out, size - 1);
    char *slash;

    out[n > 0 ? n : 0] = '\0';
    slash = strrchr(out, '/');
    if (slash)
        *slash = '\0';
}

const char *ch_score_find_meteor(char *out, size_t size)
{
    static const char *const places[] = {
        "../share/chorus/meteor-en.bin",   /* installed */
        "../meteor/meteor-en.bin"          /* built: build/meteor */
    };
    const char *wanted = getenv("CHORUS_METEOR");
    char folder[4096];

    if (wanted && *wanted) {
        snprintf(out, size, "%s", wanted);
        return out;
    }
    program_folder(folder, sizeof folder);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(out, size, "%s/%s", folder, places[i]);
        if (ch_file_exists(out))
            return out;
    }
    return NULL;
}
