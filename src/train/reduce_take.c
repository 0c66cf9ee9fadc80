/* reduce_take.c - where parameters and gradients lie */
#include "train/reduce_take.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "chorus/log.h"
#include "train/reduce_blank.h"
#include "train/reduce_near.h"

/* Lanes begin on a cache line. */
#define ALIGN_FLOATS 16

static size_t aligned(size_t floats)
{
    return (floats + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
}

/* Buffers of all parts of a rank. */
static size_t buffers_of(const struct ch_reduce *r, int rank)
{
    size_t count = 0;

    for (size_t i = r->first_part[rank]; i < r->first_part[rank + 1]; i++)
        count += r->tree[i].buffers;
    return count;
}

/* A rank's buffers, one after the other; what follows them. */
static float *lay_buffers(struct ch_reduce *r, int rank, float *at)
{
    for (size_t i = r->first_part[rank]; i < r->first_part[rank + 1]; i++) {
        const struct ch_tree_part *p = &r->tree[i];

        r->whole[i] = at;
        for (size_t l = p->first; l < p->end && rank == ch_comm_rank(r->comm);
             l++)
            r->grad[l] = at + r->lane[l].buffer * r->room;
        at += p->buffers * r->room;
    }
    return at;
}

/* Every rank's own buffers, and on rank 0 the parameters and the states, for
 * all to see. */
static int share(struct ch_reduce *r, struct ch_err *e)
{
    void *at[CH_LANES_MAX];
    int size = ch_comm_size(r->comm), rank = ch_comm_rank(r->comm);
    size_t arrays = buffers_of(r, rank) + (rank == 0 ? 1 + r->state_count : 0);
    int rc;

    if (!ch_comm_is_one_host(r->comm))
        return ch_fail(e, CH_EUSAGE, "ranks on several hosts cannot share "
                       "memory");
    rc = ch_comm_share(r->comm, arrays * r->room * sizeof(float), at, e);
    if (rc)
        return rc;
    for (int q = 0; q < size; q++) {
        float *end = lay_buffers(r, q, at[q]);

        if (q == 0)
            r->params = end;
    }
    for (size_t i = 0; i < r->state_count; i++)
        r->state[i] = r->params + (i + 1) * r->room;
    for (size_t i = 0; i < r->part_count; i++)
        r->part[i] = r->whole[i] + r->first;
    r->is_shared = true;
    return 0;
}

/* The same of the ranks of each host. */
static int share_near(struct ch_reduce *r, struct ch_err *e)
{
    void *at[CH_LANES_MAX];
    size_t buffers = buffers_of(r, ch_comm_rank(r->comm));
    int rc = ch_comm_share(r->comm, buffers * r->room * sizeof(float), at,
                           e);

    for (int q = 0; q < ch_comm_size(r->comm) && !rc; q++)
        if (at[q])
            lay_buffers(r, q, at[q]);
    r->is_hosted = !rc;
    return rc;
}

/* What this rank sends, and what it gets. */
static int take_own(struct ch_reduce *r, struct ch_err *e)
{
    size_t slice = r->end - r->first, sent = 0;
    int rank = ch_comm_rank(r->comm);
    size_t buffers = r->is_hosted ? 0 : buffers_of(r, rank);

    for (size_t i = 0; i < r->part_count; i++)
        sent += !r->is_added[i];
    r->own = ch_block_get((buffers + 1) * r->room, sizeof *r->own);
    r->received = ch_block_get(sent * (slice ? slice : 1), sizeof *r->received);
    if (!r->own || !r->received)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu gradients of %zu "
                       "parameters", buffers, r->count);
    r->params = r->is_hosted ? r->own : lay_buffers(r, rank, r->own);
    sent = 0;
    for (size_t i = 0; i < r->part_count; i++)
        if (!r->is_added[i])
            r->part[i] = r->received + sent++ * slice;
    return 0;
}

/* host_ranks: 0, or as if each so many were on hosts of their own. */
static int find_hosts(struct ch_reduce *r, int host_ranks, struct ch_err *e)
{
    int rc = ch_comm_hosts(r->comm, r->host, e);

    /* From the last: the lower ones are as they were found. */
    for (int q = ch_comm_size(r->comm) - 1; q >= 0 && host_ranks && !rc; q--) {
        int lowest = q / host_ranks * host_ranks;

        while (r->host[lowest] != r->host[q])
            lowest++;
        r->host[q] = lowest;
    }
    return rc;
}

static int take_to_send(struct ch_reduce *r, int host_ranks, struct ch_err *e)
{
    struct ch_err why = CH_ERR_INIT;
    int size = ch_comm_size(r->comm), rc = find_hosts(r, host_ranks, e);
    bool is_near = false;

    if (rc)
        return rc;
    for (int q = 0; q < size; q++)
        is_near |= r->host[q] != q;
    if (is_near && share_near(r, &why)) {
        ch_log(CH_LOG_INFO, "%s; each rank sends its own gradients", why.msg);
        for (int q = 0; q < size; q++)
            r->host[q] = q;
    }
    ch_reduce_near_plan(r);
    return ch_comm_agree(r->comm, take_own(r, e), e);
}

/* What CHORUS_REDUCE wishes. */
struct wish {
    bool is_shared;
    int host_ranks;            /* see find_hosts(); 0: nothing is wished */
};

static int find_wish(struct wish *w, struct ch_err *e)
{
    const char *wish = getenv("CHORUS_REDUCE");
    char end;

    *w = (struct wish) { 0 };
    if (!wish)
        return 0;
    if (!strcmp(wish, "shared"))
        w->is_shared = true;
    else if (!strcmp(wish, "exchange"))
        w->host_ranks = 1;
    else if (sscanf(wish, "hosts:%d%c", &w->host_ranks, &end) != 1 ||
             w->host_ranks < 1)
        return ch_fail(e, CH_EUSAGE, "CHORUS_REDUCE is \"%s\", expected "
                       "shared, exchange or hosts:N", wish);
    return 0;
}

int ch_reduce_take(struct ch_reduce *r, struct ch_err *e)
{
    struct ch_err why = CH_ERR_INIT;
    struct wish wish = { 0 };
    int rc = 0;

    r->used_at = aligned(r->count);
    r->room = r->used_at + aligned(ch_reduce_blank_bytes(r->count) /
                                   sizeof(float) + 1);
    /* Rank 0's: mpirun alone gives ranks of other hosts another environment. */
    if (ch_comm_rank(r->comm) == 0)
        rc = find_wish(&wish, e);
    rc = ch_comm_agree(r->comm, rc, e);
    if (!rc) rc = ch_comm_broadcast(r->comm, &wish, sizeof wish, e);
    if (rc)
        return rc;
    if (wish.is_shared)
        return share(r, e);
    if (wish.host_ranks > 0)
        return take_to_send(r, wish.host_ranks, e);
    if (!ch_comm_is_one_host(r->comm))
        return take_to_send(r, 0, e);
    if (!share(r, &why))
        return 0;
    ch_log(CH_LOG_INFO, "%s; the ranks send their gradients instead", why.msg);
    return take_to_send(r, 1, e);
}
