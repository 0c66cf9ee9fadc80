/* comm_mpi.c - ranks under mpirun
 *
 * Without mpirun a job is one rank, alone: MPI, which takes a third of a second
 * to start, is not started, and what is said stays here (c->is_alone).
 */
#include "train/comm_mpi.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* MPI counts are ints: larger things go in pieces of so many. */
#define PIECE ((size_t)1 << 28)

int ch_comm_mpi_fail(struct ch_err *e, int mpi, const char *what)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int n = 0;

    if (MPI_Error_string(mpi, text, &n))
        snprintf(text, sizeof text, "MPI error %d", mpi);
    return ch_fail(e, CH_ECOMM, "%s failed: %s", what, text);
}

void ch_comm_watch(struct ch_comm *c, uint64_t *calls)
{
    c->calls = calls ? calls : &c->no_calls;
}

void ch_comm_mpi_enter(struct ch_comm *c)
{
    __atomic_fetch_add(c->calls, 1, __ATOMIC_RELAXED);
}

void ch_comm_mpi_leave(struct ch_comm *c)
{
    __atomic_fetch_add(c->calls, 1, __ATOMIC_RELAXED);
}

static int set_groups(struct ch_comm *c, struct ch_err *e)
{
    int hosted = 0, length = 0, mine, rc;

    rc = MPI_Comm_dup(MPI_COMM_WORLD, &c->world);
    if (!rc) rc = MPI_Comm_set_errhandler(c->world, MPI_ERRORS_RETURN);
    if (!rc) rc = MPI_Comm_rank(c->world, &c->rank);
    if (!rc) rc = MPI_Comm_size(c->world, &c->size);
    if (!rc) rc = MPI_Comm_split_type(c->world, MPI_COMM_TYPE_SHARED, 0,
                                      MPI_INFO_NULL, &c->host);
    if (!rc) rc = MPI_Comm_set_errhandler(c->host, MPI_ERRORS_RETURN);
    if (!rc) rc = MPI_Comm_size(c->host, &hosted);
    mine = hosted == c->size;
    if (!rc) rc = MPI_Allreduce(&mine, &c->is_one_host, 1, MPI_INT, MPI_MIN,
                                c->world);
    if (!rc) rc = MPI_Get_library_version(c->library, &length);
    return rc ? ch_comm_mpi_fail(e, rc, "finding the ranks") : 0;
}

/* Did something start this process as one of several?  It tells each its place:
 * Open MPI's mpirun, PMIx and PMI (srun, MPICH, Intel MPI), Cray's and IBM's
 * launchers, Flux.  An srun that tells nothing of MPI has tasks, and MPI is
 * asked what it makes of them: better an error than a job for each. */
static bool is_launched(void)
{
    static const char *const name[] = {
        "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_FD",
        "PALS_RANKID", "JSM_NAMESPACE_RANK", "FLUX_TASK_RANK"
    };
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS");

    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (getenv(name[i]))
            return true;
    return tasks && strcmp(tasks, "1") != 0;
}

static int start_mpi(struct ch_comm *c, struct ch_err *e)
{
    int was_started = 0, level = 0, rc;

    rc = MPI_Initialized(&was_started);
    c->is_alone = !rc && !was_started && !is_launched();
    if (c->is_alone) {
        c->size = c->is_one_host = 1;
        return 0;
    }
    if (!rc && !was_started) {
        rc = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
        c->is_starter = !rc;
    }
    return rc ? ch_comm_mpi_fail(e, rc, "starting MPI") : 0;
}

int ch_comm_open(struct ch_comm **out, struct ch_err *e)
{
    struct ch_comm *c = calloc(1, sizeof *c);
    int rc;

    *out = NULL;
    if (!c)
        return ch_fail(e, CH_ENOMEM, "cannot hold the job's ranks");
    c->world = c->host = MPI_COMM_NULL;
    c->counters = c->pages.window = MPI_WIN_NULL;
    c->calls = &c->no_calls;
    if (gethostname(c->name, sizeof c->name - 1))
        snprintf(c->name, sizeof c->name, "unknown");
    rc = start_mpi(c, e);
    if (!rc && !c->is_alone) rc = set_groups(c, e);
    if (!rc) {
        c->count = calloc(2 * (size_t)c->size, sizeof *c->count);
        c->start = c->count ? c->count + c->size : NULL;
        if (!c->count)
            rc = ch_fail(e, CH_ENOMEM, "cannot hold %d ranks", c->size);
        rc = ch_comm_agree(c, rc, e);
    }
    if (rc)
        ch_comm_close(c);
    else
        *out = c;
    return rc;
}

