/* reduce.c - the gradients of all lanes become one sum, the same for any P */
#include "train/reduce.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "kernel/kernel.h"
#include "train/reduce_blank.h"
#include "train/reduce_near.h"
#include "train/reduce_take.h"

static size_t blocks_of(size_t count)
{
    return (count + CH_SUM_BLOCK - 1) / CH_SUM_BLOCK;
}

/* First float of a rank's slice. */
static size_t slice_first(size_t count, int rank, int size)
{
    size_t at = (size_t)rank * blocks_of(count) / (size_t)size * CH_SUM_BLOCK;

    return at < count ? at : count;
}

static size_t slice_count(const struct ch_reduce *r, int rank)
{
    int size = ch_comm_size(r->comm);

    return slice_first(r->count, rank + 1, size) -
           slice_first(r->count, rank, size);
}

size_t ch_reduce_slice(const struct ch_reduce *r, int rank)
{
    return slice_first(r->count, rank, ch_comm_size(r->comm));
}

int ch_reduce_check(struct ch_comm *comm, size_t lane_count, struct ch_err *e)
{
    int size = ch_comm_size(comm);

    if ((size_t)size <= lane_count)
        return 0;
    return ch_fail(e, CH_EUSAGE, "%d ranks, but only %zu lane%s to share; "
                   "start at most %zu rank%s, or begin a run with --lanes %d "
                   "or more", size, lane_count, lane_count == 1 ? "" : "s",
                   lane_count, lane_count == 1 ? "" : "s", size);
}

int ch_reduce_lanes(struct ch_comm *comm, size_t lane_count, size_t size,
                    void *all, struct ch_err *e)
{
    size_t bytes[CH_LANES_MAX];
    int ranks = ch_comm_size(comm), rank = ch_comm_rank(comm);

    for (int q = 0; q < ranks; q++)
        bytes[q] = size * (ch_lanes_first(lane_count, q + 1, ranks) -
                           ch_lanes_first(lane_count, q, ranks));
    return ch_comm_gather(comm, (char *)all + size *
                          ch_lanes_first(lane_count, rank, ranks),
                          all, bytes, e);
}

/* The parts of all ranks, whose numbers of threads may differ. */
static int plant(struct ch_reduce *r, size_t threads, struct ch_err *e)
{
    size_t all[CH_LANES_MAX];
    int size = ch_comm_size(r->comm), rank = ch_comm_rank(r->comm);
    int rc = ch_comm_gather_each(r->comm, &threads, all, sizeof threads, e);

    if (rc)
        return rc;
    for (int q = 0; q < size; q++) {
        r->first_part[q] = r->part_count;
        r->part_count +=
            ch_tree_parts(r->lane_count,
                          ch_lanes_first(r->lane_count, q, size),
                          ch_lanes_first(r->lane_count, q + 1, size), all[q],
                          r->tree + r->part_count);
    }
    r->first_part[size] = r->part_count;
    r->merge_count = ch_tree_merges(r->lane_count, r->tree, r->merge);
    for (size_t i = r->first_part[rank]; i < r->first_part[rank + 1]; i++)
        ch_tree_lanes(&r->tree[i], r->lane);
    return 0;
}

int ch_reduce_init(struct ch_reduce *r, struct ch_comm *comm,
                   const struct ch_reduce_size *s, struct ch_err *e)
{
    int size = ch_comm_size(comm), rank = ch_comm_rank(comm);
    size_t count = s->params, lane_count = s->lanes;
    int rc;

    memset(r, 0, sizeof *r);
    rc = ch_reduce_check(comm, lane_count, e);
    if (rc)
        return rc;
    r->comm = comm;
    r->count = count;
    r->state_count = s->states;
    r->lane_count = lane_count;
    r->first_lane = ch_lanes_first(lane_count, rank, size);
    r->end_lane = ch_lanes_first(lane_count, rank + 1, size);
    r->first = slice_first(count, rank, size);
    r->end = slice_first(count, rank + 1, size);
    r->square = calloc(blocks_of(count), sizeof *r->square);
    if (!r->square)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu sums", blocks_of(count));
    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = plant(r, s->threads, e);
    if (!rc) rc = ch_reduce_take(r, e);
    if (rc) {
        ch_reduce_release(r);
        return rc;
    }
    ch_reduce_blank_begin(r, r->is_shared ? s->blank_first : 0,
                          r->is_shared ? s->blank_end : 0);
    r->sum = r->part[0];
    if (r->is_shared)
        r->sum_used = ch_reduce_used(r, r->whole[0]) +
                      r->first / CH_SUM_BLOCK;
    return 0;
}

