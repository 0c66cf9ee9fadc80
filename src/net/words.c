/* words.c - words become vectors; rows of words are dropped */
#include "net/pass.h"

#include <string.h>

void ch_words_drop(struct ch_pass *p, uint32_t purpose, float rate,
                   size_t columns, uint64_t *keep, float *x)
{
    size_t at = p->first, skip = p->first ? 1 : 0;

    for (size_t s = skip; s < p->S; s++) {
        struct ch_dropout_place place = {
            p->dropout, purpose, rate, (uint32_t)(s - skip)
        };

        ch_dropout_forward(&place, p->batch->example, p->rows[s], columns,
                           keep + at * CH_MASK_WORDS(columns),
                           x + at * columns);
        at += p->rows[s];
    }
}

void ch_words_undrop(struct ch_pass *p, float rate, size_t columns,
                     const uint64_t *keep, float *dx)
{
    ch_dropout_backward(rate, p->N, columns,
                        keep + p->first * CH_MASK_WORDS(columns),
                        dx + p->first * columns);
}

void ch_words_forward(struct ch_pass *p)
{
    size_t E = p->d->shape.E;

    ch_kernel_gather(p->N, E, ch_pass_param(p, p->d->at.embed),
                     p->batch->input, p->x + p->first * E);
    if (p->dropout && p->dropout->input > 0)
        ch_words_drop(p, CH_RNG_DROP_INPUT, p->dropout->input, E, p->keep_x,
                      p->x);
}

void ch_words_backward(struct ch_pass *p)
{
    size_t E = p->d->shape.E, V = p->d->shape.V;
    float *dembed = ch_pass_grad(p, p->d->at.embed);

    if (p->dropout && p->dropout->input > 0)
        ch_words_undrop(p, p->dropout->input, E, p->keep_x, p->x);
    memset(dembed, 0, V * E * sizeof *dembed);
    ch_kernel_scatter(p->N, E, p->x + p->first * E, p->batch->input, dembed);
}
