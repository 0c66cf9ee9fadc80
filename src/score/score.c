/* score.c - all metrics over all images */
#include "chorus/score.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "score/metric.h"
#include "score/token.h"

const char *const ch_metric_title[CH_METRIC_COUNT] = {
#define CH_METRIC_TITLE(name, title) title,
    CH_METRICS(CH_METRIC_TITLE)
#undef CH_METRIC_TITLE
};

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

double ch_metric_mean(const struct ch_scores *s, enum ch_metric m)
{
    return sum_pairs(s->item + m, s->count, CH_METRIC_COUNT) /
           (double)s->count;
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

int ch_score_tokens(const struct ch_score_item *item, size_t count,
                    struct ch_scores *out, struct ch_err *e)
{
    struct ch_ngram_set set = { 0 };
    int rc = check_items(item, count, e);

    *out = (struct ch_scores) { 0 };
    if (rc)
        return rc;
    out->count = count;
    out->item = calloc(count, CH_METRIC_COUNT * sizeof *out->item);
    if (!out->item)
        rc = ch_fail(e, CH_ENOMEM, "no memory for the scores of %zu images",
                     count);
    if (!rc) rc = ch_ngram_read(&set, item, count, e);
    if (!rc) rc = ch_bleu_score(&set, out, e);
    if (!rc) rc = ch_rouge_score(item, out, e);
    if (!rc) rc = ch_cider_score(&set, out, e);
    ch_ngram_release(&set);
    if (rc)
        ch_scores_release(out);
    return rc;
}

int ch_score_run(const struct ch_score_item *item, size_t count,
                 struct ch_scores *out, struct ch_err *e)
{
    struct ch_tokens t = { 0 };
    int rc;

    *out = (struct ch_scores) { 0 };
    rc = ch_tokens_read(&t, item, count, e);
    if (!rc) rc = ch_score_tokens(t.item, t.count, out, e);
    ch_tokens_release(&t);
    return rc;
}

void ch_scores_release(struct ch_scores *s)
{
    free(s->item);
    *s = (struct ch_scores) { 0 };
}

int ch_scores_write(const struct ch_scores *s, const struct ch_score_item *item,
                    const char *path, struct ch_err *e)
{
    struct ch_buffer line = { 0 };
    struct ch_writer file = { 0 };
    int rc = ch_writer_open(&file, path, e);

    for (size_t i = 0; i < s->count && !rc; i++) {
        const double *score = s->item + i * CH_METRIC_COUNT;
        struct ch_json_writer w;

        ch_buffer_reset(&line);
        ch_json_writer_init(&w, &line);
        ch_json_begin(&w, NULL, '{');
        ch_json_put_text(&w, "image", item[i].key, strlen(item[i].key));
        for (size_t m = 0; m < CH_METRIC_COUNT; m++)
            ch_json_put_real(&w, ch_metric_title[m], score[m]);
        ch_json_end(&w);
        ch_buffer_text(&line, "\n");
        if (line.failed)
            rc = ch_fail(e, CH_ENOMEM, "no memory for a line of %s", path);
        else
            rc = ch_writer_put(&file, line.at, line.size, e);
    }
    if (!rc) rc = ch_writer_finish(&file, e);
    ch_writer_close(&file);
    ch_buffer_release(&line);
    return rc;
}