void ch_reduce_release(struct ch_reduce *r)
{
    ch_block_release(r->own);
    ch_block_release(r->received);
    free(r->square);
    memset(r, 0, sizeof *r);
}

/* ------------------------------------------------------------------- sums */

const struct ch_tree_part *ch_reduce_part(const struct ch_reduce *r,
                                          size_t lane)
{
    int rank = ch_comm_rank(r->comm);

    for (size_t i = r->first_part[rank]; i < r->first_part[rank + 1]; i++)
        if (r->tree[i].first == lane)
            return &r->tree[i];
    return NULL;
}

int ch_reduce_fold(struct ch_reduce *r, size_t lane, struct ch_err *e)
{
    float *last = r->grad[lane];
    int rc = 0;

    for (size_t i = 0; i < r->lane[lane].folds && !rc; i++, last -= r->room)
        rc = ch_reduce_add_used(r, last, last - r->room, 0, r->count, e);
    return rc;
}

/* Of a rank, the k-th part, if there is one to send. */
static bool find_part(const struct ch_reduce *r, int rank, size_t k,
                      size_t *part)
{
    *part = r->first_part[rank] + k;
    return *part < r->first_part[rank + 1] && !r->is_added[*part];
}

/* The k-th part of every rank, cut into slices, to the slices' owners. */
static int exchange_part(struct ch_reduce *r, size_t k, struct ch_err *e)
{
    int size = ch_comm_size(r->comm), rank = ch_comm_rank(r->comm);
    size_t slice = r->end - r->first, own;
    bool has_part = find_part(r, rank, k, &own);

    for (int q = 0; q < size; q++) {
        size_t part;
        bool other_has = find_part(r, q, k, &part);

        r->to_count[q] = has_part ? slice_count(r, q) : 0;
        r->to_start[q] = slice_first(r->count, q, size);
        r->from_count[q] = other_has ? slice : 0;
        r->from_start[q] = other_has ? (size_t)(r->part[part] - r->received)
                                     : 0;
    }
    return ch_comm_exchange(r->comm, has_part ? r->grad[r->tree[own].first]
                                              : r->params,
                            (struct ch_comm_part) { r->to_count, r->to_start },
                            r->received,
                            (struct ch_comm_part) { r->from_count,
                                                    r->from_start }, e);
}

static int bring_parts(struct ch_reduce *r, struct ch_err *e)
{
    size_t most = 0;
    int rc;

    if (r->is_shared)
        return ch_comm_fence(r->comm, e);
    rc = ch_reduce_near_add(r, e);
    for (int q = 0; q < ch_comm_size(r->comm); q++) {
        size_t parts = r->first_part[q + 1] - r->first_part[q];

        most = parts > most ? parts : most;
    }
    for (size_t k = 0; k < most && !rc; k++)
        rc = exchange_part(r, k, e);
    return rc;
}

/* Own parts into the first of them, then those of all ranks. */
static int add_plainly(struct ch_reduce *r, struct ch_err *e)
{
    float *sum = r->grad[r->first_lane];
    int rank = ch_comm_rank(r->comm);
    double begun_s;
    int rc;

    for (size_t i = r->first_part[rank] + 1; i < r->first_part[rank + 1]; i++)
        ch_kernel_get()->add(r->count, r->grad[r->tree[i].first], sum);
    begun_s = ch_clock_s();
    rc = ch_comm_sum(r->comm, sum, r->count, e);
    r->wait_s += ch_clock_s() - begun_s;
    r->sum = sum + r->first;
    r->sum_used = NULL;
    return rc;
}

