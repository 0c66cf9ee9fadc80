/* step.c - the decoder one word at a time, for greedy and beam search */
#include "net/step.h"

#include <assert.h>
#include <string.h>

#include "net/layer.h"

static void list_panels(const struct ch_decoder *d,
                        struct ch_step_layer layer[CH_PANELS_MOST])
{
    memset(layer, 0, CH_PANELS_MOST * sizeof *layer);
    ch_nic_panels(d, layer);
}

/* Of one row: h, or c, of all layers. */
static size_t state_floats(const struct ch_decoder *d)
{
    return d->shape.layers * d->shape.H;
}

static void lay(const struct ch_decoder *d, size_t B,
                struct ch_decoder_state *s, struct ch_pieces *pieces)
{
    struct ch_step_layer layer[CH_PANELS_MOST];

    s->rows = 0;
    s->h = ch_pieces_floats(pieces, B * state_floats(d));
    s->c = ch_pieces_floats(pieces, B * state_floats(d));
    s->image = ch_pieces_get(pieces, B, sizeof *s->image);
    s->spare = ch_pieces_get(pieces, B, sizeof *s->spare);
    s->image_part = ch_pieces_floats(pieces, B * ch_nic_part(d));
    s->work = ch_pieces_floats(pieces, B * ch_nic_work(d));
    list_panels(d, layer);
    for (size_t i = 0; i < CH_PANELS_MOST; i++)
        s->panel[i] = ch_pieces_floats(pieces, ch_panel_floats(layer[i].N,
                                                               layer[i].K));
}

size_t ch_decoder_state_bytes(const struct ch_decoder *d, size_t B)
{
    struct ch_pieces pieces = { 0 };
    struct ch_decoder_state s;

    lay(d, B, &s, &pieces);
    return pieces.bytes;
}

void ch_decoder_state_init(const struct ch_decoder *d, size_t B,
                           struct ch_decoder_state *s, struct ch_arena *a)
{
    lay(d, B, s, &(struct ch_pieces) { .arena = a });
}

/* ---------------------------------------------------- what decoders share */

struct ch_step_layer ch_step_whole(const struct ch_decoder *d,
                                   struct ch_linear l)
{
    return (struct ch_step_layer) { l.weight, d->param[l.weight].rows,
                                    d->param[l.weight].columns, 0 };
}

void ch_step_repeat(size_t rows, size_t columns, const float *row, float *x)
{
    for (size_t r = 0; r < rows; r++)
        memcpy(x + r * columns, row, columns * sizeof *x);
}

void ch_step_product(const struct ch_step *p, size_t panel,
                     struct ch_matrix in, float *out)
{
    struct ch_step_layer layer[CH_PANELS_MOST];

    list_panels(p->d, layer);
    assert(layer[panel].K <= in.ld);
    ch_kernel_get()->panel_product(p->s->rows, layer[panel].N, layer[panel].K,
                                   in, p->s->panel[panel], out,
                                   layer[panel].N);
}

void ch_step_linear(const struct ch_step *p, size_t panel, struct ch_linear l,
                    struct ch_matrix in, float *out)
{
    ch_step_repeat(p->s->rows, p->d->param[l.weight].rows,
                   ch_step_param(p, l.bias), out);
    ch_step_product(p, panel, in, out);
}

void ch_step_words(const struct ch_step *p, const int32_t *word, float *out)
{
    for (size_t r = 0; r < p->s->rows; r++)
        assert(word[r] >= 0 && (size_t)word[r] < p->d->shape.V);
    ch_kernel_gather(p->s->rows, p->d->shape.E,
                     ch_step_param(p, p->d->at.embed), word, out);
}

/* ----------------------------------------------------------------- cells */

static size_t gates_of(const struct ch_step *p, size_t layer)
{
    return p->d->param[p->d->at.cell[layer].weight_hh].rows;
}

void ch_step_cell_panels(const struct ch_decoder *d, size_t layer, size_t width,
                         struct ch_step_layer *first)
{
    const struct ch_cell_params *at = &d->at.cell[layer];
    size_t G = d->param[at->weight_hh].rows;

    first[0] = (struct ch_step_layer) { at->weight_ih, G, width, 0 };
    first[1] = (struct ch_step_layer) { at->weight_hh, G, d->shape.H, 0 };
}

