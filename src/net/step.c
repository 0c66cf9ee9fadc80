/* step.c - the decoder one word at a time, for greedy and beam search */
#include "net/decoder.h"

#include <assert.h>
#include <string.h>

#include "net/kind.h"

static void list_panels(const struct ch_decoder *d,
                        struct ch_step_layer layer[CH_PANELS_MOST])
{
    memset(layer, 0, CH_PANELS_MOST * sizeof *layer);
    ch_kind_of(d)->panels(d, layer);
}

/* Of one row: h, or c, of all cells. */
static size_t state_floats(const struct ch_decoder *d)
{
    return d->at.cells * d->shape.H;
}

static void lay_places(const struct ch_decoder *d, size_t B,
                       struct ch_decoder_state *s, struct ch_pieces *pieces)
{
    const struct ch_decoder_shape *shape = &d->shape;
    int is_looking = shape->kind != CH_DECODER_NIC;
    int is_embedded = is_looking && shape->kind != CH_DECODER_SAT;
    size_t places = is_looking ? B * shape->L : 0;

    s->key = ch_pieces_floats(pieces, places * shape->A);
    s->value = ch_pieces_floats(pieces, is_embedded ? places * shape->H : 0);
    s->weight = is_looking ? ch_pieces_floats(pieces, places) : NULL;
    s->place = NULL;
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
    s->image_part = ch_pieces_floats(pieces, B * ch_kind_of(d)->part(d));
    lay_places(d, B, s, pieces);
    s->work = ch_pieces_floats(pieces, B * ch_kind_of(d)->work(d));
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
    ch_step_product_rows(p, panel, p->s->rows, in, out, layer[panel].N);
}

void ch_step_product_rows(const struct ch_step *p, size_t panel, size_t rows,
                          struct ch_matrix in, float *out, size_t ld)
{
    struct ch_step_layer layer[CH_PANELS_MOST];

    list_panels(p->d, layer);
    assert(layer[panel].K <= in.ld && layer[panel].N <= ld);
    ch_product_rows(p->d->shape.precision, rows, layer[panel].N,
                    layer[panel].K, in, p->s->panel[panel], out, ld);
}

void ch_step_linear(const struct ch_step *p, size_t panel, struct ch_linear l,
                    struct ch_matrix in, float *out)
{
    ch_step_repeat(p->s->rows, p->d->param[l.weight].rows,
                   ch_step_param(p, l.bias), out);
    ch_step_product(p, panel, in, out);
}

void ch_step_norm(const struct ch_step *p, struct ch_norm_params at,
                  size_t rows, size_t n, float *x)
{
    ch_norm_rows(p->d, p->params, at, rows, n, x);
}

void ch_step_words(const struct ch_step *p, const int32_t *word, float *out)
{
    size_t n = p->s->rows * p->d->shape.E;

    for (size_t r = 0; r < p->s->rows; r++)
        assert(word[r] >= 0 && (size_t)word[r] < p->d->shape.V);
    ch_kernel_gather(p->s->rows, p->d->shape.E,
                     ch_step_param(p, p->d->at.embed), word, out);
    for (size_t i = 0; p->d->shape.word_relu && i < n; i++)
        out[i] = out[i] > 0 ? out[i] : 0;
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

void ch_decoder_pack(const struct ch_decoder *d, const float *params,
                     struct ch_decoder_state *s)
{
    struct ch_step_layer layer[CH_PANELS_MOST];

    list_panels(d, layer);
    for (size_t i = 0; i < CH_PANELS_MOST; i++) {
        const struct ch_step_layer *l = &layer[i];
        const struct ch_param_info *weight = &d->param[l->weight];

        if (l->N)
            ch_product_pack_nt(d->shape.precision, l->N, l->K,
                               (struct ch_matrix) {
                                   params + weight->offset + l->column,
                                   weight->columns
                               }, s->panel[i]);
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
    memset(s->h, 0, n * sizeof *s->h);
    memset(s->c, 0, n * sizeof *s->c);
    ch_kind_of(d)->begin(&p, feature);
}

void ch_decoder_next(const struct ch_decoder *d, const float *params,
                     const int32_t *word, struct ch_decoder_state *s,
                     float *logp)
{
    const struct ch_kernel *k = ch_kernel_get();
    const struct ch_step p = { d, params, s };

    ch_kind_of(d)->next(&p, word, logp);
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
    if (s->weight)
        pick_rows(d->shape.L, from, count, s->weight, s->work);
    s->rows = count;
}
