/* probe.c - how fast processors are, and the network between them
 *
 * All ranks compute at the same time, as they will.  The best of several tries
 * counts: what else runs on a host for a moment makes no slow host.
 */
#include "train/probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "data/lanes.h"
#include "kernel/kernel.h"

/* A product like those of the output layer. */
enum { M = 256, N = 1024, K = 512 };
#define SLICES 4
#define SLICE_S 0.25
#define TRIES 4
#define SMALL_SUMS 8           /* in a try */
#define LARGE ((size_t)1 << 20)    /* floats of a large sum */
#define PIECE ((size_t)1 << 18)    /* floats to another host and back */
#define HOSTS_MOST 128         /* that are tried one by one */

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static int measure_products(struct ch_preflight_rank *r, struct ch_err *e)
{
    float *A = ch_block_get(M * K, sizeof *A), *B = ch_block_get(
        K * N, sizeof *B), *C = ch_block_get(M * N, sizeof *C);
    int rc = A && B && C ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold three "
                                       "matrices");
    double all_s = 0;

    for (size_t i = 0; i < M * K && !rc; i++)
        A[i] = 1.0f / (float)(i % 7 + 1);
    for (size_t i = 0; i < K * N && !rc; i++)
        B[i] = 1.0f / (float)(i % 5 + 1);
    r->flops = 0;
    for (int slice = 0; slice < SLICES && all_s < SLICES * SLICE_S && !rc;
         slice++) {
        double begun_s = ch_clock_s(), took_s = 0, products = 0;

        while (took_s < SLICE_S) {
            ch_gemm_nn(M, N, K, (struct ch_matrix) { A, K },
                       (struct ch_matrix) { B, N }, 0, C, N);
            products++;
            took_s = ch_clock_s() - begun_s;
        }
        all_s += took_s;
        products *= 2.0 * M * N * K / took_s;
        if (products > r->flops)
            r->flops = products;
    }
    ch_block_release(A);
    ch_block_release(B);
    ch_block_release(C);
    return rc;
}

/* Seconds of the fastest try of `times` sums of `count` floats, for one. */
static int time_sums(struct ch_comm *comm, float *x, size_t count, int times,
                     double *seconds, struct ch_err *e)
{
    int rc = 0;

    *seconds = 1e30;
    for (int i = 0; i < TRIES && !rc; i++) {
        double begun_s;

        rc = ch_comm_barrier(comm, e);
        begun_s = ch_clock_s();
        for (int k = 0; k < times && !rc; k++)
            rc = ch_comm_sum(comm, x, count, e);
        *seconds = smaller(*seconds, (ch_clock_s() - begun_s) / times);
    }
    return rc;
}

/* A piece from rank 0 to another and one back, at once. */
static int time_host(struct ch_comm *comm, size_t other, float *x,
                     double *seconds, struct ch_err *e)
{
    size_t count[CH_LANES_MAX] = { 0 }, start[CH_LANES_MAX] = { 0 };
    size_t rank = (size_t)ch_comm_rank(comm);
    struct ch_comm_part part = { count, start };
    int rc = 0;

    if (rank == 0)
        count[other] = PIECE;
    else if (rank == other)
        count[0] = PIECE;
    *seconds = 1e30;
    for (int i = 0; i < TRIES && !rc; i++) {
        double begun_s;

        rc = ch_comm_barrier(comm, e);
        begun_s = ch_clock_s();
        if (!rc) rc = ch_comm_exchange(comm, x, part, x + PIECE, part, e);
        *seconds = smaller(*seconds, ch_clock_s() - begun_s);
    }
    return rc;
}

static int measure_network(struct ch_comm *comm, struct ch_preflight *p,
                           struct ch_err *e)
{
    float *x = ch_block_get(LARGE, sizeof *x);
    double seconds = 0;
    int rc = x ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu floats", LARGE);

    rc = ch_comm_agree(comm, rc, e);
    if (!rc) rc = time_sums(comm, x, 1, SMALL_SUMS, &p->sum_s, e);
    if (!rc) rc = time_sums(comm, x, LARGE, 1, &seconds, e);
    if (!rc)
        p->sum_bytes_per_s = (double)(LARGE * sizeof *x) / seconds;
    for (size_t h = 1; h < p->host_count && h < HOSTS_MOST && !rc; h++) {
        rc = time_host(comm, p->host[h], x, &seconds, e);
        p->rank[p->host[h]].bytes_per_s =
            (double)(PIECE * sizeof *x) / seconds;
    }
    ch_block_release(x);
    /* Everybody judges by rank 0's clock. */
    if (!rc) rc = ch_comm_broadcast(comm, &p->sum_s, sizeof p->sum_s, e);
    if (!rc) rc = ch_comm_broadcast(comm, &p->sum_bytes_per_s,
                                    sizeof p->sum_bytes_per_s, e);
    for (size_t h = 1; h < p->host_count && !rc; h++)
        rc = ch_comm_broadcast(comm, &p->rank[p->host[h]].bytes_per_s,
                               sizeof p->rank->bytes_per_s, e);
    return rc;
}

int ch_probe_run(struct ch_comm *comm, struct ch_preflight *p,
                 struct ch_err *e)
{
    struct ch_preflight_rank *mine = &p->rank[ch_comm_rank(comm)];
    int rc = measure_network(comm, p, e);

    if (!rc) rc = ch_comm_barrier(comm, e);
    if (!rc) rc = ch_comm_agree(comm, measure_products(mine, e), e);
    return rc ? rc
              : ch_comm_gather_each(comm, mine, p->rank, sizeof *mine, e);
}
