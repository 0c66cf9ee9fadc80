/* decoder.c - one pass over a batch: loss and gradient */
#include "net/decoder.h"

#include <assert.h>
#include <string.h>

#include "base/file.h"
#include "net/kind.h"
#include "net/nonfinite.h"

void *ch_pieces_get(struct ch_pieces *p, size_t count, size_t size)
{
    if (p->arena)
        return ch_arena_get(p->arena, count, size);
    p->bytes += ch_arena_need(count, size);
    return NULL;
}

float *ch_pieces_floats(struct ch_pieces *p, size_t count)
{
    return ch_pieces_get(p, count, sizeof(float));
}

/* Whole lines: all pieces begin on one. */
#define LINE ((size_t)16)

void ch_pieces_late(struct ch_pieces *p, size_t count, float **at)
{
    assert(p->late_count < CH_PIECES_LATE);
    p->late[p->late_count].at = at;
    p->late[p->late_count++].count = (count + LINE - 1) / LINE * LINE;
}

float *ch_pieces_early(struct ch_pieces *p, size_t count)
{
    size_t late = 0;
    float *first, *at;

    for (size_t i = 0; i < p->late_count; i++)
        late += p->late[i].count;
    at = first = ch_pieces_floats(p, count > late ? count : late);
    for (size_t i = 0; i < p->late_count; i++) {
        *p->late[i].at = at;
        at = at ? at + p->late[i].count : NULL;
    }
    return first;
}

uint64_t *ch_pieces_masks(struct ch_pieces *p, size_t rows, size_t n)
{
    return ch_pieces_get(p, rows * CH_MASK_WORDS(n), sizeof(uint64_t));
}

static void set_sizes(struct ch_pass *p, size_t B, size_t T, size_t N)
{
    int is_first = p->d->shape.kind == CH_DECODER_NIC &&
                   p->d->shape.image == CH_IMAGE_FIRST;

    p->B = B;
    p->M = p->batch && p->batch->image ? p->batch->M : B;
    p->L = p->d->shape.L;
    p->N = N;
    p->first = is_first ? B : 0;
    p->S = is_first ? T + 1 : T;
    p->R = N + p->first;
}

static void lay(struct ch_pass *p, struct ch_pieces *pieces)
{
    p->rows = ch_pieces_get(pieces, p->S, sizeof *p->rows);
    p->start = ch_pieces_get(pieces, p->S, sizeof *p->start);
    ch_gradient_lay(p, pieces);
    ch_kind_of(p->d)->lay(p, pieces);
    ch_output_lay(p, pieces);
}

size_t ch_decoder_arena_bytes(const struct ch_decoder *d, size_t B, size_t T)
{
    struct ch_pass p = { .d = d };
    struct ch_pieces pieces = { 0 };

    set_sizes(&p, B, T, B * T);
    lay(&p, &pieces);
    return pieces.bytes;
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

static void check_batch(const struct ch_pass *p)
{
    for (size_t b = 0; b < p->B; b++)
        assert(ch_pass_image(p, b) < p->M);
    for (size_t n = 0; n < p->N; n++) {
        assert(p->batch->input[n] >= 0 && p->batch->target[n] >= 0);
        assert((size_t)p->batch->input[n] < p->d->shape.V);
        assert((size_t)p->batch->target[n] < p->d->shape.V);
    }
}

double ch_decoder_loss(const struct ch_decoder *d, const float *params,
                       const struct ch_batch *batch,
                       const struct ch_dropout *dropout, float *grad,
                       struct ch_arena *arena)
{
    struct ch_pass p = {
        .d = d, .params = params, .batch = batch, .dropout = dropout,
        .grad = grad, .is_added = batch->is_added
    };
    struct ch_pieces pieces = { .arena = arena };
    double loss;

    assert(batch->F == d->shape.F);
    if (batch->times)
        batch->times->forward_s = batch->times->output_s = ch_clock_s();
    if (batch->N == 0) {       /* a lane that sits this step out */
        for (size_t i = 0; grad && !batch->is_added && i < d->param_count; i++)
            if (i != d->at.embed || !batch->is_blank)
                memset(grad + d->param[i].offset, 0,
                       d->param[i].count * sizeof *grad);
        return 0;
    }
    set_sizes(&p, batch->B, batch->T, batch->N);
    ch_arena_reset(arena);
    lay(&p, &pieces);
    set_rows(&p);
    check_batch(&p);
    ch_kind_of(d)->forward(&p);
    if (batch->nonfinite)
        ch_nonfinite_forward(&p);
    if (batch->times)
        batch->times->forward_s = ch_clock_s();
    loss = ch_output_loss(&p);
    if (batch->nonfinite)
        ch_nonfinite_output(&p);
    if (batch->times)
        batch->times->output_s = ch_clock_s();
    if (d->shape.kind != CH_DECODER_NIC && dropout && dropout->alpha > 0)
        loss += ch_attention_penalty(&p, &p.attention,
                                     (double)dropout->alpha);
    if (grad)
        ch_kind_of(d)->backward(&p);
    if (batch->nonfinite)
        ch_nonfinite_backward(&p);
    return loss;
}
