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

#include "base/hash.h"

struct words {
    uint64_t *id;
    size_t count, room;
};

static int no_memory(struct ch_err *e)
{
    return ch_fail(e, CH_ENOMEM, "no memory for the words of ROUGE-L");
}

static int put_word(struct words *w, uint64_t id, struct ch_err *e)
{
    if (w->count == w->room) {
        size_t room = w->room ? 2 * w->room : 64;
        uint64_t *at = realloc(w->id, room * sizeof *at);

        if (!at)
            return no_memory(e);
        w->id = at;
        w->room = room;
    }
    w->id[w->count++] = id;
    return 0;
}

static int split(struct ch_table *t, const char *text, struct words *w,
                 struct ch_err *e)
{
    int rc = 0;

    w->count = 0;
    for (;;) {
        size_t n = strcspn(text, " ");
        uint64_t *id = ch_table_add(t, text, n, ch_table_count(t), NULL);

        if (!id)
            return no_memory(e);
        if (w->count == CH_NGRAM_MAX_WORDS)
            return ch_fail(e, CH_EFORMAT,
                           "a caption has more than %d words; is this a file "
                           "of captions?", CH_NGRAM_MAX_WORDS);
        rc = put_word(w, *id, e);
        if (rc || !text[n])
            return rc;
        text += n + 1;
    }
}

/* row: b->count + 1 lengths.  row[j] after i words of a: the longest common
 * subsequence of a[0..i) and b[0..j). */
static size_t common_length(const struct words *a, const struct words *b,
                            size_t *row)
{
    memset(row, 0, (b->count + 1) * sizeof *row);
    for (size_t i = 0; i < a->count; i++) {
        size_t corner = 0;             /* row[j - 1] as it was before i */

        for (size_t j = 1; j <= b->count; j++) {
            size_t above = row[j];

            if (a->id[i] == b->id[j - 1])
                row[j] = corner + 1;
            else if (row[j - 1] > above)
                row[j] = row[j - 1];
            corner = above;
        }
    }
    return row[b->count];
}

static double f_score(double P, double R)
{
    const double beta2 = 1.2 * 1.2;

    if (P == 0 || R == 0)
        return 0;
    return ((1 + beta2) * P * R) / (R + beta2 * P);
}

struct work {
    struct ch_table *table;
    struct words caption, reference;
    size_t *row;
};

static int score_image(struct work *w, const struct ch_score_item *item,
                       double *score, struct ch_err *e)
{
    double P = 0, R = 0;
    int rc = split(w->table, item->caption, &w->caption, e);

    for (size_t i = 0; i < item->reference_count && !rc; i++) {
        double length, p, r;

        rc = split(w->table, item->reference[i], &w->reference, e);
        if (rc)
            break;
        length = (double)common_length(&w->caption, &w->reference, w->row);
        p = length / (double)w->caption.count;
        r = length / (double)w->reference.count;
        if (p > P)
            P = p;
        if (r > R)
            R = r;
    }
    *score = f_score(P, R);
    return rc == CH_EFORMAT ? ch_err_wrap(e, "image %s", item->key) : rc;
}

int ch_rouge_score(const struct ch_score_item *item, struct ch_scores *out,
                   struct ch_err *e)
{
    struct work w = { 0 };
    int rc = ch_table_open(&w.table, e);

    if (!rc) {
        w.row = calloc(CH_NGRAM_MAX_WORDS + 1, sizeof *w.row);
        if (!w.row)
            rc = no_memory(e);
    }
    for (size_t i = 0; i < out->count && !rc; i++)
        rc = score_image(&w, &item[i],
                         ch_metric_at(out, i, CH_METRIC_rouge_l), e);
    if (!rc)
        out->corpus[CH_METRIC_rouge_l] =
            ch_metric_mean(out, CH_METRIC_rouge_l);
    ch_table_close(w.table);
    free(w.caption.id);
    free(w.reference.id);
    free(w.row);
    return rc;
}
