/* comm.h - ranks, and what they say to each other
 *
 * The only door to MPI.  Two implementations define these functions and a
 * program links exactly one: train/comm_mpi.c, or train/comm_self.c for one
 * process without MPI.  Neither is in libchorus.a.
 *
 * Life:     open -> ... -> close
 * Threads:  one thread only, the one that opened it.
 * Ranks:    functions marked Collective are called by all ranks, in the same
 *           order, or the job hangs; a rank that fails alone calls
 *           ch_comm_agree() before the next of them.
 */
#ifndef CHORUS_COMM_H
#define CHORUS_COMM_H

#include "chorus/err.h"

#include <stddef.h>

struct ch_comm;

/* Collective.  Start MPI and take part in the job.  Started without mpirun (or
 * srun, or another launcher that gives MPI its ranks) it is a job of one rank,
 * and MPI is not started. */
int ch_comm_open(struct ch_comm **out, struct ch_err *e);
/* Collective.  NULL is fine. */
void ch_comm_close(struct ch_comm *c);

int ch_comm_rank(const struct ch_comm *c);
int ch_comm_size(const struct ch_comm *c);
/* The name of this rank's host, for messages. */
const char *ch_comm_host(const struct ch_comm *c);
/* What carries it, and its version: "Open MPI v4.1.4, ...". */
const char *ch_comm_library(const struct ch_comm *c);
/* 1 when all ranks can see one memory (they run on one host). */
int ch_comm_is_one_host(const struct ch_comm *c);

/* Collective.  host[r]: the lowest of the ranks that are on rank r's host.  One
 * for each rank, the caller's. */
int ch_comm_hosts(struct ch_comm *c, int *host, struct ch_err *e);

/* Collective.  All ranks say how they fared (rc 0 or negative, e filled).
 * Returns 0 when all said 0; otherwise every rank returns the code of the
 * lowest rank that failed and finds that rank's error in e, with
 * "rank R (host): " in front when there is more than one rank. */
int ch_comm_agree(struct ch_comm *c, int rc, struct ch_err *e);

/* Collective. */
int ch_comm_barrier(struct ch_comm *c, struct ch_err *e);

/* Collective.  `bytes` of rank 0's `data` to all. */
int ch_comm_broadcast(struct ch_comm *c, void *data, size_t bytes,
                      struct ch_err *e);

/* Collective.  Each rank gives bytes[rank] bytes; all of them arrive at every
 * rank in `all`, in rank order.  bytes: one count per rank, same on all.
 * `mine` may be its own place in `all`. */
int ch_comm_gather(struct ch_comm *c, const void *mine, void *all,
                   const size_t *bytes, struct ch_err *e);
/* The same, where each rank gives as many. */
int ch_comm_gather_each(struct ch_comm *c, const void *mine, void *all,
                        size_t bytes, struct ch_err *e);

/* Collective.  Piece (from -> to) of floats: rank r sends send_count[q] floats
 * starting at send + send_start[q] to every rank q, and receives likewise.
 * Counts and starts are in floats. */
struct ch_comm_part {
    const size_t *count;   /* one per rank */
    const size_t *start;
};
int ch_comm_exchange(struct ch_comm *c, const float *send,
                     struct ch_comm_part to, float *receive,
                     struct ch_comm_part from, struct ch_err *e);

/* Collective.  x [count] becomes the sum of all ranks' x, in the order that MPI
 * finds fast: another number of ranks may give other last bits. */
int ch_comm_sum(struct ch_comm *c, float *x, size_t count, struct ch_err *e);

/* Collective.  A memory that the ranks of each host share.  Each rank asks for
 * its own `bytes`; all[r] becomes the address, in this process, of rank r's
 * part, 64-byte aligned and zeroed; NULL for ranks of other hosts.  all: one
 * pointer per rank, the caller's.  Freed by ch_comm_close(); at most 64 of
 * them.  After failure (too little shared memory) the job can go on without. */
int ch_comm_share(struct ch_comm *c, size_t bytes, void **all,
                  struct ch_err *e);

/* Collective.  Everything written to shared memory before is seen by all
 * ranks of this host after. */
int ch_comm_fence(struct ch_comm *c, struct ch_err *e);

/* Collective.  Some memory for every rank that it shares with those of its
 * host, also in a job on several hosts: all[r] becomes the address, in this
 * process, of rank r's page, 64-byte aligned and zeroed; NULL for ranks of
 * other hosts.  There is one such page: asking again gives the same.  Freed by
 * ch_comm_close(). */
#define CH_COMM_PAGE_BYTES 1024
int ch_comm_page(struct ch_comm *c, void **all, struct ch_err *e);

/* From now on *calls grows by one when a call begins to wait for other ranks
 * and by one when it has done so, both atomically: while it is odd this rank
 * waits.  NULL: no more. */
void ch_comm_watch(struct ch_comm *c, uint64_t *calls);

/* Collective.  How many cores this rank may keep busy: those it is bound to, or
 * its part of those it shares with other ranks of its host; at least 1. */
int ch_comm_cores(struct ch_comm *c, size_t *cores, struct ch_err *e);

/* Collective, once.  `count` counters that all ranks see, all 0.  Freed by
 * ch_comm_close(). */
int ch_comm_counters(struct ch_comm *c, size_t count, struct ch_err *e);
/* Not collective.  Adds n to a counter; *before is what it was.  Rank 0 holds
 * them: between hosts (and with CHORUS_COUNTERS=messages, for tests) the others
 * wait until it is in one of these two calls. */
int ch_comm_count(struct ch_comm *c, size_t counter, int64_t n,
                  int64_t *before, struct ch_err *e);
/* Collective, before any other collective call: no rank counts any more. */
int ch_comm_count_last(struct ch_comm *c, struct ch_err *e);

/* The last word of a rank that cannot go on: ends the whole job with this
 * exit code, without waiting for anybody. */
void ch_comm_abort(struct ch_comm *c, int exit_code)
    __attribute__((noreturn));

#endif
