/* preflight.h - are the ranks of a job fit to train together?
 *
 * Looked at before a long run: whether all ranks run the same program with the
 * same arithmetic, see the same shards, and have room; and how fast their
 * processors and the network between them are.  Nothing is written.
 *
 * Life:     run -> read -> release
 * Ranks:    run is collective; every rank finds the same.
 */
#ifndef CHORUS_PREFLIGHT_H
#define CHORUS_PREFLIGHT_H

#include "chorus/train.h"

/* What a rank says of itself. */
struct ch_preflight_rank {
    char host[64];
    char version[32];          /* of Chorus */
    uint64_t build;            /* hash of the program's file */
    char processor[64];
    char kernel[16];           /* what it computes with: ref, avx2, avx512 */
    char blas[96], blas_core[32];
    char mpi[64], libc[32];
    double flops;              /* of matrix products, on one core, 1/s */
    /* Of the lowest rank of each host: */
    uint64_t shards;           /* hash of manifest, sizes and samples */
    uint64_t shard_count, shard_bytes;
    uint64_t missing;          /* files that are not there or differ in size */
    char first_missing[64];
    uint64_t memory;           /* bytes that are free */
    uint64_t temporary;        /* bytes free where temporary files go */
    double bytes_per_s;        /* to rank 0's host and back, at once; 0: it is
                                  that host, or was not tried */
};

struct ch_preflight {
    size_t rank_count, host_count;
    struct ch_preflight_rank *rank;    /* [rank_count] */
    size_t *host;              /* [host_count]: the lowest rank of each */
    size_t errors, warnings;   /* times found() was called */
    char setting[96];          /* environment that makes the arithmetic of all
                                  hosts the same, "": it is */
    uint64_t disk;             /* bytes free for the run */
    double sum_s;              /* to add one float over all ranks */
    double sum_bytes_per_s;    /* to add many */
    struct ch_train_plan plan; /* zeroed when something is wrong before */
};

/* One sentence for each thing that is wrong, or (a warning) only slow or
 * uneven. */
typedef void (*ch_preflight_found_fn)(void *context, bool is_error,
                                      const char *sentence);

/* 0, or CH_EIO when something is wrong that found() has told; another code when
 * the looking itself failed, or the options cannot be. */
int ch_preflight_run(struct ch_comm *comm, const struct ch_train_options *o,
                     ch_preflight_found_fn found, void *context,
                     struct ch_preflight *p, struct ch_err *e);
/* Of the slowest rank of a host. */
double ch_preflight_flops(const struct ch_preflight *p, size_t host);
void ch_preflight_release(struct ch_preflight *p);   /* zeroed is fine */

#endif
