/* twin.c - groups of photos that look almost the same
 *
 * Features are held as f16, as they lie in the file: 256 MB for 100,000 photos
 * of 1,280 numbers, and 32 MB for the sketch of a quarter that is compared for
 * all pairs.  A thread takes the next tile of rows and compares it with all
 * rows before it.
 */
#include "use/twin.h"

#include "base/arena.h"
#include "base/pool.h"
#include "chorus/log.h"
#include "kernel/kernel.h"
#include "use/near.h"
#include "use/sketch.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Rows of a tile, and those it is compared with at once. */
#define TALL 1024
#define WIDE 256
/* Where more pairs than one in so many pass, a tile is multiplied in full. */
#define MANY 64

struct pair {
    size_t a, b;
    float distance;
};

/* What one thread finds, and works in. */
struct worker {
    struct pair *pair;
    size_t count, room;
    float *tall, *wide, *product;
    unsigned char *near;               /* [WIDE / 8][TALL / 8][8] bits */
};

struct search {
    size_t F, count;
    int64_t *id;
    uint16_t *half;                    /* [count][F], little endian */
    float *inverse;                    /* [count] */
    struct ch_sketch sketch;
    float distance;
    struct worker *worker;
    size_t threads;
    atomic_size_t next, done;          /* tiles of rows */
    atomic_int is_over;
    struct ch_progress progress;
};

/* --------------------------------------------------------------- reading */

static void read_one(void *context, size_t i, int64_t id, const void *half)
{
    struct search *s = context;
    float *row = s->worker[0].wide;

    s->id[i] = id;
    memcpy(s->half + i * s->F, half, s->F * sizeof *s->half);
    ch_kernel_get()->widen_f16(s->F, half, row);
    s->inverse[i] = ch_near_inverse(s->F, row);
}

/* A row as f32, of length 1. */
static void widen(const void *context, size_t i, float *out)
{
    const struct ch_kernel *k = ch_kernel_get();
    const struct search *s = context;

    k->widen_f16(s->F, s->half + i * s->F, out);
    k->scale(s->F, s->inverse[i], out);
}

/* ------------------------------------------------------------- comparing */

static int add_pair(struct worker *w, size_t a, size_t b, float distance,
                    struct ch_err *e)
{
    if (w->count == w->room) {
        size_t room = w->room ? 2 * w->room : 256;
        struct pair *bigger = realloc(w->pair, room * sizeof *bigger);

        if (!bigger)
            return ch_fail(e, CH_ENOMEM, "cannot hold %zu pairs; a smaller "
                           "distance has fewer", room);
        w->pair = bigger;
        w->room = room;
    }
    w->pair[w->count++] = (struct pair){ a, b, distance };
    return 0;
}

/* A part of a tile: rows of a, each with rows of b. */
struct part {
    size_t a, a_rows, b, b_rows;
};

/* Of one panel with another: bit k of byte i. */
static uint64_t bits_of(const unsigned char *near)
{
    uint64_t bits;

    memcpy(&bits, near, sizeof bits);
    return bits;
}

/* How many pairs of a part may be near, some of them told twice. */
static size_t mark_near(const struct search *s, struct worker *w,
                        const struct part *p)
{
    size_t panels = (p->b_rows + CH_COARSE - 1) / CH_COARSE, count = 0;
    unsigned char *near = w->near;

    for (size_t i = 0; i < p->a_rows; i += CH_COARSE) {
        ch_kernel_get()->coarse_near(s->sketch.K,
                                     ch_sketch_from(&s->sketch, p->a + i),
                                     panels, ch_sketch_from(&s->sketch, p->b),
                                     near);
        for (size_t k = 0; k < panels; k++, near += CH_COARSE)
            for (uint64_t bits = bits_of(near); bits; bits &= bits - 1)
                count++;
    }
    return count;
}

static int compare(const struct search *s, struct worker *w, size_t a,
                   size_t b, struct ch_err *e)
{
    float cosine;

    widen(s, a, w->wide);
    widen(s, b, w->tall);
    ch_kernel_get()->dots(1, s->F, w->wide, (struct ch_matrix){ w->tall, s->F },
                          &cosine);
    return ch_near_distance(cosine) <= s->distance
               ? add_pair(w, a, b, ch_near_distance(cosine), e) : 0;
}

