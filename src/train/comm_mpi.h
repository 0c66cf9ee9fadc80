/* comm_mpi.h - what the files of comm_mpi share (the door of MPI) */
#ifndef TRAIN_COMM_MPI_H
#define TRAIN_COMM_MPI_H

#include <stdbool.h>
#include <stdint.h>

#include <mpi.h>

#include "chorus/comm.h"

#define SHARE_MAX 64

/* What ch_comm_share() gave: one of the two. */
struct ch_comm_shared {
    MPI_Win window;
    void *block;                /* of a rank that is alone */
};

struct ch_comm {
    bool is_alone;              /* not started by mpirun: no MPI */
    MPI_Comm world, host;       /* ours; the ranks of this host */
    int rank, size;
    int is_one_host;
    int is_starter;             /* MPI was started by us: we end it */
    char name[64];
    char library[MPI_MAX_LIBRARY_VERSION_STRING];
    int *count, *start;         /* [size] each, for gather */
    struct ch_comm_shared share[SHARE_MAX];
    int share_count;
    struct ch_comm_shared pages;     /* ch_comm_page(), once made: */
    void **page;                /* [size] */
    uint64_t *calls, no_calls;  /* ch_comm_watch() */
    MPI_Win counters;
    int64_t *answer;            /* rank 0's counters, when asked by message */
    int is_asking;              /* counters go by message */
};

/* "WHAT failed: ", and MPI's words. */
int ch_comm_mpi_fail(struct ch_err *e, int mpi, const char *what);
/* Around what waits for other ranks. */
void ch_comm_mpi_enter(struct ch_comm *c);
void ch_comm_mpi_leave(struct ch_comm *c);
/* Collective. */
void ch_comm_mpi_drop_counters(struct ch_comm *c);
void ch_comm_mpi_drop_shares(struct ch_comm *c);

#endif
