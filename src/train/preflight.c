/* preflight.c - are the ranks of a job fit to train together? */
#include "train/preflight.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/census.h"
#include "train/probe.h"
#include "train/reduce.h"
#include "train/settings.h"

/* A host is slow below this part of what half of them reach. */
#define SLOW 0.7
#define SLOW_LINK 0.5
/* MPI's and the programs' own small files. */
#define TEMPORARY_LEAST ((uint64_t)1 << 20)

struct judge {
    struct ch_preflight *p;
    ch_preflight_found_fn found;
    void *context;
};

static void tell(struct judge *j, bool is_error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void tell(struct judge *j, bool is_error, const char *format, ...)
{
    char sentence[512];
    va_list list;

    va_start(list, format);
    vsnprintf(sentence, sizeof sentence, format, list);
    va_end(list);
    if (is_error)
        j->p->errors++;
    else
        j->p->warnings++;
    j->found(j->context, is_error, sentence);
}

/* ----------------------------------------------------------- the programs */

/* The first rank of another text than rank 0's: of one kind of text one
 * sentence is enough. */
static void judge_text(struct judge *j, size_t offset, bool is_error,
                       const char *what, const char *remedy)
{
    const struct ch_preflight_rank *rank = j->p->rank;
    const char *first = (const char *)&rank[0] + offset;

    for (size_t r = 1; r < j->p->rank_count; r++) {
        const char *other = (const char *)&rank[r] + offset;

        if (strcmp(first, other)) {
            tell(j, is_error, "%s: rank %zu (%s) has %s, rank 0 (%s) %s; %s",
                 what, r, rank[r].host, other, rank[0].host, first, remedy);
            return;
        }
    }
}

static void judge_build(struct judge *j)
{
    const struct ch_preflight_rank *rank = j->p->rank;

    for (size_t r = 1; r < j->p->rank_count; r++)
        if (rank[r].build != rank[0].build &&
            !strcmp(rank[r].version, rank[0].version)) {
            tell(j, false, "rank %zu (%s) runs another build of chorus %s than "
                 "rank 0 (%s): the model's bits may differ", r, rank[r].host,
                 rank[r].version, rank[0].host);
            return;
        }
}

/* Kernels from the most portable on, and the core of OpenBLAS that goes with
 * each: every processor with the one has the other. */
static const struct { const char *kernel, *core; } common[] = {
    { "ref", "Prescott" }, { "avx2", "Haswell" }, { "avx512", "SkylakeX" }
};
#define COMMON_COUNT (sizeof common / sizeof *common)

static size_t kernel_level(const char *kernel)
{
    size_t level = 0;

    while (level + 1 < COMMON_COUNT && strcmp(common[level].kernel, kernel))
        level++;
    return level;
}

/* Another kernel rounds otherwise, so all take what the least has. */
static void judge_arithmetic(struct judge *j)
{
    struct ch_preflight *p = j->p;
    const struct ch_preflight_rank *rank = p->rank;
    size_t least = COMMON_COUNT - 1, other = 0;

    for (size_t r = 0; r < p->rank_count; r++) {
        if (kernel_level(rank[r].kernel) < least)
            least = kernel_level(rank[r].kernel);
        if (!other && (strcmp(rank[r].kernel, rank[0].kernel) ||
                       strcmp(rank[r].blas_core, rank[0].blas_core)))
            other = r;
    }
    if (!other)
        return;
    snprintf(p->setting, sizeof p->setting,
             "CHORUS_KERNEL=%s OPENBLAS_CORETYPE=%s", common[least].kernel,
             common[least].core);
    tell(j, false, "the processors differ: rank 0 (%s) computes with %s and "
         "%s, rank %zu (%s) with %s and %s; set %s on all hosts, or the "
         "model's bits depend on who computes what", rank[0].host,
         rank[0].kernel, rank[0].blas_core, other, rank[other].host,
         rank[other].kernel, rank[other].blas_core, p->setting);
}

/* --------------------------------------------------------------- the hosts */

static void judge_shards(struct judge *j)
{
    const struct ch_preflight *p = j->p;
    const struct ch_preflight_rank *first = &p->rank[0];

    for (size_t h = 0; h < p->host_count; h++) {
        const struct ch_preflight_rank *r = &p->rank[p->host[h]];

        if (r->missing)
            tell(j, true, "host %s cannot read %s%s; bring the shards there, "
                 "or to a file system that all hosts see", r->host,
                 r->first_missing, r->missing > 1 ? " and others" : "");
        else if (!first->missing && r->shards != first->shards)
            tell(j, true, "host %s sees other shards than host %s; copy them "
                 "again", r->host, first->host);
    }
}

static void judge_temporary(struct judge *j)
{
    for (size_t h = 0; h < j->p->host_count; h++) {
        const struct ch_preflight_rank *r = &j->p->rank[j->p->host[h]];

        if (r->temporary < TEMPORARY_LEAST)
            tell(j, true, "host %s has no room for temporary files; free some "
                 "in TMPDIR, or set another", r->host);
    }
}

static int up(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The lowest that half of the hosts reach. */
static double half_reach(double *value, size_t count)
{
    qsort(value, count, sizeof *value, up);
    return value[count / 2];
}

/* A host's speed is that of its slowest rank: the others wait for it. */
double ch_preflight_flops(const struct ch_preflight *p, size_t h)
{
    const char *host = p->rank[p->host[h]].host;
    double least = p->rank[p->host[h]].flops;

    for (size_t r = 0; r < p->rank_count; r++)
        if (!strcmp(p->rank[r].host, host) && p->rank[r].flops < least)
            least = p->rank[r].flops;
    return least;
}

static int judge_speed(struct judge *j, struct ch_err *e)
{
    const struct ch_preflight *p = j->p;
    double *value = calloc(p->host_count, sizeof *value), usual;
    size_t tried = 0;          /* links; not all of very many hosts are */

    if (!value)
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu hosts", p->host_count);
    for (size_t h = 0; h < p->host_count; h++)
        value[h] = ch_preflight_flops(p, h);
    usual = half_reach(value, p->host_count);
    for (size_t h = 0; h < p->host_count; h++)
        if (ch_preflight_flops(p, h) < SLOW * usual)
            tell(j, false, "host %s is slow: %.1f GFLOP/s a core, others "
                 "%.1f; the job waits for it", p->rank[p->host[h]].host,
                 ch_preflight_flops(p, h) / 1e9, usual / 1e9);
    for (size_t h = 1; h < p->host_count; h++)
        if (p->rank[p->host[h]].bytes_per_s > 0)
            value[tried++] = p->rank[p->host[h]].bytes_per_s;
    usual = tried ? half_reach(value, tried) : 0;
    for (size_t h = 1; h < p->host_count; h++)
        if (p->rank[p->host[h]].bytes_per_s > 0 &&
            p->rank[p->host[h]].bytes_per_s < SLOW_LINK * usual)
            tell(j, false, "the network to host %s is slow: %.0f MB/s, to "
                 "others %.0f", p->rank[p->host[h]].host,
                 p->rank[p->host[h]].bytes_per_s / 1e6, usual / 1e6);
    free(value);
    return 0;
}

int ch_preflight_judge(struct ch_preflight *p, ch_preflight_found_fn found,
                       void *context, struct ch_err *e)
{
    struct judge j = { p, found, context };

    judge_text(&j, offsetof(struct ch_preflight_rank, version), true,
               "version of Chorus", "install one on all hosts");
    judge_build(&j);
    judge_arithmetic(&j);
    judge_text(&j, offsetof(struct ch_preflight_rank, blas), false,
               "version of OpenBLAS", "the model's bits may differ");
    judge_text(&j, offsetof(struct ch_preflight_rank, libc), false,
               "version of the C library", "the model's bits may differ");
    judge_text(&j, offsetof(struct ch_preflight_rank, mpi), false,
               "version of MPI", "it may not start, or hang");
    judge_shards(&j);
    judge_temporary(&j);
    return judge_speed(&j, e);
}

/* ---------------------------------------------------------- what it takes */

void ch_preflight_judge_room(struct ch_preflight *p,
                            const struct ch_train_options *o,
                            ch_preflight_found_fn found, void *context)
{
    struct judge j = { p, found, context };
    /* The checkpoints that are kept, the one being written, and two models. */
    uint64_t need = p->plan.checkpoint * (o->keep + 1) +
                    8 * p->plan.parameters;

    if (p->disk < need)
        tell(&j, true, "%s has room for %.1f MB, a run takes %.1f MB; free "
             "some, or give another --run or a smaller --keep", o->run,
             (double)p->disk / 1e6, (double)need / 1e6);
    for (size_t h = 0; h < p->host_count; h++) {
        const struct ch_preflight_rank *r = &p->rank[p->host[h]];
        size_t ranks = 0;

        for (size_t q = 0; q < p->rank_count; q++)
            ranks += !strcmp(p->rank[q].host, r->host);
        if (r->memory < ranks * p->plan.memory)
            tell(&j, false, "host %s has %.1f MB of memory free, its ranks may "
                 "take %.1f MB", r->host, (double)r->memory / 1e6,
                 (double)(ranks * p->plan.memory) / 1e6);
    }
}

/* Rank 0 writes the run, so its disk counts. */
static int look_at_disk(struct ch_comm *comm, const char *run, uint64_t *disk,
                        struct ch_err *e)
{
    int rc = ch_comm_rank(comm) == 0 ? ch_census_disk(run, disk, e) : 0;

    rc = ch_comm_agree(comm, rc, e);
    return rc ? rc : ch_comm_broadcast(comm, disk, sizeof *disk, e);
}

static int look(struct ch_comm *comm, const struct ch_train_options *o,
                ch_preflight_found_fn found, void *context,
                struct ch_preflight *p, struct ch_err *e)
{
    int rc = ch_comm_agree(comm, ch_settings_check(o, e), e);

    if (!rc) rc = ch_reduce_check(comm, ch_settings_lanes(o), e);
    if (!rc) rc = ch_census_take(comm, o, p, e);
    if (!rc) rc = look_at_disk(comm, o->run, &p->disk, e);
    if (!rc) rc = ch_probe_run(comm, p, e);
    if (!rc)
        rc = ch_comm_agree(comm, ch_preflight_judge(p, found, context, e), e);
    /* Steps of a job that is not fit would only fail. */
    if (!rc && !p->errors)
        rc = ch_train_plan(comm, o, &p->plan, e);
    if (!rc && !p->errors)
        ch_preflight_judge_room(p, o, found, context);
    return rc;
}

int ch_preflight_run(struct ch_comm *comm, const struct ch_train_options *o,
                     ch_preflight_found_fn found, void *context,
                     struct ch_preflight *p, struct ch_err *e)
{
    int rc;

    memset(p, 0, sizeof *p);
    rc = look(comm, o, found, context, p, e);
    if (rc)
        return rc;
    return p->errors ? ch_fail(e, CH_EIO, "not fit to train: %zu thing%s wrong",
                               p->errors, p->errors == 1 ? " is" : "s are")
                     : 0;
}

void ch_preflight_release(struct ch_preflight *p)
{
    free(p->rank);
    free(p->host);
    memset(p, 0, sizeof *p);
}