static int compare_panels(const struct search *s, struct worker *w, size_t a,
                          size_t b, const unsigned char *near,
                          struct ch_err *e)
{
    int rc = 0;

    for (size_t i = 0; i < CH_COARSE; i++)
        for (size_t k = 0; k < CH_COARSE && !rc; k++)
            if (near[i] >> k & 1 && a + i < b + k)
                rc = compare(s, w, a + i, b + k, e);
    return rc;
}

/* The few pairs that pass, one by one. */
static int look_closer(const struct search *s, struct worker *w,
                       const struct part *p, struct ch_err *e)
{
    const unsigned char *near = w->near;
    int rc = 0;

    for (size_t i = 0; i < p->a_rows; i += CH_COARSE)
        for (size_t k = 0; k < p->b_rows && !rc; k += CH_COARSE) {
            if (bits_of(near))
                rc = compare_panels(s, w, p->a + i, p->b + k, near, e);
            near += CH_COARSE;
        }
    return rc;
}

/* All pairs of a part, where the bound tells little. */
static int look_at_all(const struct search *s, struct worker *w,
                       const struct part *p, struct ch_err *e)
{
    int rc = 0;

    for (size_t i = 0; i < p->a_rows; i++)
        widen(s, p->a + i, w->wide + i * s->F);
    for (size_t k = 0; k < p->b_rows; k++)
        widen(s, p->b + k, w->tall + k * s->F);
    ch_gemm_nt(p->a_rows, p->b_rows, s->F, (struct ch_matrix){ w->wide, s->F },
               (struct ch_matrix){ w->tall, s->F }, 0, w->product, p->b_rows);
    for (size_t i = 0; i < p->a_rows; i++)
        for (size_t k = 0; k < p->b_rows && !rc; k++) {
            float d = ch_near_distance(w->product[i * p->b_rows + k]);

            if (d <= s->distance && p->a + i < p->b + k)
                rc = add_pair(w, p->a + i, p->b + k, d, e);
        }
    return rc;
}

static int search_part(const struct search *s, struct worker *w,
                       const struct part *p, struct ch_err *e)
{
    size_t count = mark_near(s, w, p);

    if (!count)
        return 0;
    return count > p->a_rows * p->b_rows / MANY ? look_at_all(s, w, p, e)
                                                : look_closer(s, w, p, e);
}

/* Pairs of the rows of one tile with all rows before them, and one another. */
static int search_tile(const struct search *s, struct worker *w, size_t row,
                       struct ch_err *e)
{
    struct part p = { .b = row };
    int rc = 0;

    p.b_rows = s->count - row < TALL ? s->count - row : TALL;
    for (size_t end = row + p.b_rows; p.a < end && !rc; p.a += WIDE) {
        p.a_rows = end - p.a < WIDE ? end - p.a : WIDE;
        rc = search_part(s, w, &p, e);
    }
    return rc;
}

/* The last tiles take longest: they come first. */
static int search_tiles(void *context, size_t index, struct ch_err *e)
{
    struct search *s = context;
    size_t tiles = (s->count + TALL - 1) / TALL, i;
    int rc = 0;

    while (!rc && !atomic_load(&s->is_over) &&
           (i = atomic_fetch_add(&s->next, 1)) < tiles) {
        rc = search_tile(s, &s->worker[index], (tiles - 1 - i) * TALL, e);
        atomic_fetch_add(&s->done, 1);
        if (index == 0)
            ch_progress_update(&s->progress, atomic_load(&s->done));
    }
    if (rc)
        atomic_store(&s->is_over, 1);
    return rc;
}

/* -------------------------------------------------------------- the life */

