/* comm_mpi_share.c - memory that the ranks of a host share */
#include "train/comm_mpi.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define ALIGN 64

static char *align(char *at)
{
    return at + (ALIGN - (uintptr_t)at % ALIGN) % ALIGN;
}

/* Of every rank of the job its number among those of this host, or
 * MPI_UNDEFINED. */
static int find_hosted(struct ch_comm *c, int *hosted)
{
    MPI_Group all = MPI_GROUP_NULL, here = MPI_GROUP_NULL;
    int mpi = MPI_Comm_group(c->world, &all);

    for (int r = 0; r < c->size; r++)
        c->start[r] = r;
    if (!mpi) mpi = MPI_Comm_group(c->host, &here);
    if (!mpi) mpi = MPI_Group_translate_ranks(all, c->size, c->start, here,
                                              hosted);
    if (all != MPI_GROUP_NULL)
        MPI_Group_free(&all);
    if (here != MPI_GROUP_NULL)
        MPI_Group_free(&here);
    return mpi;
}

int ch_comm_hosts(struct ch_comm *c, int *host, struct ch_err *e)
{
    int mpi = c->is_alone ? 0 : find_hosted(c, c->count), lowest = 0, rc = 0;

    if (mpi)
        rc = ch_comm_mpi_fail(e, mpi, "finding the ranks of a host");
    rc = ch_comm_agree(c, rc, e);
    if (rc)
        return rc;
    while (!c->is_alone && c->count[lowest] == MPI_UNDEFINED)
        lowest++;
    return ch_comm_gather_each(c, &lowest, host, sizeof lowest, e);
}

/* all[r]: where rank r's part is; NULL on another host. */
static int find_parts(struct ch_comm *c, MPI_Win w, void **all)
{
    int *hosted = c->count, mpi = find_hosted(c, hosted);

    for (int r = 0; r < c->size && !mpi; r++) {
        MPI_Aint bytes;
        int unit;
        char *at = NULL;

        all[r] = NULL;
        if (hosted[r] == MPI_UNDEFINED)
            continue;
        mpi = MPI_Win_shared_query(w, hosted[r], &bytes, &unit, &at);
        /* Parts begin on a page, in every process: rounded up all the same
         * way. */
        all[r] = align(at);
    }
    return mpi;
}

/* This rank's part, and leave to use all parts at any time. */
static int make_share(struct ch_comm *c, size_t bytes, MPI_Win *w,
                      struct ch_err *e)
{
    MPI_Info info = MPI_INFO_NULL;
    char *base = NULL;
    int mpi = MPI_Info_create(&info);

    ch_comm_mpi_enter(c);
    /* Each part on pages of its own, near the rank that asked for it. */
    if (!mpi) mpi = MPI_Info_set(info, "alloc_shared_noncontig", "true");
    if (!mpi) mpi = MPI_Win_allocate_shared((MPI_Aint)(bytes + ALIGN), 1, info,
                                            c->host, &base, w);
    if (!mpi) mpi = MPI_Win_set_errhandler(*w, MPI_ERRORS_RETURN);
    if (!mpi) mpi = MPI_Win_lock_all(MPI_MODE_NOCHECK, *w);
    if (info != MPI_INFO_NULL)
        MPI_Info_free(&info);
    ch_comm_mpi_leave(c);
    return mpi ? ch_comm_mpi_fail(e, mpi, "sharing memory") : 0;
}

/* On every host.  A window that only some ranks got, or see, cannot be freed:
 * freeing is collective.  It stays until the process ends. */
static int share_with_ranks(struct ch_comm *c, size_t bytes,
                            struct ch_comm_shared *s, void **all,
                            struct ch_err *e)
{
    MPI_Win w = MPI_WIN_NULL;
    int rc = ch_comm_agree(c, make_share(c, bytes, &w, e), e);
    int mpi = rc ? 0 : find_parts(c, w, all);

    if (rc)
        return rc;
    if (mpi)
        rc = ch_comm_mpi_fail(e, mpi, "finding shared memory");
    rc = ch_comm_agree(c, rc, e);
    if (rc)
        return rc;
    s->window = w;
    memset(all[c->rank], 0, bytes);
    return 0;
}

static int make_shared(struct ch_comm *c, size_t bytes,
                       struct ch_comm_shared *s, void **all, struct ch_err *e)
{
    *s = (struct ch_comm_shared) { .window = MPI_WIN_NULL };
    if (!c->is_alone)
        return share_with_ranks(c, bytes, s, all, e);
    all[0] = s->block = ch_block_get(bytes ? bytes : 1, 1);
    return s->block ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu bytes",
                                  bytes);
}

int ch_comm_share(struct ch_comm *c, size_t bytes, void **all,
                  struct ch_err *e)
{
    int rc;

    if (c->share_count == SHARE_MAX)
        return ch_fail(e, CH_EUSAGE, "more than %d shared memories",
                       SHARE_MAX);
    rc = make_shared(c, bytes, &c->share[c->share_count], all, e);
    if (rc)
        return rc;
    c->share_count++;
    return ch_comm_fence(c, e);
}

int ch_comm_fence(struct ch_comm *c, struct ch_err *e)
{
    int mpi = 0;

    if (c->is_alone)
        return 0;
    ch_comm_mpi_enter(c);
    for (int i = 0; i < c->share_count && !mpi; i++)
        mpi = MPI_Win_sync(c->share[i].window);
    if (!mpi) mpi = MPI_Barrier(c->host);
    for (int i = 0; i < c->share_count && !mpi; i++)
        mpi = MPI_Win_sync(c->share[i].window);
    ch_comm_mpi_leave(c);
    return mpi ? ch_comm_mpi_fail(e, mpi, "waiting at shared memory") : 0;
}

int ch_comm_page(struct ch_comm *c, void **all, struct ch_err *e)
{
    int rc = 0;

    if (!c->page) {
        c->page = calloc((size_t)c->size, sizeof *c->page);
        if (!c->page)
            rc = ch_fail(e, CH_ENOMEM, "cannot hold %d pages", c->size);
        rc = ch_comm_agree(c, rc, e);
        if (!rc) rc = make_shared(c, CH_COMM_PAGE_BYTES, &c->pages, c->page,
                                  e);
        if (rc) {
            free(c->page);
            c->page = NULL;
            return rc;
        }
    }
    memcpy(all, c->page, (size_t)c->size * sizeof *all);
    memset(all[c->rank], 0, CH_COMM_PAGE_BYTES);
    return ch_comm_barrier(c, e);
}

static void drop(struct ch_comm_shared *s)
{
    ch_block_release(s->block);
    if (s->window != MPI_WIN_NULL) {
        MPI_Win_unlock_all(s->window);
        MPI_Win_free(&s->window);
    }
}

void ch_comm_mpi_drop_shares(struct ch_comm *c)
{
    while (c->share_count > 0)
        drop(&c->share[--c->share_count]);
    drop(&c->pages);
    free(c->page);
}
