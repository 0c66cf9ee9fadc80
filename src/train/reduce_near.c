/* reduce_near.c - what the ranks of a host add up before anything is sent */
#include "train/reduce_near.h"

#include "kernel/kernel.h"

void ch_reduce_near_plan(struct ch_reduce *r)
{
    int host[CH_LANES_MAX];     /* of the part's rank; -1: has far ones in it */
    int own = r->host[ch_comm_rank(r->comm)];
    size_t far = 0;

    for (int q = 0; q < ch_comm_size(r->comm); q++) {
        if (q == ch_comm_rank(r->comm))
            r->near_rank = r->near_ranks;
        r->near_ranks += r->host[q] == own;
        for (size_t i = r->first_part[q]; i < r->first_part[q + 1]; i++)
            host[i] = r->host[q];
    }
    for (size_t m = 0; m < r->merge_count; m++) {
        struct ch_tree_merge merge = r->merge[m];
        int at = host[merge.to];

        if (at >= 0 && at == host[merge.from]) {
            r->is_added[merge.from] = true;
            if (at == own)
                r->near[r->near_count++] = merge;
        } else {
            host[merge.to] = -1;
            r->merge[far++] = merge;
        }
    }
    r->merge_count = far;
}

/* First float of one of so many pieces, of whole blocks. */
static size_t piece_first(const struct ch_reduce *r, size_t piece,
                          size_t pieces)
{
    size_t blocks = (r->count + CH_SUM_BLOCK - 1) / CH_SUM_BLOCK;
    size_t at = piece * blocks / pieces * CH_SUM_BLOCK;

    return at < r->count ? at : r->count;
}

/* A piece for each lane of this rank; block by block, while it is in the
 * cache. */
static int add_piece(void *context, size_t lane, size_t member,
                     struct ch_err *e)
{
    const struct ch_reduce *r = context;
    size_t lanes = r->end_lane - r->first_lane;
    size_t piece = r->near_rank * lanes + lane - r->first_lane;
    size_t end = piece_first(r, piece + 1, r->near_ranks * lanes);

    (void)member;
    (void)e;
    for (size_t at = piece_first(r, piece, r->near_ranks * lanes); at < end;
         at += CH_SUM_BLOCK) {
        size_t n = end - at < CH_SUM_BLOCK ? end - at : CH_SUM_BLOCK;

        for (size_t i = 0; i < r->near_count; i++)
            ch_kernel_get()->add(n, r->whole[r->near[i].from] + at,
                                 r->whole[r->near[i].to] + at);
    }
    return 0;
}

int ch_reduce_near_add(struct ch_reduce *r, struct ch_err *e)
{
    int rc = r->is_hosted ? ch_comm_fence(r->comm, e) : 0;

    if (!rc && r->near_count && r->crew)
        rc = ch_crew_run(r->crew, add_piece, r, e);
    else if (!rc && r->near_count)
        for (size_t l = r->first_lane; l < r->end_lane; l++)
            (void)add_piece(r, l, 0, e);    /* cannot fail */
    if (!rc && r->is_hosted)
        rc = ch_comm_fence(r->comm, e);
    return rc;
}