void ch_comm_close(struct ch_comm *c)
{
    if (!c)
        return;
    ch_comm_mpi_drop_shares(c);
    ch_comm_mpi_drop_counters(c);
    if (c->host != MPI_COMM_NULL)
        MPI_Comm_free(&c->host);
    if (c->world != MPI_COMM_NULL)
        MPI_Comm_free(&c->world);
    if (c->is_starter)
        MPI_Finalize();
    free(c->count);
    free(c);
}

int ch_comm_rank(const struct ch_comm *c)
{
    return c->rank;
}

int ch_comm_size(const struct ch_comm *c)
{
    return c->size;
}

const char *ch_comm_host(const struct ch_comm *c)
{
    return c->name;
}

const char *ch_comm_library(const struct ch_comm *c)
{
    return c->library;
}

int ch_comm_is_one_host(const struct ch_comm *c)
{
    return c->is_one_host;
}

int ch_comm_agree(struct ch_comm *c, int rc, struct ch_err *e)
{
    struct { struct ch_err error; char host[64]; } told;
    int mine = rc ? c->rank : c->size, first, mpi;

    if (c->is_alone)
        return rc;
    ch_comm_mpi_enter(c);
    mpi = MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, c->world);
    ch_comm_mpi_leave(c);
    if (mpi)
        return ch_comm_mpi_fail(e, mpi, "agreeing on an error");
    if (first == c->size)
        return 0;
    memset(&told, 0, sizeof told);
    if (first == c->rank) {
        if (e)
            told.error = *e;
        told.error.code = rc;
        snprintf(told.host, sizeof told.host, "%s", c->name);
    }
    ch_comm_mpi_enter(c);
    mpi = MPI_Bcast(&told, sizeof told, MPI_BYTE, first, c->world);
    ch_comm_mpi_leave(c);
    if (mpi)
        return ch_comm_mpi_fail(e, mpi, "telling an error");
    if (!e)
        return told.error.code;
    if (first != c->rank) {      /* its pointers mean nothing here */
        told.error.file = __FILE__;
        told.error.line = __LINE__;
    }
    *e = told.error;
    if (c->size > 1)
        ch_err_wrap(e, "rank %d (%s)", first, told.host);
    return told.error.code;
}

int ch_comm_barrier(struct ch_comm *c, struct ch_err *e)
{
    int mpi;

    ch_comm_mpi_enter(c);
    mpi = c->is_alone ? 0 : MPI_Barrier(c->world);
    ch_comm_mpi_leave(c);
    return mpi ? ch_comm_mpi_fail(e, mpi, "waiting for the other ranks") : 0;
}

static int broadcast_from(struct ch_comm *c, char *at, size_t bytes, int root)
{
    int mpi = 0;

    while (bytes && !mpi && !c->is_alone) {
        size_t n = bytes < PIECE ? bytes : PIECE;

        mpi = MPI_Bcast(at, (int)n, MPI_BYTE, root, c->world);
        at += n;
        bytes -= n;
    }
    return mpi;
}

int ch_comm_broadcast(struct ch_comm *c, void *data, size_t bytes,
                      struct ch_err *e)
{
    int mpi;

    ch_comm_mpi_enter(c);
    mpi = broadcast_from(c, data, bytes, 0);
    ch_comm_mpi_leave(c);
    return mpi ? ch_comm_mpi_fail(e, mpi, "sending to all ranks") : 0;
}

/* Bytes of a rank: its own count, or as many as of each. */
static size_t bytes_of(const size_t *bytes, size_t each, int rank)
{
    return bytes ? bytes[rank] : each;
}

/* More bytes than an int counts: one rank after the other. */
static int gather_large(struct ch_comm *c, char *all, const size_t *bytes,
                        size_t each)
{
    int mpi = 0;

    for (int r = 0; r < c->size && !mpi; r++) {
        mpi = broadcast_from(c, all, bytes_of(bytes, each, r), r);
        all += bytes_of(bytes, each, r);
    }
    return mpi;
}

static int gather(struct ch_comm *c, const void *mine, void *all,
                  const size_t *bytes, size_t each, struct ch_err *e)
{
    char *place = all;
    size_t total = 0, own = bytes_of(bytes, each, c->rank);
    int mpi = 0;

    for (int r = 0; r < c->size; r++) {
        if (r == c->rank)
            place = (char *)all + total;
        c->count[r] = (int)bytes_of(bytes, each, r);
        c->start[r] = (int)total;
        total += bytes_of(bytes, each, r);
    }
    if (mine != place && own)
        memcpy(place, mine, own);
    ch_comm_mpi_enter(c);
    if (total > INT_MAX)
        mpi = gather_large(c, all, bytes, each);
    else if (!c->is_alone)
        mpi = MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, c->count,
                             c->start, MPI_BYTE, c->world);
    ch_comm_mpi_leave(c);
    return mpi ? ch_comm_mpi_fail(e, mpi, "gathering from all ranks") : 0;
}

