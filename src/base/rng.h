/* rng.h - random numbers that are a function of where they are used
 *
 * Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2,
 * 3", SC 2011): a keyed mixing of a counter.  No state is kept, so numbers do
 * not depend on the rank, the thread, or the order of calls.
 */
#ifndef CH_BASE_RNG_H
#define CH_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* What numbers are for: two purposes never share numbers.  Append only. */
enum ch_rng_purpose {
    CH_RNG_INIT,            /* initial weights */
    CH_RNG_ORDER,           /* order of a lane's examples */
    CH_RNG_DROP_INPUT,      /* dropout of what enters the cell */
    CH_RNG_DROP_OUTPUT,     /* dropout of what leaves it */
    CH_RNG_DROP_IMAGE,      /* dropout of the projected image */
    CH_RNG_SAMPLE,          /* sampling words */
    CH_RNG_SCENE,           /* drawing synthetic scenes */
    CH_RNG_TEST
};

struct ch_rng_place {
    uint64_t seed;
    uint32_t purpose;       /* enum ch_rng_purpose */
    uint32_t epoch;
    uint32_t example;       /* or lane, or tensor */
    uint32_t position;      /* step in time, or row */
};

/* out = the block-th four 32-bit numbers of a place. */
void ch_rng_block(const struct ch_rng_place *p, uint32_t block,
                  uint32_t out[4]);

/* A stream read one by one, for code that needs numbers in a row. */
struct ch_rng {
    struct ch_rng_place place;
    uint32_t block, ready;      /* numbers left in hold */
    uint32_t hold[4];
};
void ch_rng_init(struct ch_rng *r, struct ch_rng_place place);
uint32_t ch_rng_u32(struct ch_rng *r);
uint32_t ch_rng_below(struct ch_rng *r, uint32_t n);  /* 0..n-1, unbiased */
double ch_rng_unit(struct ch_rng *r);                 /* [0, 1), 53 bits */
double ch_rng_normal(struct ch_rng *r);               /* mean 0, variance 1 */
/* Fisher-Yates. */
void ch_rng_shuffle(struct ch_rng *r, uint32_t *items, size_t n);

#endif
