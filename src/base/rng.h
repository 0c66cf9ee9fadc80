/* rng.h - random numbers that are a function of where they are used
 *
 * Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2,
 * 3", SC 2011): a keyed mixing of a counter.  No state is kept, so numbers do
 * not depend on the rank, the thread, or the order of calls.
 *
 * Place -> numbers, part of what makes runs repeatable; never changed:
 *     counter = (block, position, example, epoch + purpose * 2^24)
 *     key     = (seed's low half, seed's high half)
 * Epochs are below 2^24 and purposes below 2^8, so no two places share a
 * counter and a key.
 */
#ifndef CH_BASE_RNG_H
#define CH_BASE_RNG_H

#include <assert.h>
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
    CH_RNG_TEST,
    CH_RNG_DROP_LAYER,      /* dropout between layers of cells */
    CH_RNG_RESAMPLE,        /* images drawn for a bootstrap */
    CH_RNG_SWAP,            /* coins that swap captions of two systems */
    CH_RNG_STUDY            /* what raters see, and in which order */
};

#define CH_RNG_EPOCH_LIMIT (UINT32_C(1) << 24)

struct ch_rng_place {
    uint64_t seed;
    uint32_t purpose;       /* enum ch_rng_purpose */
    uint32_t epoch;         /* below CH_RNG_EPOCH_LIMIT */
    uint32_t example;       /* or lane, or tensor */
    uint32_t position;      /* step in time, or row */
};

/* Philox 4x32-10 itself: out = the mixed counter.  out may be counter. */
static inline void ch_rng_philox(const uint32_t counter[4],
                                 const uint32_t key[2], uint32_t out[4])
{
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    uint32_t k0 = key[0], k1 = key[1];

    for (int round = 0; round < 10; round++) {
        uint64_t p = UINT64_C(0xd2511f53) * a;
        uint64_t q = UINT64_C(0xcd9e8d57) * c;

        a = (uint32_t)(q >> 32) ^ b ^ k0;
        c = (uint32_t)(p >> 32) ^ d ^ k1;
        b = (uint32_t)q;
        d = (uint32_t)p;
        k0 += 0x9e3779b9;
        k1 += 0xbb67ae85;
    }
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
}

/* out = the block-th four 32-bit numbers of a place. */
static inline void ch_rng_block(const struct ch_rng_place *p, uint32_t block,
                                uint32_t out[4])
{
    const uint32_t counter[4] = { block, p->position, p->example,
                                  p->epoch | p->purpose << 24 };
    const uint32_t key[2] = { (uint32_t)p->seed, (uint32_t)(p->seed >> 32) };

    assert(p->epoch < CH_RNG_EPOCH_LIMIT && p->purpose < 256);
    ch_rng_philox(counter, key, out);
}

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
