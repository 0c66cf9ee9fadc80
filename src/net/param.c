/* param.c - the parameters: where each lies in the block, how it starts */
#include "net/decoder.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"

#define ALIGN_FLOATS 16      /* 64 bytes */

static int set_shapes(struct ch_decoder *d, const struct ch_decoder_shape *s,
                      struct ch_err *e)
{
    const size_t limit = SIZE_MAX / 64;    /* 4 H, 2 E, bytes do not wrap */

    if (!s->V || !s->E || !s->H || !s->F)
        return ch_fail(e, CH_EUSAGE, "a decoder needs sizes of at least 1, "
                       "found vocabulary %zu, embed %zu, hidden %zu, "
                       "feature %zu", s->V, s->E, s->H, s->F);
    if (s->V > limit || s->E > limit || s->H > limit || s->F > limit)
        return ch_fail(e, CH_EUSAGE, "a decoder of vocabulary %zu, embed %zu, "
                       "hidden %zu, feature %zu does not fit in memory", s->V,
                       s->E, s->H, s->F);
    d->shape = *s;
#define SET_SHAPE(field, label, r, c, start)                                   \
    d->param[CH_P_##field] = (struct ch_param_info) {                          \
        .name = label, .rows = r, .columns = c, .init = start                  \
    };
    CH_PARAMS(SET_SHAPE)
#undef SET_SHAPE
    return 0;
}

int ch_decoder_init(struct ch_decoder *d, const struct ch_decoder_shape *s,
                    struct ch_err *e)
{
    size_t at = 0;
    int rc;

    memset(d, 0, sizeof *d);
    rc = set_shapes(d, s, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < CH_PARAM_COUNT; i++) {
        struct ch_param_info *p = &d->param[i];

        /* A quarter of the address space for all, in floats. */
        if (!ch_mul_ok(p->rows, p->columns, &p->count) ||
            p->count > SIZE_MAX / 64 || at > SIZE_MAX / 64)
            return ch_fail(e, CH_EUSAGE, "%s of %zu x %zu does not fit in "
                           "memory", p->name, p->rows, p->columns);
        p->offset = at;
        at += (p->count + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
    }
    d->float_count = at;
    return 0;
}

static double bound_of(const struct ch_decoder *d,
                       const struct ch_param_info *p)
{
    switch (p->init) {
    case CH_INIT_EMBED:
        return 0.1;
    case CH_INIT_LINEAR:
        return 1 / sqrt((double)p->columns);
    case CH_INIT_LSTM:
        return 1 / sqrt((double)d->shape.H);
    case CH_INIT_ZERO:
        break;
    }
    return 0;
}

/* The middle of one of 2^24 equal pieces of (-1, 1): symmetric, exact. */
static double even(uint32_t u)
{
    return (double)(2 * (u >> 8) + 1) * 0x1p-24 - 1;
}

void ch_decoder_start_params(const struct ch_decoder *d, uint64_t seed,
                             float *params)
{
    memset(params, 0, d->float_count * sizeof *params);
    for (size_t i = 0; i < CH_PARAM_COUNT; i++) {
        const struct ch_param_info *p = &d->param[i];
        double bound = bound_of(d, p);
        struct ch_rng rng;

        if (p->init == CH_INIT_ZERO)
            continue;
        /* The name, not the index: a new parameter leaves the others. */
        ch_rng_init(&rng, (struct ch_rng_place) {
            .seed = seed, .purpose = CH_RNG_INIT,
            .example = (uint32_t)ch_hash(p->name, strlen(p->name))
        });
        for (size_t k = 0; k < p->count; k++)
            params[p->offset + k] = (float)(bound * even(ch_rng_u32(&rng)));
    }
}
