/* sketch.c - a part of photos' features as small whole numbers */
#include "use/sketch.h"

#include "base/arena.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the features, for the bound; fewer let more pairs pass. */
#define HEAD_SHARE 4
#define HEAD_LEAST 16
/* What f32 may be off by in a squared distance. */
#define SLACK 1e-4
/* Rounding of a reach and of their sum. */
#define UP 1.00001
/* Rows by which features and step are chosen. */
#define SAMPLE 4096
/* Of the numbers in the sample one in so many may lie above the highest: a few
 * large ones would make the step too long for all. */
#define ABOVE 10000
#define BINS 2048

struct spread {
    double sum, variance, low;
    size_t feature;
};

struct making {
    const struct ch_sketch_rows *r;
    size_t used;                       /* features */
    struct spread *spread;             /* [F], those that differ most first */
    float *row;
    double step;
};

static int by_variance(const void *a, const void *b)
{
    const struct spread *x = a, *y = b;

    if (x->variance != y->variance)
        return x->variance > y->variance ? -1 : 1;
    return (x->feature > y->feature) - (x->feature < y->feature);
}

/* Rows spread evenly. */
static size_t stride(const struct making *m)
{
    return m->r->count / SAMPLE + 1;
}

static void choose_features(struct making *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->r->count; i += stride(m), n++) {
        m->r->read(m->r->context, i, m->row);
        for (size_t f = 0; f < m->r->F; f++) {
            double v = (double)m->row[f];

            m->spread[f].sum += v;
            m->spread[f].variance += v * v;
            if (v < m->spread[f].low)
                m->spread[f].low = v;
        }
    }
    for (size_t f = 0; f < m->r->F; f++) {
        struct spread *s = &m->spread[f];

        s->feature = f;
        s->variance -= n ? s->sum * s->sum / (double)n : 0;
    }
    qsort(m->spread, m->r->F, sizeof *m->spread, by_variance);
}

/* Features of length 1 differ by 2 at most. */
static void choose_step(struct making *m)
{
    size_t bin[BINS] = { 0 }, n = 0, above = 0, high = BINS;

    for (size_t i = 0; i < m->r->count; i += stride(m)) {
        m->r->read(m->r->context, i, m->row);
        for (size_t k = 0; k < m->used; k++, n++) {
            double v = (double)m->row[m->spread[k].feature] -
                       m->spread[k].low;

            if (v >= 0 && v < 2)
                bin[(size_t)(v * (BINS / 2))]++;
        }
    }
    while (high > 1 && above + bin[high - 1] <= n / ABOVE)
        above += bin[--high];
    m->step = 2.0 * (double)high / BINS / CH_COARSE_HIGH;
}

/* What is no number reaches nothing. */
static void sketch_row(const struct making *m, struct ch_sketch *s, size_t i,
                       double distance)
{
    unsigned char *panel = s->at + i / CH_COARSE * CH_COARSE * s->K;
    double moved = 0;
    unsigned square = 0;

    m->r->read(m->r->context, i, m->row);
    for (size_t k = 0; k < m->used; k++) {
        double v = ((double)m->row[m->spread[k].feature] -
                    m->spread[k].low) / m->step;
        unsigned q = v > 0 ? v < CH_COARSE_HIGH ? (unsigned)(v + 0.5)
                                                : CH_COARSE_HIGH : 0;

        panel[ch_coarse_at(i % CH_COARSE, k)] = (unsigned char)q;
        square += q * q;
        moved += (v - q) * (v - q);
    }
    s->square[i] = (float)square;
    s->reach[i] = (float)(UP * (sqrt(2 * distance + SLACK) / 2 / m->step +
                                sqrt(moved)));
}

static int open_sketch(struct making *m, struct ch_sketch *s, struct ch_err *e)
{
    size_t F = m->r->F, most, rows, bytes;
    bool is_well;

    most = F / HEAD_SHARE < CH_COARSE_MOST ? F / HEAD_SHARE : CH_COARSE_MOST;
    m->used = most > HEAD_LEAST ? most : F < HEAD_LEAST ? F : HEAD_LEAST;
    s->K = (m->used + 15) / 16 * 16;
    rows = (m->r->count + CH_COARSE - 1) / CH_COARSE * CH_COARSE;
    m->spread = calloc(F, sizeof *m->spread);
    m->row = ch_block_get(F, sizeof *m->row);
    is_well = ch_mul_ok(rows + 1, s->K, &bytes);
    if (is_well) s->at = ch_block_get(bytes, 1);
    s->square = calloc(rows + 1, sizeof *s->square);
    s->reach = calloc(rows + 1, sizeof *s->reach);
    if (!m->spread || !m->row || !s->at || !s->square || !s->reach)
        return ch_fail(e, CH_ENOMEM, "cannot hold the features of %zu photos",
                       m->r->count);
    for (size_t i = m->r->count; i < rows; i++)
        s->square[i] = INFINITY;
    return 0;
}

int ch_sketch_make(struct ch_sketch *s, const struct ch_sketch_rows *r,
                   double distance, struct ch_err *e)
{
    struct making m = { .r = r };
    int rc;

    *s = (struct ch_sketch){ 0 };
    rc = open_sketch(&m, s, e);
    if (!rc) {
        choose_features(&m);
        choose_step(&m);
        for (size_t i = 0; i < r->count; i++)
            sketch_row(&m, s, i, distance);
    }
    free(m.spread);
    ch_block_release(m.row);
    return rc;
}

void ch_sketch_release(struct ch_sketch *s)
{
    ch_block_release(s->at);
    free(s->square);
    free(s->reach);
    *s = (struct ch_sketch){ 0 };
}

struct ch_coarse ch_sketch_from(const struct ch_sketch *s, size_t row)
{
    return (struct ch_coarse){ s->at + row * s->K, s->square + row,
                               s->reach + row };
}
