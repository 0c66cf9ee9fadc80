/* reduce.h - the gradients of all lanes become one sum, the same for any P
 *
 * Lanes are added up as a tree (train/tree.h).  A thread adds the lanes of its
 * part as it computes them.  The parameters are cut into blocks of CH_SUM_BLOCK
 * floats; each rank owns a slice of whole blocks and adds all parts there, as
 * the tree says.  So the order of every sum is a function of the lanes alone.
 *
 * On one host, parameters, gradients and the optimiser's state lie in memory
 * that all ranks share, and nothing is sent.  Otherwise the ranks of each host,
 * who share their gradients, add them up as far as the tree allows
 * (train/reduce_near.h), and slices of what is left are sent to their owners;
 * the sums are the same, bit for bit.  The environment variable CHORUS_REDUCE,
 * of rank 0, forces one (for tests): exchange sends without sharing anything;
 * hosts:N, too, as if each N ranks were on hosts of their own; shared makes it
 * an error when memory cannot be shared.
 *
 * With is_plain, each rank adds its own lanes and MPI_Allreduce adds the ranks:
 * what others do, to compare with.  The sum then depends on the ranks.
 *
 * Life:     init -> (of each own part, lane by lane: blank, use, write or add
 *           its gradient, fold -> sum -> change the own slice of the parameters
 *           -> publish) ... -> release
 * Ranks:    all functions are collective but release and the inline ones.
 * Memory:   nothing is allocated after init.
 */
#ifndef CH_TRAIN_REDUCE_H
#define CH_TRAIN_REDUCE_H

#include "base/hole.h"
#include "chorus/comm.h"
#include "data/lanes.h"
#include "train/crew.h"
#include "train/tree.h"

#define CH_REDUCE_STATES 3

/* How much there is to hold. */
struct ch_reduce_size {
    size_t params;             /* floats */
    size_t states;             /* arrays like the parameters, when shared */
    size_t lanes;
    size_t threads;            /* of this rank: each has a part of its lanes */
    size_t blank_first, blank_end;     /* floats that are mostly zero in a
                                * lane's gradient, or none */
};

struct ch_reduce {
    struct ch_comm *comm;
    size_t count;              /* floats of the parameters */
    size_t room;               /* of a buffer that holds as many */
    size_t used_at;            /* in a buffer: which of its blocks are used */
    size_t blank_first, blank_end;     /* floats (train/reduce_blank.h) */
    size_t hole_first, hole_end;       /* the whole blocks of them */
    enum ch_hole hole;
    size_t state_count;
    size_t lane_count;
    size_t first_lane, end_lane;   /* own lanes */
    size_t first, end;         /* own slice, in floats */
    bool is_shared;
    bool is_plain;             /* set after init, the same on all ranks */
    struct ch_crew *crew;      /* the same: who adds, or NULL: the caller */

    float *params;             /* [count], of the job or of this rank */
    float *state[CH_REDUCE_STATES];    /* [count], shared ones only */
    float *sum;                /* [end - first] after sum */
    const unsigned char *sum_used;     /* of each block of sum: 0: it is zero,
                                * and better not read; NULL: all are used */
    double square_sum;         /* of the whole sum, after sum */
    double wait_s;             /* spent waiting for other ranks, since init */

    float *grad[CH_LANES_MAX]; /* where those of own lanes go */
    struct ch_tree_lane lane[CH_LANES_MAX];    /* of own lanes: and how */
    struct ch_tree_part tree[CH_LANES_MAX];    /* the parts of all ranks */
    struct ch_tree_merge merge[CH_LANES_MAX];
    size_t part_count, merge_count;
    size_t first_part[CH_LANES_MAX + 1];       /* of each rank */
    float *part[CH_LANES_MAX]; /* each part's sum of the own slice; unset
                                * where it is added before it is sent */

    /* Of what is sent: */
    int host[CH_LANES_MAX];    /* of each rank: the lowest rank there */
    bool is_hosted;            /* its ranks share their gradients */
    bool is_added[CH_LANES_MAX];       /* the part, before anything is sent */
    float *whole[CH_LANES_MAX];        /* parts of this host */
    struct ch_tree_merge near[CH_LANES_MAX];   /* of them, before sending */
    size_t near_count, near_rank, near_ranks;  /* place among the host's */

    double *square;            /* one per block */
    float *own, *received;     /* blocks that are not shared */
    size_t to_count[CH_LANES_MAX], to_start[CH_LANES_MAX];
    size_t from_count[CH_LANES_MAX], from_start[CH_LANES_MAX];
};

int ch_reduce_init(struct ch_reduce *r, struct ch_comm *comm,
                   const struct ch_reduce_size *size, struct ch_err *e);
void ch_reduce_release(struct ch_reduce *r);   /* zeroed is fine */

/* The first float of a rank's slice; of the rank after the last: count. */
size_t ch_reduce_slice(const struct ch_reduce *r, int rank);

/* The own part that begins with a lane, or NULL. */
const struct ch_tree_part *ch_reduce_part(const struct ch_reduce *r,
                                          size_t lane);
/* Before a lane's gradient is written, and not added: the floats that are
 * mostly zero are. */
void ch_reduce_blank(struct ch_reduce *r, size_t lane);
/* Before floats [first, end) of it are written or added. */
int ch_reduce_use(struct ch_reduce *r, size_t lane, size_t first, size_t end,
                  struct ch_err *e);
/* A lane's gradient is where it should be: what is whole is added up.  Lanes of
 * a part one after the other; parts by any threads. */
int ch_reduce_fold(struct ch_reduce *r, size_t lane, struct ch_err *e);
/* Add the parts: r->sum and r->square_sum. */
int ch_reduce_sum(struct ch_reduce *r, struct ch_err *e);
/* The own slice of r->params goes to all ranks.  After that gradients may be
 * written again. */
int ch_reduce_publish(struct ch_reduce *r, struct ch_err *e);
/* Rank 0's r->params go to all ranks. */
int ch_reduce_spread(struct ch_reduce *r, struct ch_err *e);

/* Slices of an array like the parameters: every rank's to `all` on rank 0, and
 * back.  all: NULL on other ranks. */
int ch_reduce_collect(struct ch_reduce *r, const float *slice, float *all,
                      struct ch_err *e);
int ch_reduce_deal(struct ch_reduce *r, const float *all, float *slice,
                   struct ch_err *e);

/* One thing of `size` bytes per lane: own lanes' are filled in `all`, after it
 * every lane's is.  Needs no struct: it is used before sizes are known. */
int ch_reduce_lanes(struct ch_comm *comm, size_t lane_count, size_t size,
                    void *all, struct ch_err *e);

/* CH_EUSAGE, with the remedy, when there are more ranks than lanes. */
int ch_reduce_check(struct ch_comm *comm, size_t lane_count,
                    struct ch_err *e);

#endif
