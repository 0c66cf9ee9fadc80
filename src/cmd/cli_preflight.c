/* cli_preflight.c - what a preflight found, in words */
#include "cmd/cli.h"

#include <stdio.h>

#include "chorus/preflight.h"

static void tell_found(void *rank, bool is_error, const char *sentence)
{
    if (*(int *)rank == 0)
        ch_log(is_error ? CH_LOG_ERROR : CH_LOG_WARN, "%s", sentence);
}

/* A line for each host: its slowest core, its link, its memory. */
static void print_hosts(const struct ch_preflight *p)
{
    printf("host                      GFLOP/s a core      MB/s   free MB\n");
    for (size_t h = 0; h < p->host_count; h++) {
        const struct ch_preflight_rank *r = &p->rank[p->host[h]];

        printf("  %-24s %13.1f ", r->host, ch_preflight_flops(p, h) / 1e9);
        if (r->bytes_per_s > 0)
            printf("%9.0f", r->bytes_per_s / 1e6);
        else
            printf("%9s", "-");
        printf(" %9.0f\n", (double)r->memory / 1e6);
    }
}

static void print(const struct ch_preflight *p)
{
    const struct ch_preflight_rank *r = &p->rank[0];

    printf("ranks        %zu on %zu host%s\n", p->rank_count, p->host_count,
           p->host_count == 1 ? "" : "s");
    printf("program      chorus %s, %s, %s\n", r->version, r->mpi, r->libc);
    printf("processor    %s: %s, %s for %s\n", r->processor, r->kernel,
           r->blas, r->blas_core);
    printf("shards       %llu, %.1f MB\n", (unsigned long long)r->shard_count,
           (double)r->shard_bytes / 1e6);
    print_hosts(p);
    printf("adding up    1 float in %.3f ms, many at %.0f MB/s\n",
           p->sum_s * 1e3, p->sum_bytes_per_s / 1e6);
    if (*p->setting)
        printf("set          %s\n", p->setting);
    if (!p->plan.parameters)
        return;
    printf("room         %.0f MB of disk free, %.1f MB a checkpoint; "
           "%.1f MB of memory a rank\n", (double)p->disk / 1e6,
           (double)p->plan.checkpoint / 1e6, (double)p->plan.memory / 1e6);
    printf("step         %.4f s, of which the slowest rank computes %.4f s\n",
           p->plan.step_s, p->plan.compute_s);
    printf("speed        %.0f words/s\n", p->plan.words_per_s);
}

int ch_cli_preflight(struct ch_comm *comm, const struct ch_train_options *o,
                     struct ch_err *e)
{
    struct ch_preflight p;
    int rank = ch_comm_rank(comm);
    int rc = ch_preflight_run(comm, o, tell_found, &rank, &p, e);

    if (p.rank && p.sum_s > 0)     /* looked at to the end */
        print(&p);
    ch_preflight_release(&p);
    return rc;
}
