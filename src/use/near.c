/* near.c - photos whose features are near one another
 *
 * Features are held as f16, as they lie in the file: 256 MB for 100,000 photos
 * of 1,280 numbers.  Pairs are products of tiles of rows, which fit the caches;
 * a thread takes the next tile of rows and multiplies it with those before it.
 */
#include "use/near.h"

#include "base/arena.h"
#include "base/pool.h"
#include "chorus/log.h"
#include "kernel/kernel.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Rows whose f32 are made once, and those they are multiplied with. */
#define TALL 1024
#define WIDE 256

static int damaged(const struct ch_index *x, struct ch_err *e)
{
    return ch_fail_at(e, CH_EFORMAT, x->path, CH_NO_OFFSET, "damaged: a "
                      "photo's features are not %zu numbers", x->features);
}

int ch_near_feature(struct ch_index *x, int64_t id, float *out,
                    struct ch_err *e)
{
    struct ch_sql_rows *r = NULL;
    const void *bytes;
    size_t n = 0;
    int rc = ch_sql_query(&r, x->sql, e, "SELECT pooled FROM feature"
                          " WHERE photo = ?", "i", id);

    if (!rc) rc = ch_sql_next(r, e);
    if (rc >= 0) {
        bytes = rc ? ch_sql_blob(r, 0, &n) : NULL;
        rc = bytes && n == 2 * x->features ? 0 : damaged(x, e);
        if (!rc)
            ch_half_row_f16(x->features, bytes, out);
    }
    ch_sql_rows_close(r);
    return rc;
}

/* ------------------------------------------------------------------- like */

static int by_distance(const void *a, const void *b)
{
    const struct ch_near *x = a, *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* 1 / length, of what was rounded, which is not quite 1; 0 for nothing. */
static float inverse_length(size_t F, const float *x)
{
    double squares = ch_kernel_get()->sum_squares(F, x);

    return squares > 0 ? (float)(1 / sqrt(squares)) : 0;
}

/* Rounding may leave less than 0. */
static float distance_of(float cosine)
{
    return fmaxf(1 - cosine, 0);
}

static int measure(struct ch_index *x, const float *feature, float *row,
                   struct ch_near *near, size_t room, size_t *count,
                   struct ch_err *e)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t F = x->features, i = 0;
    float inverse = inverse_length(F, feature), dot;
    struct ch_sql_rows *r = NULL;
    int rc = ch_sql_query(&r, x->sql, e, "SELECT photo, pooled FROM feature",
                          ""), more = 0;

    while (!rc && i < room && (more = ch_sql_next(r, e)) > 0) {
        size_t n;
        const void *bytes = ch_sql_blob(r, 1, &n);

        if (!bytes || n != 2 * F) {
            rc = damaged(x, e);
            break;
        }
        ch_half_row_f16(F, bytes, row);
        k->dots(1, F, feature, (struct ch_matrix){ row, F }, &dot);
        near[i++] = (struct ch_near){
            ch_sql_int(r, 0),
            distance_of(dot * inverse * inverse_length(F, row)) };
    }
    ch_sql_rows_close(r);
    *count = i;
    return rc ? rc : more < 0 ? more : 0;
}

/* Photos, each of which has features; those fill more pages to be counted. */
static int count_photos(struct ch_index *x, size_t *count, struct ch_err *e)
{
    int64_t n = 0;
    int rc = ch_sql_one(x->sql, &n, e, "SELECT count(*) FROM photo", "");

    *count = n > 0 ? (size_t)n : 0;
    return rc < 0 ? rc : 0;
}

int ch_near_like(struct ch_index *x, const float *feature,
                 struct ch_near **out, size_t *count, struct ch_err *e)
{
    size_t room = 0;
    float *row = ch_block_get(x->features, sizeof *row);
    int rc = count_photos(x, &room, e);

    *out = rc ? NULL : calloc(room + 1, sizeof **out);
    if (!rc && (!row || !*out))
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu distances", room);
    if (!rc) rc = measure(x, feature, row, *out, room, count, e);
    if (!rc)
        qsort(*out, *count, sizeof **out, by_distance);
    ch_block_release(row);
    if (rc) {
        free(*out);
        *out = NULL;
    }
    return rc;
}

