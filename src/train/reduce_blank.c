/* reduce_blank.c - parts of a gradient that are zero take no memory */
#include "train/reduce_blank.h"

#include <string.h>

#include "kernel/kernel.h"

static size_t blocks_of(size_t count)
{
    return (count + CH_SUM_BLOCK - 1) / CH_SUM_BLOCK;
}

size_t ch_reduce_blank_bytes(size_t count)
{
    return blocks_of(count);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Word vectors of a buffer are zero: whole blocks become holes. */
static void blank(struct ch_reduce *r, float *buffer)
{
    unsigned char *used = ch_reduce_used(r, buffer);
    size_t first = r->hole_first * CH_SUM_BLOCK;
    size_t end = r->hole_end * CH_SUM_BLOCK;

    if (first == end) {
        memset(buffer + r->blank_first, 0,
               (r->blank_end - r->blank_first) * sizeof *buffer);
        return;
    }
    memset(buffer + r->blank_first, 0,
           (first - r->blank_first) * sizeof *buffer);
    ch_hole_make(r->hole, buffer + first, (end - first) * sizeof *buffer);
    memset(buffer + end, 0, (r->blank_end - end) * sizeof *buffer);
    memset(used + r->hole_first, 0, r->hole_end - r->hole_first);
}

void ch_reduce_blank_begin(struct ch_reduce *r, size_t first, size_t end)
{
    r->blank_first = first;
    r->blank_end = end;
    r->hole_first = blocks_of(first);
    r->hole_end = end / CH_SUM_BLOCK;
    if (r->hole_end < r->hole_first)
        r->hole_end = r->hole_first;
    for (size_t l = r->first_lane; l < r->end_lane; l++) {
        memset(ch_reduce_used(r, r->grad[l]), 1, blocks_of(r->count));
        if (r->hole_first == r->hole_end)
            continue;
        r->hole = ch_hole_find(r->grad[l] + r->hole_first * CH_SUM_BLOCK,
                               (r->hole_end - r->hole_first) * CH_SUM_BLOCK *
                               sizeof(float));
        blank(r, r->grad[l]);
    }
}

void ch_reduce_blank(struct ch_reduce *r, size_t lane)
{
    blank(r, r->grad[lane]);
}

int ch_reduce_use_block(struct ch_reduce *r, float *buffer, size_t block,
                        struct ch_err *e)
{
    unsigned char *used = ch_reduce_used(r, buffer) + block;
    size_t at = block * CH_SUM_BLOCK;

    if (*used)
        return 0;
    if (!ch_hole_fill(r->hole, buffer + at, smaller(CH_SUM_BLOCK,
                                                    r->count - at) *
                      sizeof *buffer))
        return ch_fail(e, CH_ENOMEM, "there is no memory left for gradients of "
                       "words; free some, also in /dev/shm, and go on with "
                       "--resume");
    *used = 1;
    return 0;
}

int ch_reduce_use(struct ch_reduce *r, size_t lane, size_t first, size_t end,
                  struct ch_err *e)
{
    int rc = 0;

    for (size_t b = first / CH_SUM_BLOCK; b < blocks_of(end) && !rc; b++)
        rc = ch_reduce_use_block(r, r->grad[lane], b, e);
    return rc;
}

int ch_reduce_add_used(struct ch_reduce *r, float *from, float *to, size_t at,
                       size_t end, struct ch_err *e)
{
    const unsigned char *used = ch_reduce_used(r, from);
    int rc;

    for (; at < end; at += CH_SUM_BLOCK) {
        size_t block = at / CH_SUM_BLOCK;

        if (!used[block])
            continue;
        rc = ch_reduce_use_block(r, to, block, e);
        if (rc)
            return rc;
        ch_kernel_get()->add(smaller(CH_SUM_BLOCK, end - at), from + at,
                             to + at);
    }
    return 0;
}
