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

/* A product with weights: out [rows][N] += in [rows][K] B^T, B: N x K. */
struct layer {
    enum ch_param weight;
    size_t N, K, column;        /* B starts at this column of the weight */
};

/* With CH_IMAGE_FIRST the image enters the cell as a word does, and its own
 * panel is empty. */
static struct layer layer_of(const struct ch_decoder *d, size_t i)
{
    const struct ch_decoder_shape *s = &d->shape;
    size_t G = 4 * s->H;
    const struct layer layer[CH_STEP_PANEL_COUNT] = {
        [CH_STEP_IMAGE] = { CH_P_image_weight, s->E, s->F, 0 },
        [CH_STEP_IMAGE_GATE] = { CH_P_lstm_weight_ih, image_floats(s), s->E,
                                 s->E },
        [CH_STEP_WORD_GATE] = { CH_P_lstm_weight_ih, G, s->E, 0 },
        [CH_STEP_HIDDEN_GATE] = { CH_P_lstm_weight_hh, G, s->H, 0 },
        [CH_STEP_OUTPUT] = { CH_P_output_weight, s->V, s->H, 0 },
    };

    return layer[i];
}

static size_t panel_floats(const struct ch_decoder *d, size_t i)
{
    struct layer l = layer_of(d, i);

    return ch_panel_floats(l.N, l.K);
}

size_t ch_decoder_state_bytes(const struct ch_decoder *d, size_t B)
{
    const struct ch_decoder_shape *s = &d->shape;
    size_t bytes = 2 * ch_arena_need(B * s->H, sizeof(float)) +
                   ch_arena_need(B * image_floats(s), sizeof(float)) +
                   ch_arena_need(B * work_floats(s), sizeof(float));

    for (size_t i = 0; i < CH_STEP_PANEL_COUNT; i++)
        bytes += ch_arena_need(panel_floats(d, i), sizeof(float));
    return bytes;
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
    for (size_t i = 0; i < CH_STEP_PANEL_COUNT; i++)
        s->panel[i] = ch_arena_get(a, panel_floats(d, i), sizeof(float));
}

static void pack(const struct ch_decoder *d, const float *params,
                 struct ch_decoder_state *s)
{
    for (size_t i = 0; i < CH_STEP_PANEL_COUNT; i++) {
        struct layer l = layer_of(d, i);

        if (l.N)
            ch_panel_pack_nt(l.N, l.K, (struct ch_matrix) {
                                 param(d, params, l.weight) + l.column,
                                 d->param[l.weight].columns
                             }, s->panel[i]);
    }
}

static void multiply(const struct ch_decoder *d,
                     const struct ch_decoder_state *s, enum ch_step_panel i,
                     const float *in, float *out)
{
    struct layer l = layer_of(d, i);

    ch_kernel_get()->panel_product(s->rows, l.N, l.K,
                                   (struct ch_matrix) { in, l.K },
                                   s->panel[i], out, l.N);
}

/* x [rows][columns] = the same row, again and again */
static void repeat(size_t rows, size_t columns, const float *row, float *x)
{
    for (size_t r = 0; r < rows; r++)
        memcpy(x + r * columns, row, columns * sizeof *x);
}

/* gate [rows][4H] = both biases */
static void start_gates(const struct ch_decoder *d, const float *params,
                        size_t rows, float *gate)
{
    size_t G = 4 * d->shape.H;

    repeat(rows, G, param(d, params, CH_P_lstm_bias_ih), gate);
    ch_kernel_bias(rows, G, param(d, params, CH_P_lstm_bias_hh), gate);
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
    size_t E = d->shape.E, H = d->shape.H;
    float *x = s->work, *gate = x + B * E;

    s->rows = B;
    pack(d, params, s);
    memset(s->h, 0, B * H * sizeof *s->h);
    memset(s->c, 0, B * H * sizeof *s->c);
    repeat(B, E, param(d, params, CH_P_image_bias), x);
    multiply(d, s, CH_STEP_IMAGE, feature, x);
    if (d->shape.image == CH_IMAGE_EVERY) {
        start_gates(d, params, B, s->image);
        multiply(d, s, CH_STEP_IMAGE_GATE, x, s->image);
    } else {
        start_gates(d, params, B, gate);
        multiply(d, s, CH_STEP_WORD_GATE, x, gate);
        run_cell(H, gate, gate + B * 4 * H, s);
    }
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
    multiply(d, s, CH_STEP_WORD_GATE, x, gate);
    multiply(d, s, CH_STEP_HIDDEN_GATE, s->h, gate);
    run_cell(H, gate, gate + rows * 4 * H, s);
    repeat(rows, V, param(d, params, CH_P_output_bias), logp);
    multiply(d, s, CH_STEP_OUTPUT, s->h, logp);
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