static void find_squares(struct ch_reduce *r)
{
    for (size_t at = r->first; at < r->end; at += CH_SUM_BLOCK) {
        size_t n = r->end - at < CH_SUM_BLOCK ? r->end - at : CH_SUM_BLOCK;

        r->square[at / CH_SUM_BLOCK] =
            ch_kernel_get()->sum_squares(n, r->sum + (at - r->first));
    }
}

/* Floats [at, at + n) of the parts that merges join; buffers that are shared
 * say whether a block is used. */
static int join_block(struct ch_reduce *r, size_t at, size_t n,
                      struct ch_err *e)
{
    size_t own = at - r->first;
    int rc = 0;

    for (size_t i = 0; i < r->merge_count && !rc; i++) {
        size_t from = r->merge[i].from, to = r->merge[i].to;

        if (r->is_shared)
            rc = ch_reduce_add_used(r, r->whole[from], r->whole[to], at,
                                    at + n, e);
        else
            ch_kernel_get()->add(n, r->part[from] + own, r->part[to] + own);
    }
    return rc;
}

/* Block by block, while it is in the cache: the parts into the first, and the
 * squares. */
static int add_parts(struct ch_reduce *r, struct ch_err *e)
{
    int rc = 0;

    for (size_t at = r->first; at < r->end && !rc; at += CH_SUM_BLOCK) {
        size_t n = r->end - at < CH_SUM_BLOCK ? r->end - at : CH_SUM_BLOCK;
        size_t own = at - r->first;
        double *square = &r->square[at / CH_SUM_BLOCK];

        rc = join_block(r, at, n, e);
        *square = 0;
        if (!r->sum_used || r->sum_used[own / CH_SUM_BLOCK])
            *square = ch_kernel_get()->sum_squares(n, r->part[0] + own);
    }
    return rc;
}

static int gather_squares(struct ch_reduce *r, struct ch_err *e)
{
    int size = ch_comm_size(r->comm), rc;

    for (int q = 0; q < size; q++)
        r->to_count[q] = blocks_of(slice_count(r, q)) * sizeof *r->square;
    rc = ch_comm_gather(r->comm, r->square + r->first / CH_SUM_BLOCK,
                        r->square, r->to_count, e);
    r->square_sum = 0;
    for (size_t b = 0; b < blocks_of(r->count) && !rc; b++)
        r->square_sum += r->square[b];
    return rc;
}

static int add_exactly(struct ch_reduce *r, struct ch_err *e)
{
    double begun_s = ch_clock_s();
    int rc = bring_parts(r, e);

    r->wait_s += ch_clock_s() - begun_s;
    if (rc)
        return rc;
    rc = add_parts(r, e);
    /* Only the memory of what was blank can be missing. */
    return r->hole_first < r->hole_end ? ch_comm_agree(r->comm, rc, e) : rc;
}

int ch_reduce_sum(struct ch_reduce *r, struct ch_err *e)
{
    double begun_s;
    int rc = r->is_plain ? add_plainly(r, e) : add_exactly(r, e);

    if (rc)
        return rc;
    if (r->is_plain)
        find_squares(r);
    begun_s = ch_clock_s();
    rc = gather_squares(r, e);
    r->wait_s += ch_clock_s() - begun_s;
    return rc;
}

int ch_reduce_publish(struct ch_reduce *r, struct ch_err *e)
{
    double begun_s = ch_clock_s();
    int size = ch_comm_size(r->comm), rc;

    for (int q = 0; q < size; q++)
        r->to_count[q] = slice_count(r, q) * sizeof *r->params;
    rc = r->is_shared ? ch_comm_fence(r->comm, e)
                      : ch_comm_gather(r->comm, r->params + r->first,
                                       r->params, r->to_count, e);
    r->wait_s += ch_clock_s() - begun_s;
    return rc;
}

int ch_reduce_spread(struct ch_reduce *r, struct ch_err *e)
{
    if (r->is_shared)
        return ch_comm_fence(r->comm, e);
    return ch_comm_broadcast(r->comm, r->params,
                             r->count * sizeof *r->params, e);
}
