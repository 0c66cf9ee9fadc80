/* comm_mpi_count.c - counters that all ranks see
 *
 * On one host they lie in memory that all ranks reach.  Between hosts Open MPI
 * offers such memory on some networks only: there rank 0 answers messages.
 */
#include "train/comm_mpi.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ASK = 1, ANSWER };

static int make_window(struct ch_comm *c, size_t count, int64_t **counter)
{
    MPI_Aint bytes = c->rank == 0 ? (MPI_Aint)(count * sizeof(int64_t)) : 0;
    int mpi = MPI_Win_allocate(bytes, sizeof **counter, MPI_INFO_NULL,
                               c->world, counter, &c->counters);

    if (!mpi) mpi = MPI_Win_set_errhandler(c->counters, MPI_ERRORS_RETURN);
    if (!mpi) mpi = MPI_Win_lock_all(MPI_MODE_NOCHECK, c->counters);
    if (!mpi && c->rank == 0) {
        memset(*counter, 0, (size_t)bytes);
        mpi = MPI_Win_sync(c->counters);
    }
    if (!mpi) mpi = MPI_Barrier(c->world);
    return mpi;
}

int ch_comm_counters(struct ch_comm *c, size_t count, struct ch_err *e)
{
    const char *wish = getenv("CHORUS_COUNTERS");
    int64_t *counter = NULL;
    int mpi, rc = 0;

    c->is_asking = c->is_alone || !c->is_one_host ||
                   (wish && !strcmp(wish, "messages"));
    if (!c->is_asking) {
        mpi = make_window(c, count, &counter);
        return mpi ? ch_comm_mpi_fail(e, mpi, "making counters") : 0;
    }
    if (c->rank == 0)
        c->answer = calloc(count, sizeof *c->answer);
    if (c->rank == 0 && !c->answer)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu counters", count);
    return ch_comm_agree(c, rc, e);
}

/* Rank 0: everybody who asks by now. */
static int answer(struct ch_comm *c)
{
    MPI_Status status;
    int is_there = 0, mpi = 0;

    if (!c->is_alone)
        mpi = MPI_Iprobe(MPI_ANY_SOURCE, ASK, c->world, &is_there, &status);
    while (!mpi && is_there) {
        int64_t add[2], before = 0;

        mpi = MPI_Recv(add, 2, MPI_INT64_T, status.MPI_SOURCE, ASK, c->world,
                       MPI_STATUS_IGNORE);
        if (mpi)
            break;
        before = c->answer[add[0]];
        c->answer[add[0]] += add[1];
        mpi = MPI_Send(&before, 1, MPI_INT64_T, status.MPI_SOURCE, ANSWER,
                       c->world);
        if (!mpi)
            mpi = MPI_Iprobe(MPI_ANY_SOURCE, ASK, c->world, &is_there,
                             &status);
    }
    return mpi;
}

int ch_comm_count(struct ch_comm *c, size_t counter, int64_t n,
                  int64_t *before, struct ch_err *e)
{
    int64_t add[2] = { (int64_t)counter, n };
    int mpi;

    if (!c->is_asking) {
        mpi = MPI_Fetch_and_op(&n, before, MPI_INT64_T, 0, (MPI_Aint)counter,
                               MPI_SUM, c->counters);
        if (!mpi) mpi = MPI_Win_flush(0, c->counters);
    } else if (c->rank > 0) {
        mpi = MPI_Sendrecv(add, 2, MPI_INT64_T, 0, ASK, before, 1,
                           MPI_INT64_T, 0, ANSWER, c->world,
                           MPI_STATUS_IGNORE);
    } else {
        mpi = answer(c);
        *before = c->answer[counter];
        c->answer[counter] += n;
    }
    return mpi ? ch_comm_mpi_fail(e, mpi, "counting") : 0;
}

int ch_comm_count_last(struct ch_comm *c, struct ch_err *e)
{
    MPI_Request all;
    int is_over = c->is_alone;
    int mpi = c->is_alone ? 0 : MPI_Ibarrier(c->world, &all);

    while (!mpi && !is_over) {
        if (c->is_asking && c->rank == 0)
            mpi = answer(c);
        if (!mpi) mpi = MPI_Test(&all, &is_over, MPI_STATUS_IGNORE);
        if (!mpi && !is_over)
            usleep(200);
    }
    return mpi ? ch_comm_mpi_fail(e, mpi, "ending the count") : 0;
}

void ch_comm_mpi_drop_counters(struct ch_comm *c)
{
    if (c->counters != MPI_WIN_NULL) {
        MPI_Win_unlock_all(c->counters);
        MPI_Win_free(&c->counters);
    }
    free(c->answer);
}
