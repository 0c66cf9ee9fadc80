/* param.c - the parameters: which there are, where each lies, how it starts */
#include "net/decoder.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/choice.h"
#include "base/hash.h"
#include "net/kind.h"

#define ALIGN_FLOATS 16      /* 64 bytes */

/* ------------------------------------------------------------ the list */

size_t ch_param_add(struct ch_decoder *d, const char *name, size_t rows,
                    size_t columns, double bound)
{
    struct ch_param_info *p = &d->param[d->param_count];

    assert(d->param_count < CH_PARAMS_MOST && strlen(name) < sizeof p->name);
    memcpy(p->name, name, strlen(name) + 1);
    p->rows = rows;
    p->columns = columns;
    p->bound = bound;
    return d->param_count++;
}

static size_t add(struct ch_decoder *d, const char *prefix, const char *name,
                  size_t rows, size_t columns, double bound)
{
    char whole[128];

    snprintf(whole, sizeof whole, "%s.%s", prefix, name);
    return ch_param_add(d, whole, rows, columns, bound);
}

size_t ch_param_weight(struct ch_decoder *d, const char *prefix, size_t out,
                       size_t in)
{
    return add(d, prefix, "weight", out, in, 1 / sqrt((double)in));
}

struct ch_linear ch_param_linear(struct ch_decoder *d, const char *prefix,
                                 size_t out, size_t in)
{
    struct ch_linear l;

    l.weight = ch_param_weight(d, prefix, out, in);
    l.bias = add(d, prefix, "bias", out, 1, 0);
    return l;
}

struct ch_cell_params ch_param_cell(struct ch_decoder *d, enum ch_cell cell,
                                    const char *prefix, const char *suffix,
                                    size_t in)
{
    size_t H = d->shape.H, G = ch_cell_gates(cell) * H;
    double bound = 1 / sqrt((double)H);
    struct ch_cell_params at = { .cell = cell };
    size_t *index[] = { &at.weight_ih, &at.weight_hh, &at.bias_ih,
                        &at.bias_hh };
    const char *const name[] = { "weight_ih", "weight_hh", "bias_ih",
                                 "bias_hh" };
    const size_t columns[] = { in, H, 1, 1 };

    d->at.cells++;
    for (size_t i = 0; i < 4; i++) {
        char whole[64];

        snprintf(whole, sizeof whole, "%s%s", name[i], suffix);
        *index[i] = add(d, prefix, whole, G, columns[i], bound);
    }
    return at;
}

/* -------------------------------------------------------------- the block */

static int check_sizes(const struct ch_decoder_shape *s, struct ch_err *e)
{
    const size_t limit = SIZE_MAX / 64;    /* 5 H, 2 E, bytes do not wrap */

    if (!s->V || !s->E || !s->H || !s->F)
        return ch_fail(e, CH_EUSAGE, "a decoder needs sizes of at least 1, "
                       "found vocabulary %zu, embed %zu, hidden %zu, "
                       "feature %zu", s->V, s->E, s->H, s->F);
    if (s->V > limit || s->E > limit || s->H > limit || s->F > limit ||
        s->A > limit || s->L > limit)
        return ch_fail(e, CH_EUSAGE, "a decoder of vocabulary %zu, embed %zu, "
                       "hidden %zu, feature %zu does not fit in memory", s->V,
                       s->E, s->H, s->F);
    if (s->layers > CH_LAYERS_MOST)
        return ch_fail(e, CH_EUSAGE, "a decoder of %zu layers, expected 1 to "
                       "%d", s->layers, CH_LAYERS_MOST);
    return 0;
}

/* Those that look have places to look at, and cells of their own. */
static int check_kind(const struct ch_decoder_shape *s, struct ch_err *e)
{
    char name[CH_CHOICE_BYTES];

    ch_choice_name(CH_DECODERS, s->kind, name);
    if (s->kind == CH_DECODER_NIC)
        return 0;
    if (!s->L || !s->A)
        return ch_fail(e, CH_EUSAGE, "the decoder %s looks at a grid, found "
                       "%zu places and an attention of width %zu; expected "
                       "at least 1 of each", name, s->L, s->A);
    if (s->cell != CH_CELL_LSTM || s->layers > 1 || s->image != CH_IMAGE_FIRST)
        return ch_fail(e, CH_EUSAGE, "the decoder %s has cells and an image of "
                       "its own; leave out --cell, --layers and --image",
                       name);
    return 0;
}

int ch_decoder_init(struct ch_decoder *d, const struct ch_decoder_shape *s,
                    struct ch_err *e)
{
    size_t at = 0;
    int rc;

    memset(d, 0, sizeof *d);
    rc = check_sizes(s, e);
    if (!rc) rc = check_kind(s, e);
    if (rc)
        return rc;
    d->shape = *s;
    if (!s->layers)
        d->shape.layers = 1;
    if (s->kind == CH_DECODER_NIC)
        d->shape.L = 1;
    ch_kind_of(d)->list(d);
    for (size_t i = 0; i < d->param_count; i++) {
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

const struct ch_param_info *ch_decoder_param(const struct ch_decoder *d,
                                             const char *name)
{
    for (size_t i = 0; i < d->param_count; i++)
        if (!strcmp(d->param[i].name, name))
            return &d->param[i];
    return NULL;
}

/* The middle of one of 2^24 equal pieces of (-1, 1): symmetric, exact. */
static double even(uint32_t u)
{
    return (double)(2 * (u >> 8) + 1) * 0x1p-24 - 1;
}

/* A cell that remembers from the first step on learns faster. */
static void add_forget_bias(const struct ch_decoder *d, float *params)
{
    size_t H = d->shape.H;

    for (size_t l = 0; l < d->at.cells; l++) {
        const struct ch_cell_params *at = &d->at.cell[l];
        float *forget = params + d->param[at->bias_ih].offset + H;

        for (size_t k = 0; at->cell != CH_CELL_GRU && k < H; k++)
            forget[k] += (float)d->shape.forget_bias;
    }
}

void ch_decoder_start_params(const struct ch_decoder *d, uint64_t seed,
                             float *params)
{
    memset(params, 0, d->float_count * sizeof *params);
    for (size_t i = 0; i < d->param_count; i++) {
        const struct ch_param_info *p = &d->param[i];
        struct ch_rng rng;

        for (size_t k = 0; p->bound == 0 && k < p->count; k++)
            params[p->offset + k] = p->start;
        if (p->bound == 0)
            continue;
        /* The name, not the index: a new parameter leaves the others. */
        ch_rng_init(&rng, (struct ch_rng_place) {
            .seed = seed, .purpose = CH_RNG_INIT,
            .example = (uint32_t)ch_hash(p->name, strlen(p->name))
        });
        for (size_t k = 0; k < p->count; k++)
            params[p->offset + k] = (float)(p->bound * even(ch_rng_u32(&rng)));
    }
    add_forget_bias(d, params);
}
