/* update.c - the summed gradient changes the parameters */
#include "train/update.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"

/* PyTorch's: keeps a zero norm from dividing by zero. */
#define TINY 1e-6

int ch_update_init(struct ch_update *u, size_t count, struct ch_err *e)
{
    memset(u, 0, sizeof *u);
    u->count = count;
    u->m = ch_block_get(count ? count : 1, sizeof *u->m);
    u->v = ch_block_get(count ? count : 1, sizeof *u->v);
    if (u->m && u->v)
        return 0;
    ch_update_release(u);
    return ch_fail(e, CH_ENOMEM, "cannot hold the moments of %zu parameters",
                   count);
}

void ch_update_release(struct ch_update *u)
{
    ch_block_release(u->m);
    ch_block_release(u->v);
    memset(u, 0, sizeof *u);
}

double ch_update_scale(double square_sum, uint64_t words, double clip,
                       double *norm)
{
    double mean = words ? 1 / (double)words : 0;
    double shrink;

    *norm = sqrt(square_sum) * mean;
    shrink = clip > 0 ? clip / (*norm + TINY) : 1;
    return shrink < 1 ? mean * shrink : mean;
}

void ch_update_step(struct ch_update *u, const struct ch_adam *a,
                    const float *sum, float *params)
{
    const struct ch_kernel *k = ch_kernel_get();

    for (size_t at = 0; at < u->count; at += CH_SUM_BLOCK) {
        size_t n = u->count - at < CH_SUM_BLOCK ? u->count - at : CH_SUM_BLOCK;

        k->adam_step(n, a, sum + at, params + at, u->m + at, u->v + at);
    }
}
