/* ensemble.c - the mean of what several decoders say */
#include "caption/ensemble.h"

#include "kernel/kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The places that all look at, or 0. */
static size_t places(const struct ch_voice *voice, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (voice[i].decoder->shape.kind == CH_DECODER_NIC)
            return 0;
    return voice[0].decoder->shape.L;
}

static int check(const struct ch_voice *voice, size_t count, struct ch_err *e)
{
    const struct ch_decoder_shape *first = &voice[0].decoder->shape;

    for (size_t i = 1; i < count; i++) {
        const struct ch_decoder_shape *s = &voice[i].decoder->shape;

        if (s->V != first->V)
            return ch_fail(e, CH_EUSAGE, "model %zu has %zu words, the first "
                           "%zu; models that speak together have one "
                           "vocabulary", i + 1, s->V, first->V);
        if (s->F != first->F || s->L != first->L)
            return ch_fail(e, CH_EUSAGE, "model %zu takes %zu x %zu features, "
                           "the first %zu x %zu; models that speak together "
                           "see the same", i + 1, s->L, s->F, first->L,
                           first->F);
    }
    return 0;
}

static int open_states(struct ch_ensemble *x, size_t rows, struct ch_err *e)
{
    size_t bytes = 0;
    int rc;

    for (size_t i = 0; i < x->count; i++)
        bytes += ch_decoder_state_bytes(x->voice[i].decoder, rows);
    rc = ch_arena_init(&x->arena, bytes, e);
    for (size_t i = 0; i < x->count && !rc; i++) {
        const struct ch_voice *v = &x->voice[i];

        ch_decoder_state_init(v->decoder, rows, &x->state[i], &x->arena);
        ch_decoder_pack(v->decoder, v->params, &x->state[i]);
        x->said[i] = ch_block_get(rows * x->V, sizeof **x->said);
        if (!x->said[i])
            rc = ch_fail(e, CH_ENOMEM, "cannot hold what %zu rows say", rows);
    }
    return rc;
}

int ch_ensemble_open(struct ch_ensemble *x, const struct ch_voice *voice,
                     size_t count, size_t rows, struct ch_err *e)
{
    int rc = check(voice, count, e);

    *x = (struct ch_ensemble){ .count = count,
                               .V = voice[0].decoder->shape.V,
                               .L = places(voice, count) };
    if (rc)
        return rc;
    x->voice = calloc(count, sizeof *x->voice);
    x->state = calloc(count, sizeof *x->state);
    x->said = calloc(count, sizeof *x->said);
    x->look = ch_block_get(rows * x->L + 1, sizeof *x->look);
    if (!x->voice || !x->state || !x->said || !x->look)
        rc = ch_fail(e, CH_ENOMEM, "cannot hold %zu decoders", count);
    if (!rc) {
        memcpy(x->voice, voice, count * sizeof *voice);
        rc = open_states(x, rows, e);
    }
    if (rc) {
        ch_ensemble_close(x);
        return rc;
    }
    x->logp = x->said[0];
    if (!x->L) {
        ch_block_release(x->look);
        x->look = NULL;
    }
    return 0;
}

void ch_ensemble_close(struct ch_ensemble *x)
{
    for (size_t i = 0; i < x->count && x->said; i++)
        ch_block_release(x->said[i]);
    free(x->voice);
    free(x->state);
    free(x->said);
    ch_block_release(x->look);
    ch_arena_release(&x->arena);
    *x = (struct ch_ensemble){ 0 };
}

void ch_ensemble_begin(struct ch_ensemble *x, const float *const *feature,
                       size_t n)
{
    for (size_t i = 0; i < x->count; i++)
        ch_decoder_begin(x->voice[i].decoder, x->voice[i].params, feature[i],
                         n, &x->state[i]);
}

size_t ch_ensemble_rows(const struct ch_ensemble *x)
{
    return x->state[0].rows;
}

/* said[0] = ln of the mean of exp(said[i]); decoders that agree to the bit say
 * just what one of them says. */
static void mean_words(struct ch_ensemble *x, size_t n)
{
    float M = (float)x->count;

    for (size_t v = 0; v < n; v++) {
        float most = x->said[0][v], sum = 0;

        for (size_t i = 1; i < x->count; i++)
            if (x->said[i][v] > most)
                most = x->said[i][v];
        for (size_t i = 0; i < x->count; i++)
            sum += expf(x->said[i][v] - most);
        x->said[0][v] = most + logf(sum / M);
    }
}

static void mean_looks(struct ch_ensemble *x, size_t n)
{
    memcpy(x->look, x->state[0].weight, n * sizeof *x->look);
    for (size_t i = 1; i < x->count; i++)
        ch_kernel_get()->add(n, x->state[i].weight, x->look);
    if (x->count > 1)
        ch_kernel_get()->scale(n, 1.0f / (float)x->count, x->look);
}

void ch_ensemble_next(struct ch_ensemble *x, const int32_t *word)
{
    size_t rows = ch_ensemble_rows(x);

    for (size_t i = 0; i < x->count; i++)
        ch_decoder_next(x->voice[i].decoder, x->voice[i].params, word,
                        &x->state[i], x->said[i]);
    if (x->count > 1)
        mean_words(x, rows * x->V);
    if (x->look)
        mean_looks(x, rows * x->L);
}

void ch_ensemble_pick(struct ch_ensemble *x, const size_t *from,
                      size_t count)
{
    for (size_t i = 0; i < x->count; i++)
        ch_decoder_pick(x->voice[i].decoder, from, count, &x->state[i]);
}
