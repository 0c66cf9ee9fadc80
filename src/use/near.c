/* near.c - how near photos are, by their features */
#include "use/near.h"

#include "base/arena.h"
#include "kernel/kernel.h"

#include <math.h>
#include <stdlib.h>

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
            ch_kernel_get()->widen_f16(x->features, bytes, out);
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
float ch_near_inverse(size_t F, const float *x)
{
    double squares = ch_kernel_get()->sum_squares(F, x);

    return squares > 0 ? (float)(1 / sqrt(squares)) : 0;
}

/* Rounding may leave less than 0. */
float ch_near_distance(float cosine)
{
    return fmaxf(1 - cosine, 0);
}

int ch_near_each(struct ch_index *x, size_t most, ch_near_fn take,
                 void *context, size_t *count, struct ch_err *e)
{
    struct ch_sql_rows *r = NULL;
    size_t i = 0;
    int rc = ch_sql_query(&r, x->sql, e, "SELECT photo, pooled FROM feature",
                          ""), more = 0;

    while (!rc && i < most && (more = ch_sql_next(r, e)) > 0) {
        size_t n;
        const void *bytes = ch_sql_blob(r, 1, &n);

        if (!bytes || n != 2 * x->features)
            rc = damaged(x, e);
        else
            take(context, i++, ch_sql_int(r, 0), bytes);
    }
    ch_sql_rows_close(r);
    *count = i;
    return rc ? rc : more < 0 ? more : 0;
}

/* What photos are measured against. */
struct like {
    size_t F;
    const float *feature;
    float inverse, *row;
    struct ch_near *near;
};

static void measure(void *context, size_t i, int64_t id, const void *half)
{
    const struct ch_kernel *k = ch_kernel_get();
    const struct like *l = context;
    float dot;

    k->widen_f16(l->F, half, l->row);
    k->dots(1, l->F, l->feature, (struct ch_matrix){ l->row, l->F }, &dot);
    l->near[i] = (struct ch_near){
        id, ch_near_distance(dot * l->inverse *
                             ch_near_inverse(l->F, l->row)) };
}

/* Photos, each of which has features; those fill more pages to be counted. */
int ch_near_count(struct ch_index *x, size_t *count, struct ch_err *e)
{
    int64_t n = 0;
    int rc = ch_sql_one(x->sql, &n, e, "SELECT count(*) FROM photo", "");

    *count = n > 0 ? (size_t)n : 0;
    return rc < 0 ? rc : 0;
}

int ch_near_like(struct ch_index *x, const float *feature,
                 struct ch_near **out, size_t *count, struct ch_err *e)
{
    struct like l = { .F = x->features, .feature = feature,
                      .inverse = ch_near_inverse(x->features, feature),
                      .row = ch_block_get(x->features, sizeof *l.row) };
    size_t room = 0;
    int rc = ch_near_count(x, &room, e);

    *out = l.near = rc ? NULL : calloc(room + 1, sizeof **out);
    if (!rc && (!l.row || !*out))
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu distances", room);
    if (!rc) rc = ch_near_each(x, room, measure, &l, count, e);
    if (!rc)
        qsort(*out, *count, sizeof **out, by_distance);
    ch_block_release(l.row);
    if (rc) {
        free(*out);
        *out = NULL;
    }
    return rc;
}
