/* step.c - the decoder one word at a time, for greedy and beam search */
#include "net/decoder.h"

#include <assert.h>
#include <string.h>

#include "kernel/kernel.h"

static const float *param(const struct ch_decoder *d, const float *params,
                          enum ch_param i)
{
    return params + d->param[i].offset;
}

/* Floats of work for one row: what enters the cell, gates, tanh(c). */
static size_t work_floats(const struct ch_decoder_shape *s)
{
    return s->E + 4 * s->H + s->H;
}

static size_t image_floats(const struct ch_decoder_shape *s)
{
    return s->image == CH_IMAGE_EVERY ? 4 * s->H : 0;
}

size_t ch_decoder_state_bytes(const struct ch_decoder *d, size_t B)
{
    const struct ch_decoder_shape *s = &d->shape;

    return 2 * ch_arena_need(B * s->H, sizeof(float)) +
           ch_arena_need(B * image_floats(s), sizeof(float)) +
           ch_arena_need(B * work_floats(s), sizeof(float));
}

void ch_decoder_state_init(const struct ch_decoder *d, size_t B,
                           struct ch_decoder_state *s, struct ch_arena *a)
{
    size_t H = d->shape.H;

    s->rows = 0;
    s->h = ch_arena_get(a, B * H, sizeof(float));
    s->c = ch_arena_get(a, B * H, sizeof(float));
    s->image = ch_arena_get(a, B * image_floats(&d->shape), sizeof(float));
    s->work = ch_arena_get(a, B * work_floats(&d->shape), sizeof(float));
}

/* gate [rows][4H] = both biases */
static void start_gates(const struct ch_decoder *d, const float *params,
                        size_t rows, float *gate)
{
    size_t G = 4 * d->shape.H;

    for (size_t r = 0; r < rows; r++)
        memcpy(gate + r * G, param(d, params, CH_P_lstm_bias_ih),
               G * sizeof *gate);
    ch_kernel_bias(rows, G, param(d, params, CH_P_lstm_bias_hh), gate);
}

/* gate += x W^T for the word's (or only) half of W_ih, or the image's. */
static void add_input(const struct ch_decoder *d, const float *params,
                      size_t rows, const float *x, size_t column, float *gate)
{
    size_t E = d->shape.E, G = 4 * d->shape.H;
    const float *weight = param(d, params, CH_P_lstm_weight_ih) + column;

    ch_gemm_nt(rows, G, E, (struct ch_matrix) { x, E },
               (struct ch_matrix) { weight, ch_decoder_input(&d->shape) }, 1,
               gate, G);
}

static void run_cell(size_t H, float *gate, float *tanh_c,
                     struct ch_decoder_state *s)
{
    const struct ch_kernel *k = ch_kernel_get();

    for (size_t r = 0; r < s->rows; r++)
        k->gate_forward(H, gate + r * 4 * H, s->c + r * H, s->c + r * H,
                        tanh_c, s->h + r * H);
}

void ch_decoder_begin(const struct ch_decoder *d, const float *params,
                      const float *feature, size_t B,
                      struct ch_decoder_state *s)
{
    size_t E = d->shape.E, H = d->shape.H, F = d->shape.F;
    float *x = s->work, *gate = x + B * E;
    int is_every = d->shape.image == CH_IMAGE_EVERY;

    s->rows = B;
    memset(s->h, 0, B * H * sizeof *s->h);
    memset(s->c, 0, B * H * sizeof *s->c);
    for (size_t b = 0; b < B; b++)
        memcpy(x + b * E, param(d, params, CH_P_image_bias), E * sizeof *x);
    ch_gemm_nt(B, E, F, (struct ch_matrix) { feature, F },
               (struct ch_matrix) { param(d, params, CH_P_image_weight), F },
               1, x, E);
    if (is_every)
        gate = s->image;
    start_gates(d, params, B, gate);
    add_input(d, params, B, x, is_every ? E : 0, gate);
    if (!is_every)
        run_cell(H, gate, gate + B * 4 * H, s);
}

void ch_decoder_next(const struct ch_decoder *d, const float *params,
                     const int32_t *word, struct ch_decoder_state *s,
                     float *logp)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t E = d->shape.E, H = d->shape.H, V = d->shape.V, rows = s->rows;
    float *x = s->work, *gate = x + rows * E;

    for (size_t r = 0; r < rows; r++)
        assert(word[r] >= 0 && (size_t)word[r] < V);
    ch_kernel_gather(rows, E, param(d, params, CH_P_embed_weight), word, x);
    if (d->shape.image == CH_IMAGE_EVERY)
        memcpy(gate, s->image, rows * 4 * H * sizeof *gate);
    else
        start_gates(d, params, rows, gate);
    add_input(d, params, rows, x, 0, gate);
    ch_gemm_nt(rows, 4 * H, H, (struct ch_matrix) { s->h, H },
               (struct ch_matrix) { param(d, params, CH_P_lstm_weight_hh), H },
               1, gate, 4 * H);
    run_cell(H, gate, gate + rows * 4 * H, s);
    for (size_t r = 0; r < rows; r++)
        memcpy(logp + r * V, param(d, params, CH_P_output_bias),
               V * sizeof *logp);
    ch_gemm_nt(rows, V, H, (struct ch_matrix) { s->h, H },
               (struct ch_matrix) { param(d, params, CH_P_output_weight), H },
               1, logp, V);
    for (size_t r = 0; r < rows; r++)
        k->softmax_log(V, logp + r * V);
}

static void pick_rows(size_t columns, const size_t *from, size_t count,
                      float *rows, float *work)
{
    for (size_t i = 0; i < count; i++)
        memcpy(work + i * columns, rows + from[i] * columns,
               columns * sizeof *rows);
    memcpy(rows, work, count * columns * sizeof *rows);
}

void ch_decoder_pick(const struct ch_decoder *d, const size_t *from,
                     size_t count, struct ch_decoder_state *s)
{
    size_t H = d->shape.H;

    for (size_t i = 0; i < count; i++)
        assert(from[i] < s->rows);
    pick_rows(H, from, count, s->h, s->work);
    pick_rows(H, from, count, s->c, s->work);
    if (d->shape.image == CH_IMAGE_EVERY)
        pick_rows(4 * H, from, count, s->image, s->work);
    s->rows = count;
}
