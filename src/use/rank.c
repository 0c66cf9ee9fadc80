/* rank.c - photos whose captions have words, the best first
 *
 * The photos of each phrase come rising by id, so one walk over all of them
 * meets each photo with all that is known of it.  Only the length of its
 * caption is read from the index: of few photos one by one, of many in one go.
 */
#include "use/rank.h"

#include <math.h>
#include <stdlib.h>

/* As FTS5 has them. */
#define K1 1.2
#define B 0.75
#define IDF_LEAST 1e-6
/* A length that is looked up takes as long as so many read in a row. */
#define LOOK_UP 5

struct ranking {
    struct ch_index *x;
    bool any;
    struct ch_sql_match match;
    size_t *at;                        /* [phrase] how far the walk is */
    double *idf;                       /* [phrase] */
    double *times;                     /* [phrase] in the photo at hand */
    struct ch_sql_rows *length;
    bool is_scan;                      /* length goes through all photos */
    struct ch_rank *best;              /* a heap, the worst on top */
    size_t count, limit;
};

/* ------------------------------------------------------------------ length */

/* SQLite's variable-length integer: 7 bits a byte, the highest first. */
static int64_t varint(const unsigned char *at, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n && i < 8; i++) {
        v = v << 7 | (at[i] & 0x7f);
        if (!(at[i] & 0x80))
            return (int64_t)v;
    }
    return -1;
}

static int open_lengths(struct ranking *r, size_t photos, struct ch_err *e)
{
    r->is_scan = photos > (size_t)r->match.rows / LOOK_UP;
    return r->is_scan
        ? ch_sql_query(&r->length, r->x->sql, e, "SELECT id, sz"
                       " FROM words_docsize ORDER BY id", "")
        : ch_sql_query(&r->length, r->x->sql, e, "SELECT id, sz"
                       " FROM words_docsize WHERE id = ?", "i", (int64_t)0);
}

static int read_length(struct ranking *r, int64_t id, double *length,
                       struct ch_err *e)
{
    const void *bytes = NULL;
    int64_t found;
    size_t n = 0;
    int rc = r->is_scan ? 0 : ch_sql_again(r->length, e, "i", id);

    if (!rc) rc = ch_sql_next(r->length, e);
    while (rc > 0 && ch_sql_int(r->length, 0) < id)
        rc = ch_sql_next(r->length, e);
    if (rc < 0)
        return rc;
    if (rc && ch_sql_int(r->length, 0) == id)
        bytes = ch_sql_blob(r->length, 1, &n);
    found = bytes ? varint(bytes, n) : -1;
    *length = (double)found;
    return found >= 0 ? 0 : ch_fail_at(e, CH_EFORMAT, r->x->path, CH_NO_OFFSET,
                                       "damaged: a caption without a length");
}

/* ------------------------------------------------------------------ scores */

static void weigh(struct ranking *r)
{
    double all = (double)r->match.rows;

    for (size_t i = 0; i < r->match.phrase_count; i++) {
        double have = (double)r->match.phrase[i].count;
        double idf = log((all - have + 0.5) / (have + 0.5));

        r->idf[i] = idf > 0 ? idf : IDF_LEAST;
    }
}

/* In the order of FTS5's sums, for the same bits. */
static double score_of(const struct ranking *r, double length)
{
    double mean = (double)r->match.tokens / (double)r->match.rows, score = 0;

    for (size_t i = 0; i < r->match.phrase_count; i++)
        score += r->idf[i] * (r->times[i] * (K1 + 1.0) /
                 (r->times[i] + K1 * (1 - B + B * length / mean)));
    return score;
}

/* ---------------------------------------------------------------- the best */

static bool is_worse(const struct ch_rank *a, const struct ch_rank *b)
{
    return a->score < b->score || (a->score == b->score && a->id > b->id);
}

static void swap(struct ch_rank *a, struct ch_rank *b)
{
    struct ch_rank was = *a;

    *a = *b;
    *b = was;
}

