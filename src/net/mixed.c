/* mixed.c - words fed in place of those of the caption */
#include "net/mixed.h"

#include <math.h>
#include <string.h>

struct mixer {
    const struct ch_decoder *d;
    const float *params;
    const struct ch_batch *batch;
    const struct ch_mixed *m;
    struct ch_decoder_state state;
    float *logp;                /* [B][V] after the words fed so far */
    size_t *from;
};

size_t ch_mixed_bytes(const struct ch_decoder *d, size_t B)
{
    return ch_decoder_state_bytes(d, B) +
           ch_arena_need(B * d->shape.V, sizeof(float)) +
           ch_arena_need(B, sizeof(size_t));
}

/* Two numbers in [0, 1): which word is fed, and which of the model's. */
static void draw(const struct mixer *x, size_t b, size_t t, double u[2])
{
    struct ch_rng r;

    ch_rng_init(&r, (struct ch_rng_place) {
        .seed = x->m->seed, .purpose = CH_RNG_SAMPLE, .epoch = x->m->epoch,
        .example = x->batch->example[b], .position = (uint32_t)t
    });
    u[0] = ch_rng_unit(&r);
    u[1] = ch_rng_unit(&r);
}

/* The first word up to which the probabilities add up to more than u. */
static int32_t word_at(size_t V, const float *logp, double u)
{
    double sum = 0;

    for (size_t v = 0; v + 1 < V; v++) {
        sum += exp((double)logp[v]);
        if (sum > u)
            return (int32_t)v;
    }
    return (int32_t)(V - 1);
}

static int32_t choose(const struct mixer *x, size_t b, size_t t, int32_t own)
{
    const struct ch_mixed *m = x->m;
    double u[2];

    if (t == 0)
        return own;
    draw(x, b, t, u);
    if (u[0] < (double)m->unk_rate)
        return m->unk;
    if (u[0] < (double)m->unk_rate + (double)m->sampling)
        return word_at(x->d->shape.V, x->logp + b * x->d->shape.V, u[1]);
    return own;
}

/* One row for each caption, on its image. */
static void begin(struct mixer *x)
{
    const struct ch_batch *b = x->batch;

    ch_decoder_pack(x->d, x->params, &x->state);
    ch_decoder_begin(x->d, x->params, b->feature, b->image ? b->M : b->B,
                     &x->state);
    for (size_t i = 0; i < b->B; i++)
        x->from[i] = b->image ? b->image[i] : i;
    ch_decoder_pick(x->d, x->from, b->B, &x->state);
}

void ch_mixed_words(const struct ch_decoder *d, const float *params,
                    const struct ch_batch *batch, const struct ch_mixed *m,
                    int32_t *input, struct ch_arena *arena)
{
    struct mixer x = { .d = d, .params = params, .batch = batch, .m = m };
    size_t at = 0;

    if (batch->N == 0)
        return;
    ch_arena_reset(arena);
    if (m->sampling > 0) {
        ch_decoder_state_init(d, batch->B, &x.state, arena);
        x.logp = ch_arena_get(arena, batch->B * d->shape.V, sizeof *x.logp);
        x.from = ch_arena_get(arena, batch->B, sizeof *x.from);
        begin(&x);
    }
    for (size_t t = 0; t < batch->T; t++) {
        size_t rows = batch->live[t];

        for (size_t b = 0; b < rows; b++)
            input[at + b] = choose(&x, b, t, batch->input[at + b]);
        /* The rows that go on are the first ones. */
        x.state.rows = t + 1 < batch->T ? batch->live[t + 1] : 0;
        if (m->sampling > 0 && x.state.rows)
            ch_decoder_next(d, params, input + at, &x.state, x.logp);
        at += rows;
    }
}
