/* replica_check.c - weights and optimiser's state are as the last step left
 * them */
#include "train/replica_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define HASHES (1 + CH_UPDATE_BLOCKS)

/* What a rank tells the others. */
struct report {
    uint64_t seal[HASHES], now[HASHES];    /* of the own slice */
    uint64_t view;             /* of the weights of all slices, as it holds
                                  them */
    char host[64];
};

static uint64_t hash_floats(const float *x, size_t n)
{
    return ch_hash(x, n * sizeof *x);
}

static void hash_own(const struct ch_replica *r, uint64_t hash[HASHES])
{
    const struct ch_reduce *d = &r->reduce;
    size_t n = d->end - d->first;

    memset(hash, 0, HASHES * sizeof *hash);
    hash[0] = hash_floats(d->params + d->first, n);
    for (size_t i = 0; i < r->update.block_count; i++)
        hash[1 + i] = hash_floats(r->update.block[i], n);
}

/* The hashes of all slices are one. */
static uint64_t hash_view(const struct ch_replica *r)
{
    const struct ch_reduce *d = &r->reduce;
    uint64_t slice[CH_LANES_MAX];
    int size = ch_comm_size(r->comm);

    if (d->is_shared)
        return 0;
    for (int q = 0; q < size; q++) {
        size_t first = ch_reduce_slice(d, q);

        slice[q] = hash_floats(d->params + first,
                               ch_reduce_slice(d, q + 1) - first);
    }
    return ch_hash(slice, (size_t)size * sizeof *slice);
}

static void seal(struct ch_replica *r)
{
    r->seal.step = r->schedule.step;
    hash_own(r, r->seal.hash);
}

static bool is_sealed(const struct ch_replica *r)
{
    return r->seal.step && r->seal.step == r->schedule.step;
}

/* Every so many steps, and over a validation. */
void ch_replica_check_seal(struct ch_replica *r)
{
    const struct ch_schedule *s = &r->schedule;
    uint64_t every = r->o.check_steps;

    if (every && (s->step % every == 0 || s->epoch_step == s->epoch_steps))
        seal(r);
}

/* ----------------------------------------------------------- the judgement */

static int fail_rank(const struct ch_replica *r, const struct report *all,
                     int rank, const char *what, struct ch_err *e)
{
    int size = ch_comm_size(r->comm);
    size_t first = ch_lanes_first(r->o.lanes, rank, size);
    size_t last = ch_lanes_first(r->o.lanes, rank + 1, size) - 1;

    return ch_fail(e, CH_EFORMAT, "rank %d on host %s, with lanes %zu to %zu, "
                   "%s after step %llu: a bit of its memory has changed, or on "
                   "the way to it; nothing was saved since, go on with "
                   "--resume, without that host if it is named again", rank,
                   all[rank].host, first, last, what,
                   (unsigned long long)r->schedule.step);
}

static int count_view(const struct report *all, int size, uint64_t view)
{
    int n = 0;

    for (int q = 0; q < size; q++)
        n += all[q].view == view;
    return n;
}

/* What most ranks hold; where as many hold another, what was sealed. */
static uint64_t right_view(const struct report *all, int size)
{
    uint64_t seal[CH_LANES_MAX], right;

    for (int q = 0; q < size; q++)
        seal[q] = all[q].seal[0];
    right = ch_hash(seal, (size_t)size * sizeof *seal);
    for (int q = 0; q < size; q++)
        if (2 * count_view(all, size, all[q].view) > size)
            right = all[q].view;
    return right;
}

static int judge_views(const struct ch_replica *r, const struct report *all,
                       struct ch_err *e)
{
    int size = ch_comm_size(r->comm);
    uint64_t right = right_view(all, size);
    char what[64];

    snprintf(what, sizeof what, "holds other weights than %d of %d ranks",
             count_view(all, size, right), size);
    for (int q = 0; q < size; q++)
        if (all[q].view != right)
            return fail_rank(r, all, q, what, e);
    return 0;
}

static int judge(const struct ch_replica *r, const struct report *all,
                 struct ch_err *e)
{
    const char *name[CH_UPDATE_BLOCKS];
    char what[96];
    int rc = r->reduce.is_shared ? 0 : judge_views(r, all, e);

    ch_update_blocks(&r->o, name);
    for (int q = 0; q < ch_comm_size(r->comm) && !rc; q++) {
        if (all[q].now[0] != all[q].seal[0])
            rc = fail_rank(r, all, q, "shares weights that are not what it "
                           "sealed", e);
        for (size_t i = 0; i < r->update.block_count && !rc; i++) {
            snprintf(what, sizeof what, "holds a part of the optimiser's %s "
                     "that is not what it sealed", name[i]);
            if (all[q].now[1 + i] != all[q].seal[1 + i])
                rc = fail_rank(r, all, q, what, e);
        }
    }
    return rc;
}

static int compare(const struct ch_replica *r, struct ch_err *e)
{
    size_t size = (size_t)ch_comm_size(r->comm);
    struct report *all = calloc(size, sizeof *all);
    struct report *mine = all ? &all[ch_comm_rank(r->comm)] : NULL;
    size_t bytes[CH_LANES_MAX];
    int rc = all ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold the hashes of %zu "
                               "ranks", size);

    rc = ch_comm_agree(r->comm, rc, e);
    if (!rc) {
        memcpy(mine->seal, r->seal.hash, sizeof mine->seal);
        hash_own(r, mine->now);
        mine->view = hash_view(r);
        snprintf(mine->host, sizeof mine->host, "%s", ch_comm_host(r->comm));
        for (size_t q = 0; q < size; q++)
            bytes[q] = sizeof *all;
        rc = ch_comm_gather(r->comm, mine, all, bytes, e);
    }
    if (!rc)
        rc = judge(r, all, e);
    free(all);
    return rc;
}

int ch_replica_check_step(struct ch_replica *r, struct ch_err *e)
{
    return is_sealed(r) ? compare(r, e) : 0;
}

/* Without a seal of this step, what the ranks hold is compared all the same. */
int ch_replica_check_save(struct ch_replica *r, struct ch_err *e)
{
    if (!r->o.check_steps)
        return 0;
    if (!is_sealed(r))
        seal(r);
    return compare(r, e);
}
