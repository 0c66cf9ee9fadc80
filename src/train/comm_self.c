/* comm_self.c - a job of one rank, without MPI: what is said stays here */
#include "chorus/comm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/pool.h"

#define SHARE_MAX 64

struct ch_comm {
    char name[64];
    void *share[SHARE_MAX];
    int share_count;
    int64_t *counter;
    void *page;
};

int ch_comm_open(struct ch_comm **out, struct ch_err *e)
{
    struct ch_comm *c = calloc(1, sizeof *c);

    *out = c;
    if (!c)
        return ch_fail(e, CH_ENOMEM, "cannot hold the job's ranks");
    if (gethostname(c->name, sizeof c->name - 1))
        snprintf(c->name, sizeof c->name, "unknown");
    return 0;
}

void ch_comm_close(struct ch_comm *c)
{
    if (!c)
        return;
    while (c->share_count > 0)
        ch_block_release(c->share[--c->share_count]);
    free(c->counter);
    ch_block_release(c->page);
    free(c);
}

int ch_comm_rank(const struct ch_comm *c)
{
    (void)c;      /* always the only one */
    return 0;
}

int ch_comm_size(const struct ch_comm *c)
{
    (void)c;
    return 1;
}

const char *ch_comm_host(const struct ch_comm *c)
{
    return c->name;
}

const char *ch_comm_library(const struct ch_comm *c)
{
    (void)c;
    return "none";
}

int ch_comm_is_one_host(const struct ch_comm *c)
{
    (void)c;
    return 1;
}

int ch_comm_hosts(struct ch_comm *c, int *host, struct ch_err *e)
{
    (void)c;
    (void)e;
    host[0] = 0;
    return 0;
}

int ch_comm_agree(struct ch_comm *c, int rc, struct ch_err *e)
{
    (void)c;      /* nobody to agree with: the error stays as it is */
    (void)e;
    return rc;
}

int ch_comm_barrier(struct ch_comm *c, struct ch_err *e)
{
    (void)c;
    (void)e;
    return 0;
}

int ch_comm_broadcast(struct ch_comm *c, void *data, size_t bytes,
                      struct ch_err *e)
{
    (void)c;
    (void)data;
    (void)bytes;
    (void)e;
    return 0;
}

int ch_comm_gather(struct ch_comm *c, const void *mine, void *all,
                   const size_t *bytes, struct ch_err *e)
{
    return ch_comm_gather_each(c, mine, all, bytes[0], e);
}

int ch_comm_gather_each(struct ch_comm *c, const void *mine, void *all,
                        size_t bytes, struct ch_err *e)
{
    (void)c;
    (void)e;
    if (mine != all && bytes)
        memcpy(all, mine, bytes);
    return 0;
}

int ch_comm_exchange(struct ch_comm *c, const float *send,
                     struct ch_comm_part to, float *receive,
                     struct ch_comm_part from, struct ch_err *e)
{
    (void)c;
    (void)e;
    if (to.count[0])
        memcpy(receive + from.start[0], send + to.start[0],
               to.count[0] * sizeof *send);
    return 0;
}

int ch_comm_sum(struct ch_comm *c, float *x, size_t count, struct ch_err *e)
{
    (void)c, (void)x, (void)count, (void)e;
    return 0;
}

int ch_comm_share(struct ch_comm *c, size_t bytes, void **all,
                  struct ch_err *e)
{
    if (c->share_count == SHARE_MAX)
        return ch_fail(e, CH_EUSAGE, "more than %d shared memories",
                       SHARE_MAX);
    all[0] = ch_block_get(bytes ? bytes : 1, 1);
    if (!all[0])
        return ch_fail(e, CH_ENOMEM, "cannot hold %zu bytes", bytes);
    c->share[c->share_count++] = all[0];
    return 0;
}

int ch_comm_fence(struct ch_comm *c, struct ch_err *e)
{
    (void)c;
    (void)e;
    return 0;
}

int ch_comm_page(struct ch_comm *c, void **all, struct ch_err *e)
{
    if (!c->page)
        c->page = ch_block_get(CH_COMM_PAGE_BYTES, 1);
    if (!c->page)
        return ch_fail(e, CH_ENOMEM, "cannot hold a page");
    memset(c->page, 0, CH_COMM_PAGE_BYTES);
    all[0] = c->page;
    return 0;
}

void ch_comm_watch(struct ch_comm *c, uint64_t *calls)
{
    (void)c, (void)calls;      /* nobody is waited for */
}

int ch_comm_cores(struct ch_comm *c, size_t *cores, struct ch_err *e)
{
    (void)c, (void)e;      /* alone on the host, as far as is known */
    *cores = ch_pool_cores();
    return 0;
}

int ch_comm_counters(struct ch_comm *c, size_t count, struct ch_err *e)
{
    free(c->counter);
    c->counter = calloc(count, sizeof *c->counter);
    return c->counter ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold %zu counters",
                                    count);
}

int ch_comm_count(struct ch_comm *c, size_t counter, int64_t n,
                  int64_t *before, struct ch_err *e)
{
    (void)e;
    *before = c->counter[counter];
    c->counter[counter] += n;
    return 0;
}

int ch_comm_count_last(struct ch_comm *c, struct ch_err *e)
{
    (void)c;
    (void)e;
    return 0;
}

void ch_comm_abort(struct ch_comm *c, int exit_code)
{
    (void)c;
    _exit(exit_code);
}