static int open_search(struct search *s, struct ch_err *e)
{
    size_t floats;
    bool is_well;

    s->id = calloc(s->count + 1, sizeof *s->id);
    s->inverse = calloc(s->count + 1, sizeof *s->inverse);
    s->worker = calloc(s->threads, sizeof *s->worker);
    if (ch_mul_ok(s->count + 1, s->F, &floats))
        s->half = ch_block_room(floats, sizeof *s->half);
    is_well = s->id && s->inverse && s->worker && s->half;
    for (size_t i = 0; i < s->threads && is_well; i++) {
        struct worker *w = &s->worker[i];

        w->tall = ch_block_room(TALL * s->F, sizeof *w->tall);
        w->wide = ch_block_room(WIDE * s->F, sizeof *w->wide);
        w->product = ch_block_room((size_t)TALL * WIDE, sizeof *w->product);
        w->near = ch_block_room((size_t)TALL * WIDE / CH_COARSE, 1);
        is_well = w->tall && w->wide && w->product && w->near;
    }
    return is_well ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold the features of "
                                 "%zu photos", s->count);
}

static void close_search(struct search *s)
{
    for (size_t i = 0; i < s->threads && s->worker; i++) {
        free(s->worker[i].pair);
        ch_block_release(s->worker[i].tall);
        ch_block_release(s->worker[i].wide);
        ch_block_release(s->worker[i].product);
        ch_block_release(s->worker[i].near);
    }
    free(s->worker);
    free(s->id);
    free(s->inverse);
    ch_block_release(s->half);
    ch_sketch_release(&s->sketch);
}

static size_t first_of(size_t *first, size_t i)
{
    while (first[i] != i)
        i = first[i] = first[first[i]];
    return i;
}

static int by_group(const void *a, const void *b)
{
    const struct ch_twin *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Pairs that share a photo are one group, told by its first row. */
static int join(const struct search *s, struct ch_twin **out,
                size_t *count, struct ch_err *e)
{
    size_t *first = calloc(s->count + 1, sizeof *first), n = 0;
    float *nearest = calloc(s->count + 1, sizeof *nearest);
    struct ch_twin *m = calloc(s->count + 1, sizeof *m);

    *out = m;
    *count = 0;
    if (!first || !nearest || !m) {
        free(first);
        free(nearest);
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu photos", s->count);
    }
    for (size_t i = 0; i < s->count; i++) {
        first[i] = i;
        nearest[i] = INFINITY;
    }
    for (size_t t = 0; t < s->threads; t++)
        for (size_t i = 0; i < s->worker[t].count; i++) {
            const struct pair *p = &s->worker[t].pair[i];
            size_t a = first_of(first, p->a), b = first_of(first, p->b);

            first[a > b ? a : b] = a > b ? b : a;
            nearest[p->a] = fminf(nearest[p->a], p->distance);
            nearest[p->b] = fminf(nearest[p->b], p->distance);
        }
    for (size_t i = 0; i < s->count; i++)
        if (isfinite(nearest[i]))
            m[n++] = (struct ch_twin){ s->id[i], first_of(first, i),
                                              nearest[i] };
    qsort(m, n, sizeof *m, by_group);
    for (size_t i = 0, group = 0; i < n; i++) {
        size_t was = m[i].group;

        if (i + 1 < n && m[i + 1].group != was)
            m[i].group = group++;
        else
            m[i].group = group;
    }
    *count = n;
    free(first);
    free(nearest);
    return 0;
}

int ch_twin_find(struct ch_index *x, double distance, size_t threads,
                 struct ch_twin **out, size_t *count, struct ch_err *e)
{
    struct search s = { .F = x->features, .distance = (float)distance,
                        .threads = threads ? threads : ch_pool_cores() };
    struct ch_pool *pool = NULL;
    int rc = ch_near_count(x, &s.count, e), begun;

    *out = NULL;
    *count = 0;
    if (!rc) rc = open_search(&s, e);
    if (!rc) rc = ch_near_each(x, s.count, read_one, &s, &s.count, e);
    if (!rc)
        rc = ch_sketch_make(&s.sketch, &(struct ch_sketch_rows){
            s.F, s.count, widen, &s }, distance, e);
    if (!rc) {
        ch_progress_start(&s.progress, "compare", "tiles", 0,
                          (s.count + TALL - 1) / TALL);
        rc = ch_pool_start(&pool, s.threads, search_tiles, &s, e);
        begun = ch_pool_finish(pool, rc ? NULL : e);
        rc = rc ? rc : begun;
        ch_progress_update(&s.progress, atomic_load(&s.done));
        ch_progress_finish(&s.progress);
    }
    if (!rc) rc = join(&s, out, count, e);
    close_search(&s);
    return rc;
}