/* ------------------------------------------------------------------ groups */

struct pair {
    size_t a, b;
    float distance;
};

/* What one thread finds, and works in. */
struct worker {
    struct pair *pair;
    size_t count, room;
    float *tall, *wide, *product;
};

struct search {
    size_t F, count;
    int64_t *id;
    uint16_t *half;                    /* [count][F], little endian */
    float *inverse;                    /* [count] */
    float distance;
    struct worker *worker;
    size_t threads;
    atomic_size_t next, done;          /* tiles of rows */
    atomic_int is_over;
    struct ch_progress progress;
};

static int read_all(struct ch_index *x, struct search *s, struct ch_err *e)
{
    float *row = s->worker[0].wide;
    struct ch_sql_rows *r = NULL;
    size_t i = 0;
    int rc = ch_sql_query(&r, x->sql, e, "SELECT photo, pooled FROM feature",
                          ""), more = 0;

    while (!rc && i < s->count && (more = ch_sql_next(r, e)) > 0) {
        size_t n;
        const void *bytes = ch_sql_blob(r, 1, &n);

        if (!bytes || n != 2 * s->F) {
            rc = damaged(x, e);
            break;
        }
        s->id[i] = ch_sql_int(r, 0);
        memcpy(s->half + i * s->F, bytes, n);
        ch_half_row_f16(s->F, bytes, row);
        s->inverse[i++] = inverse_length(s->F, row);
    }
    ch_sql_rows_close(r);
    s->count = i;
    return rc ? rc : more < 0 ? more : 0;
}

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

static void widen(const struct search *s, size_t row, size_t rows, float *out)
{
    ch_half_row_f16(rows * s->F, s->half + row * s->F, out);
}

/* Pairs of the rows of one tall tile with all rows before them. */
static int search_tile(struct search *s, struct worker *w, size_t row,
                       struct ch_err *e)
{
    size_t rows = s->count - row < TALL ? s->count - row : TALL;
    int rc = 0;

    widen(s, row, rows, w->tall);
    for (size_t at = 0; at < row + rows && !rc; at += WIDE) {
        size_t n = row + rows - at < WIDE ? row + rows - at : WIDE;

        widen(s, at, n, w->wide);
        ch_gemm_nt(n, rows, s->F, (struct ch_matrix){ w->wide, s->F },
                   (struct ch_matrix){ w->tall, s->F }, 0, w->product, rows);
        for (size_t i = 0; i < n && !rc; i++)
            for (size_t k = 0; k < rows && !rc; k++) {
                float d = distance_of(w->product[i * rows + k] *
                                      s->inverse[at + i] *
                                      s->inverse[row + k]);

                if (d <= s->distance && at + i < row + k)
                    rc = add_pair(w, at + i, row + k, d, e);
            }
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
        is_well = w->tall && w->wide && w->product;
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
    }
    free(s->worker);
    free(s->id);
    free(s->inverse);
    ch_block_release(s->half);
}

static size_t first_of(size_t *first, size_t i)
{
    while (first[i] != i)
        i = first[i] = first[first[i]];
    return i;
}

static int by_group(const void *a, const void *b)
{
    const struct ch_near_member *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Pairs that share a photo are one group, told by its first row. */
static int join(const struct search *s, struct ch_near_member **out,
                size_t *count, struct ch_err *e)
{
    size_t *first = calloc(s->count + 1, sizeof *first), n = 0;
    float *nearest = calloc(s->count + 1, sizeof *nearest);
    struct ch_near_member *m = calloc(s->count + 1, sizeof *m);

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
            m[n++] = (struct ch_near_member){ s->id[i], first_of(first, i),
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

int ch_near_groups(struct ch_index *x, double distance, size_t threads,
                   struct ch_near_member **out, size_t *count,
                   struct ch_err *e)
{
    struct search s = { .F = x->features, .distance = (float)distance,
                        .threads = threads ? threads : ch_pool_cores() };
    struct ch_pool *pool = NULL;
    int rc = count_photos(x, &s.count, e), begun;

    *out = NULL;
    *count = 0;
    if (!rc) rc = open_search(&s, e);
    if (!rc) rc = read_all(x, &s, e);
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
