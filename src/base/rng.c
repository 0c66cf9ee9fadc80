/* rng.c - streams of numbers made from the blocks of a place */
#include "base/rng.h"

#include <assert.h>
#include <math.h>

void ch_rng_init(struct ch_rng *r, struct ch_rng_place place)
{
    *r = (struct ch_rng){ .place = place };
}

uint32_t ch_rng_u32(struct ch_rng *r)
{
    if (!r->ready) {
        ch_rng_block(&r->place, r->block++, r->hold);
        /* 2^34 numbers: a stream that long would begin again. */
        assert(r->block);
        r->ready = 4;
    }
    return r->hold[4 - r->ready--];
}

/* Lemire, "Fast random integer generation in an interval" (2019): the high
 * half of a product, drawn again in the few cases that would favour some. */
uint32_t ch_rng_below(struct ch_rng *r, uint32_t n)
{
    uint64_t product;

    assert(n > 0);
    product = (uint64_t)ch_rng_u32(r) * n;
    if ((uint32_t)product < n) {
        uint32_t reject = (0u - n) % n;

        while ((uint32_t)product < reject)
            product = (uint64_t)ch_rng_u32(r) * n;
    }
    return (uint32_t)(product >> 32);
}

double ch_rng_unit(struct ch_rng *r)
{
    uint64_t high = ch_rng_u32(r) >> 5;      /* 27 bits */
    uint64_t low = ch_rng_u32(r) >> 6;       /* 26 bits */

    return (double)(high << 26 | low) * 0x1p-53;
}

/* Box and Muller; the second of each pair is not kept, so that a stream is
 * nothing but its place and how much was read. */
double ch_rng_normal(struct ch_rng *r)
{
    double u = 1 - ch_rng_unit(r);           /* (0, 1]: log is finite */
    double v = ch_rng_unit(r);

    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

void ch_rng_shuffle(struct ch_rng *r, uint32_t *items, size_t n)
{
    assert(n <= UINT32_MAX);
    for (size_t i = n; i > 1; i--) {
        size_t j = ch_rng_below(r, (uint32_t)i);
        uint32_t item = items[i - 1];

        items[i - 1] = items[j];
        items[j] = item;
    }
}
