/* words.c - words become vectors; rows of words are dropped */
#include "net/pass.h"

#include <string.h>

void ch_steps_drop(struct ch_pass *p, const struct ch_steps_drop *w,
                   uint64_t *keep, float *x)
{
    size_t n = w->columns;

    for (size_t s = w->skip; s < p->S && w->rate > 0; s++) {
        size_t at = p->start[s];
        uint32_t step = p->dropout->is_same ? 0 : (uint32_t)(s - w->skip);
        struct ch_dropout_place place = {
            p->dropout, w->purpose, w->rate, w->layer << 24 | step
        };

        ch_dropout_forward(&place, p->batch->example, p->rows[s], n,
                           keep + at * CH_MASK_WORDS(n), x + at * n);
    }
}

void ch_steps_undrop(struct ch_pass *p, const struct ch_steps_drop *w,
                     const uint64_t *keep, float *dx)
{
    size_t n = w->columns, at = w->skip ? p->start[1] : 0;

    if (w->rate > 0)
        ch_dropout_backward(w->rate, p->R - at, n,
                            keep + at * CH_MASK_WORDS(n), dx + at * n);
}

/* Values below 0 become 0. */
static void cut(size_t n, float *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] > 0 ? x[i] : 0;
}

/* dx [N][E] of vectors that were cut; what was fed is read anew, as dx may lie
 * where it was. */
static void cut_back(const struct ch_pass *p, float *dx)
{
    const float *embed = ch_pass_param(p, p->d->at.embed);
    size_t E = p->d->shape.E;

    for (size_t n = 0; n < p->N; n++) {
        const float *x = embed + (size_t)p->batch->input[n] * E;

        for (size_t i = 0; i < E; i++)
            dx[n * E + i] = x[i] > 0 ? dx[n * E + i] : 0;
    }
}

static struct ch_steps_drop place_of(const struct ch_pass *p)
{
    return (struct ch_steps_drop) {
        .purpose = CH_RNG_DROP_INPUT, .columns = p->d->shape.E,
        .rate = p->dropout ? p->dropout->input : 0, .skip = p->first ? 1 : 0
    };
}

void ch_words_forward(struct ch_pass *p)
{
    const struct ch_steps_drop drop = place_of(p);
    size_t E = p->d->shape.E;

    ch_kernel_gather(p->N, E, ch_pass_param(p, p->d->at.embed),
                     p->batch->input, p->x + p->first * E);
    if (p->d->shape.word_relu)
        cut(p->N * E, p->x + p->first * E);
    ch_steps_drop(p, &drop, p->keep_x, p->x);
}

/* Rows of the same word are added up in the place of the first. */
static void collect(struct ch_pass *p, float *dx)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t E = p->d->shape.E;

    for (size_t v = 0; v < p->d->shape.V; v++)
        p->slot[v] = -1;
    for (size_t n = 0; n < p->N; n++) {
        int32_t *slot = &p->slot[p->batch->input[n]];

        if (*slot < 0)
            *slot = (int32_t)n;
        else
            k->add(E, dx + n * E, dx + (size_t)*slot * E);
    }
}

void ch_words_backward(struct ch_pass *p)
{
    const struct ch_kernel *k = ch_kernel_get();
    const struct ch_steps_drop drop = place_of(p);
    size_t E = p->d->shape.E, V = p->d->shape.V;
    float *dx = p->dx + p->first * E, *dembed;

    ch_steps_undrop(p, &drop, p->keep_x, p->dx);
    if (p->d->shape.word_relu)
        cut_back(p, dx);
    collect(p, dx);
    /* A tied output layer has given its part. */
    dembed = p->d->shape.is_tied ? ch_output_grad(p)
                                 : ch_pass_grad(p, p->d->at.embed);
    if (!p->d->shape.is_tied && !p->is_added && !p->batch->is_blank)
        memset(dembed, 0, V * E * sizeof *dembed);
    for (size_t n = 0; n < p->N; n++) {
        size_t v = (size_t)p->batch->input[n];

        if ((size_t)p->slot[v] == n)
            k->add(E, dx + n * E, dembed + v * E);
    }
    if (p->d->shape.is_tied)
        ch_output_give(p);
}
