/* decoder.c - one pass over a batch: loss and gradient */
#include "net/decoder.h"

#include <assert.h>
#include <string.h>

#include "net/pass.h"

static void set_sizes(struct ch_pass *p, const struct ch_decoder_shape *s,
                      size_t B, size_t T, size_t N)
{
    int is_first = s->image == CH_IMAGE_FIRST;

    p->B = B;
    p->N = N;
    p->first = is_first ? B : 0;
    p->S = is_first ? T + 1 : T;
    p->R = N + p->first;
}

size_t ch_decoder_arena_bytes(const struct ch_decoder *d, size_t B, size_t T)
{
    const struct ch_decoder_shape *s = &d->shape;
    struct ch_pass pass = { .d = d }, *p = &pass;
    size_t bytes = 0;

    set_sizes(p, s, B, T, B * T);
#define ADD_PIECE(type, field, count)                                          \
    bytes += ch_arena_need(count, sizeof(type));
    CH_PASS_PIECES(ADD_PIECE)
#undef ADD_PIECE
    return bytes;
}

static void take_pieces(struct ch_pass *p, struct ch_arena *arena)
{
    const struct ch_decoder_shape *s = &p->d->shape;

    ch_arena_reset(arena);
#define TAKE_PIECE(type, field, count)                                         \
    p->field = ch_arena_get(arena, count, sizeof(type));
    CH_PASS_PIECES(TAKE_PIECE)
#undef TAKE_PIECE
}

/* Which rows belong to which step. */
static void set_rows(struct ch_pass *p)
{
    const struct ch_batch *b = p->batch;
    size_t at = 0, s = 0;

    if (p->first) {
        p->start[0] = 0;
        p->rows[0] = at = p->B;
        s = 1;
    }
    for (size_t t = 0; t < b->T; t++, s++) {
        assert(b->live[t] <= (t ? b->live[t - 1] : b->B));
        p->start[s] = at;
        p->rows[s] = b->live[t];
        at += b->live[t];
    }
    assert(at == p->R);
}

static void check_words(const struct ch_pass *p)
{
    for (size_t n = 0; n < p->N; n++) {
        assert(p->batch->input[n] >= 0 && p->batch->target[n] >= 0);
        assert((size_t)p->batch->input[n] < p->d->shape.V);
        assert((size_t)p->batch->target[n] < p->d->shape.V);
    }
}

/* Mask the word rows of x or h, step by step. */
static void drop_words(struct ch_pass *p, uint32_t purpose, float rate,
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

static void undrop_words(struct ch_pass *p, float rate, size_t columns,
                         const uint64_t *keep, float *dx)
{
    ch_dropout_backward(rate, p->N, columns,
                        keep + p->first * CH_MASK_WORDS(columns),
                        dx + p->first * columns);
}

static void forward(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_dropout *drop = p->dropout;

    ch_image_input_forward(p);
    if (p->first)
        memcpy(p->x, p->image, p->B * s->E * sizeof(float));
    ch_kernel_gather(p->N, s->E, ch_pass_param(p, CH_P_embed_weight),
                     p->batch->input, p->x + p->first * s->E);
    if (drop && drop->input > 0)
        drop_words(p, CH_RNG_DROP_INPUT, drop->input, s->E, p->keep_x, p->x);
    ch_lstm_forward(p);
    if (drop && drop->output > 0)
        drop_words(p, CH_RNG_DROP_OUTPUT, drop->output, s->H, p->keep_h, p->h);
}

static void backward(struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_dropout *drop = p->dropout;
    float *dembed = ch_pass_grad(p, CH_P_embed_weight);

    if (drop && drop->output > 0)
        undrop_words(p, drop->output, s->H, p->keep_h, p->dh);
    memset(p->dh, 0, p->first * s->H * sizeof(float));
    ch_lstm_backward(p);
    if (drop && drop->input > 0)
        undrop_words(p, drop->input, s->E, p->keep_x, p->x);
    memset(dembed, 0, s->V * s->E * sizeof *dembed);
    ch_kernel_scatter(p->N, s->E, p->x + p->first * s->E, p->batch->input,
                      dembed);
    ch_image_input_backward(p, p->first ? p->x : p->image);
}

double ch_decoder_loss(const struct ch_decoder *d, const float *params,
                       const struct ch_batch *batch,
                       const struct ch_dropout *dropout, float *grad,
                       struct ch_arena *arena)
{
    struct ch_pass p = {
        .d = d, .params = params, .batch = batch, .dropout = dropout,
        .grad = grad
    };
    double loss;

    assert(batch->F == d->shape.F);
    if (batch->N == 0) {       /* a lane that sits this step out */
        for (size_t i = 0; grad && i < CH_PARAM_COUNT; i++)
            memset(grad + d->param[i].offset, 0,
                   d->param[i].count * sizeof *grad);
        return 0;
    }
    set_sizes(&p, &d->shape, batch->B, batch->T, batch->N);
    take_pieces(&p, arena);
    set_rows(&p);
    check_words(&p);
    forward(&p);
    loss = ch_output_loss(&p);
    if (grad)
        backward(&p);
    return loss;
}