int ch_comm_gather(struct ch_comm *c, const void *mine, void *all,
                   const size_t *bytes, struct ch_err *e)
{
    return gather(c, mine, all, bytes, 0, e);
}

int ch_comm_gather_each(struct ch_comm *c, const void *mine, void *all,
                        size_t bytes, struct ch_err *e)
{
    return gather(c, mine, all, NULL, bytes, e);
}

/* Send to one rank while another sends to us.  Who has nothing (more) to say
 * is not waited for: both sides know the counts. */
static int swap(struct ch_comm *c, const float *send, size_t send_count,
                int to, float *receive, size_t receive_count, int from)
{
    int mpi = 0;

    while ((send_count || receive_count) && !mpi) {
        size_t s = send_count < PIECE ? send_count : PIECE;
        size_t r = receive_count < PIECE ? receive_count : PIECE;

        mpi = MPI_Sendrecv(send, (int)s, MPI_FLOAT, s ? to : MPI_PROC_NULL, 1,
                           receive, (int)r, MPI_FLOAT,
                           r ? from : MPI_PROC_NULL, 1, c->world,
                           MPI_STATUS_IGNORE);
        send += s;
        send_count -= s;
        receive += r;
        receive_count -= r;
    }
    return mpi;
}

int ch_comm_exchange(struct ch_comm *c, const float *send,
                     struct ch_comm_part to, float *receive,
                     struct ch_comm_part from, struct ch_err *e)
{
    int mpi = 0;

    if (to.count[c->rank])
        memcpy(receive + from.start[c->rank], send + to.start[c->rank],
               to.count[c->rank] * sizeof *send);
    ch_comm_mpi_enter(c);
    for (int k = 1; k < c->size && !mpi; k++) {
        int q = (c->rank + k) % c->size;
        int p = (c->rank - k + c->size) % c->size;

        mpi = swap(c, send + to.start[q], to.count[q], q,
                   receive + from.start[p], from.count[p], p);
    }
    ch_comm_mpi_leave(c);
    return mpi ? ch_comm_mpi_fail(e, mpi, "exchanging with other ranks") : 0;
}

int ch_comm_sum(struct ch_comm *c, float *x, size_t count, struct ch_err *e)
{
    int mpi = 0;

    ch_comm_mpi_enter(c);
    while (count && !mpi && !c->is_alone) {
        size_t n = count < PIECE ? count : PIECE;

        mpi = MPI_Allreduce(MPI_IN_PLACE, x, (int)n, MPI_FLOAT, MPI_SUM,
                            c->world);
        x += n;
        count -= n;
    }
    ch_comm_mpi_leave(c);
    return mpi ? ch_comm_mpi_fail(e, mpi, "adding with other ranks") : 0;
}

/* Where a rank may run. */
struct place {
    char host[64];
    cpu_set_t cores;
};

int ch_comm_cores(struct ch_comm *c, size_t *cores, struct ch_err *e)
{
    size_t size = (size_t)c->size, same = 0;
    struct place *all = calloc(size, sizeof *all), *mine;
    int rc = all ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu ranks", size);

    rc = ch_comm_agree(c, rc, e);
    if (!rc) {
        mine = &all[c->rank];
        snprintf(mine->host, sizeof mine->host, "%s", c->name);
        if (sched_getaffinity(0, sizeof mine->cores, &mine->cores))
            CPU_SET(0, &mine->cores);
        rc = ch_comm_gather_each(c, mine, all, sizeof *all, e);
        for (size_t r = 0; r < size; r++)
            same += !strcmp(all[r].host, mine->host) &&
                    CPU_EQUAL(&all[r].cores, &mine->cores);
        *cores = (size_t)CPU_COUNT(&mine->cores) / (same ? same : 1);
        if (*cores < 1)
            *cores = 1;
    }
    free(all);
    return rc;
}

void ch_comm_abort(struct ch_comm *c, int exit_code)
{
    if (!c || !c->is_alone)
        MPI_Abort(c ? c->world : MPI_COMM_WORLD, exit_code);
    _exit(exit_code);
}