void ch_step_start(const struct ch_step *p, size_t layer, float *gate)
{
    const struct ch_cell_params *at = &p->d->at.cell[layer];
    size_t G = gates_of(p, layer), rows = p->s->rows;

    ch_step_repeat(rows, G, ch_step_param(p, at->bias_ih), gate);
    if (at->cell != CH_CELL_GRU)
        ch_kernel_bias(rows, G, ch_step_param(p, at->bias_hh), gate);
}

/* GRU: what h gives to the gates; LSTM: tanh(c). */
size_t ch_step_cell_work(const struct ch_decoder *d)
{
    return 3 * d->shape.H;
}

struct ch_matrix ch_step_h(const struct ch_step *p, size_t layer)
{
    return (struct ch_matrix) { p->s->h + layer * p->d->shape.H,
                                state_floats(p->d) };
}

void ch_step_cell(const struct ch_step *p, size_t layer, size_t first,
                  struct ch_matrix in, float *gate, float *work)
{
    const struct ch_kernel *k = ch_kernel_get();
    const struct ch_cell_params *at = &p->d->at.cell[layer];
    size_t H = p->d->shape.H, G = gates_of(p, layer);
    size_t ld = state_floats(p->d);
    int is_gru = at->cell == CH_CELL_GRU;

    if (is_gru)
        ch_step_repeat(p->s->rows, G, ch_step_param(p, at->bias_hh), work);
    ch_step_product(p, first, in, gate);
    ch_step_product(p, first + 1, ch_step_h(p, layer), is_gru ? work : gate);
    for (size_t r = 0; r < p->s->rows; r++) {
        float *h = p->s->h + layer * H + r * ld;
        float *c = p->s->c + layer * H + r * ld;

        if (is_gru)
            k->gru_forward(H, gate + r * G, work + r * G, h, h);
        else
            k->gate_forward(H, gate + r * G, c, c, work, h);
    }
}

void ch_step_output(const struct ch_step *p, size_t project, size_t output,
                    struct ch_matrix top, float *work, float *out)
{
    if (p->d->at.has_project) {
        ch_step_linear(p, project, p->d->at.project, top, work);
        top = (struct ch_matrix) { work, p->d->shape.E };
    }
    ch_step_linear(p, output, p->d->at.output, top, out);
}

/* ------------------------------------------------------------ the steps */

static void pack(const struct ch_step *p)
{
    struct ch_step_layer layer[CH_PANELS_MOST];

    list_panels(p->d, layer);
    for (size_t i = 0; i < CH_PANELS_MOST; i++) {
        const struct ch_step_layer *l = &layer[i];

        if (l->N)
            ch_panel_pack_nt(l->N, l->K, (struct ch_matrix) {
                                 ch_step_param(p, l->weight) + l->column,
                                 p->d->param[l->weight].columns
                             }, p->s->panel[i]);
    }
}

void ch_decoder_begin(const struct ch_decoder *d, const float *params,
                      const float *feature, size_t B,
                      struct ch_decoder_state *s)
{
    const struct ch_step p = { d, params, s };
    size_t n = B * state_floats(d);

    s->rows = B;
    for (size_t b = 0; b < B; b++)
        s->image[b] = b;
    pack(&p);
    memset(s->h, 0, n * sizeof *s->h);
    memset(s->c, 0, n * sizeof *s->c);
    ch_nic_begin(&p, feature);
}

void ch_decoder_next(const struct ch_decoder *d, const float *params,
                     const int32_t *word, struct ch_decoder_state *s,
                     float *logp)
{
    const struct ch_kernel *k = ch_kernel_get();
    const struct ch_step p = { d, params, s };

    ch_nic_next(&p, word, logp);
    for (size_t r = 0; r < s->rows; r++)
        k->softmax_log(d->shape.V, logp + r * d->shape.V);
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
    size_t n = state_floats(d);

    for (size_t i = 0; i < count; i++) {
        assert(from[i] < s->rows);
        s->spare[i] = s->image[from[i]];
    }
    memcpy(s->image, s->spare, count * sizeof *s->image);
    pick_rows(n, from, count, s->h, s->work);
    pick_rows(n, from, count, s->c, s->work);
    s->rows = count;
}