static void sink(struct ch_rank *best, size_t count)
{
    for (size_t i = 0, k; (k = 2 * i + 1) < count; i = k) {
        k += k + 1 < count && is_worse(&best[k + 1], &best[k]);
        if (!is_worse(&best[k], &best[i]))
            break;
        swap(&best[i], &best[k]);
    }
}

static void keep(struct ranking *r, struct ch_rank one)
{
    size_t i = r->count;

    if (r->count == r->limit) {
        if (is_worse(&one, &r->best[0]))
            return;
        r->best[0] = one;
        sink(r->best, r->count);
        return;
    }
    r->best[r->count++] = one;
    for (; i && is_worse(&r->best[i], &r->best[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&r->best[i], &r->best[(i - 1) / 2]);
}

/* From a heap, the best first. */
static void sort(struct ranking *r)
{
    for (size_t n = r->count; n > 1; n--) {
        swap(&r->best[0], &r->best[n - 1]);
        sink(r->best, n - 1);
    }
}

/* ---------------------------------------------------------------- the walk */

/* The next photo that has all phrases, or any of them: its times, and 1. */
static int next_photo(struct ranking *r, int64_t *id)
{
    size_t have;

    do {
        bool is_end = true;

        have = 0;
        for (size_t i = 0; i < r->match.phrase_count; i++) {
            const struct ch_sql_phrase *p = &r->match.phrase[i];

            if (r->at[i] == p->count)
                continue;
            if (is_end || p->hit[r->at[i]].row < *id)
                *id = p->hit[r->at[i]].row;
            is_end = false;
        }
        if (is_end)
            return 0;
        for (size_t i = 0; i < r->match.phrase_count; i++) {
            const struct ch_sql_phrase *p = &r->match.phrase[i];
            bool is_here = r->at[i] < p->count &&
                           p->hit[r->at[i]].row == *id;

            r->times[i] = is_here ? (double)p->hit[r->at[i]].times : 0;
            r->at[i] += is_here;
            have += is_here;
        }
    } while (!r->any && have < r->match.phrase_count);
    return 1;
}

static void rewind_walk(struct ranking *r)
{
    for (size_t i = 0; i < r->match.phrase_count; i++)
        r->at[i] = 0;
}

static int rank_all(struct ranking *r, struct ch_err *e)
{
    size_t phrases = r->match.phrase_count, photos = 0;
    int64_t id;
    double length;
    int rc;

    r->at = calloc(phrases, sizeof *r->at);
    r->idf = calloc(phrases, sizeof *r->idf);
    r->times = calloc(phrases, sizeof *r->times);
    if (!r->at || !r->idf || !r->times)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu words", phrases);
    weigh(r);
    while (next_photo(r, &id))
        photos++;
    r->limit = r->limit < photos ? r->limit : photos;
    r->best = calloc(r->limit + 1, sizeof *r->best);
    if (!r->best)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu photos", r->limit);
    rewind_walk(r);
    rc = open_lengths(r, photos, e);
    while (!rc && r->limit && next_photo(r, &id)) {
        rc = read_length(r, id, &length, e);
        if (!rc)
            keep(r, (struct ch_rank){ id, score_of(r, length) });
    }
    sort(r);
    return rc;
}

int ch_rank_words(struct ch_index *x, const char *query, bool any,
                  size_t limit, struct ch_rank **out, size_t *count,
                  struct ch_err *e)
{
    struct ranking r = { .x = x, .any = any, .limit = limit };
    int rc = ch_sql_match(x->sql, "words", query, &r.match, e);

    if (!rc && r.match.phrase_count)
        rc = rank_all(&r, e);
    ch_sql_rows_close(r.length);
    ch_sql_match_release(&r.match);
    free(r.at);
    free(r.idf);
    free(r.times);
    *out = rc ? NULL : r.best;
    *count = rc ? 0 : r.count;
    if (rc)
        free(r.best);
    return rc;
}
