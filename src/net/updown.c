/* updown.c - two LSTMs: one looks, one speaks (Anderson et al., "Bottom-up and
 * top-down attention", CVPR 2018)
 *
 * The attention LSTM is fed the h of the language LSTM, the mean of the
 * embedded places, and the word; its h asks where to look.  The language LSTM
 * is fed what is seen and that h.
 */
#include "net/kind.h"

#include <string.h>

/* The cells, and the products that wait. */
enum { LOOK, SPEAK };
enum { SPOKEN, SEEN };

void ch_updown_list(struct ch_decoder *d)
{
    const struct ch_decoder_shape *s = &d->shape;
    struct ch_decoder_layers *at = &d->at;

    ch_grid_list(d);
    at->attention = ch_attention_list(d, s->H);
    at->embed = ch_param_add(d, "embed.weight", s->V, s->E, 0.1);
    at->cell[LOOK] = ch_param_cell(d, CH_CELL_LSTM, "attention_lstm", "",
                                   2 * s->H + s->E);
    at->cell[SPEAK] = ch_param_cell(d, CH_CELL_LSTM, "language_lstm", "",
                                    2 * s->H);
    ch_output_list(d, s->H);
}

void ch_updown_lay(struct ch_pass *p, struct ch_pieces *pieces)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    size_t H = s->H;

    ch_grid_lay(p, pieces);
    p->mean = ch_pieces_floats(pieces, p->M * H);
    p->image = ch_pieces_floats(pieces, p->B * H);
    p->image_gate = ch_pieces_floats(pieces, p->B * 4 * H);
    ch_attention_lay(p, &p->attention, H, pieces);
    p->x = p->dx = ch_pieces_floats(pieces, p->R * s->E);
    p->keep_x = ch_pieces_masks(pieces, p->R, s->E);
    ch_rnn_lay(p, &p->cell[LOOK], p->d->at.cell[LOOK], pieces);
    ch_rnn_lay(p, &p->cell[SPEAK], p->d->at.cell[SPEAK], pieces);
    ch_feed_lay(p, &p->feed[SPOKEN], pieces, 4 * H, H);
    ch_feed_lay(p, &p->feed[SEEN], pieces, 4 * H, 2 * H);
    p->seen = ch_pieces_floats(pieces, p->R * 2 * H);
    p->dseen = ch_pieces_floats(pieces, p->R * 2 * H);
    p->keep_h[0] = ch_pieces_masks(pieces, p->R, H);
    p->top = p->cell[SPEAK].h;
    p->dtop = p->cell[SPEAK].dh;
}

static struct ch_steps_drop drop_of(const struct ch_pass *p)
{
    return (struct ch_steps_drop) {
        .purpose = CH_RNG_DROP_OUTPUT, .columns = p->d->shape.H,
        .rate = p->dropout ? p->dropout->output : 0
    };
}

/* weight_ih of a cell, from its first column on. */
static struct ch_matrix input_weight(const struct ch_pass *p, size_t cell)
{
    size_t i = p->d->at.cell[cell].weight_ih;

    return (struct ch_matrix) { ch_pass_param(p, i), p->d->param[i].columns };
}

/* The parts of what the attention LSTM is fed. */
static struct ch_rnn_part spoken_part(const struct ch_pass *p)
{
    return (struct ch_rnn_part) { p->d->shape.H, 0 };
}

static struct ch_rnn_part mean_part(const struct ch_pass *p)
{
    return (struct ch_rnn_part) { p->d->shape.H, p->d->shape.H };
}

static struct ch_rnn_part word_part(const struct ch_pass *p)
{
    return (struct ch_rnn_part) { p->d->shape.E, 2 * p->d->shape.H };
}

/* ---------------------------------------------------------------- forward */

/* seen [rows][2H] of a step: the context, then the h that asked for it. */
static void join(struct ch_pass *p, size_t t)
{
    size_t H = p->d->shape.H;

    for (size_t r = p->start[t]; r < p->start[t] + p->rows[t]; r++) {
        memcpy(p->seen + 2 * r * H, p->attention.context + r * H,
               H * sizeof *p->seen);
        memcpy(p->seen + (2 * r + 1) * H, p->cell[LOOK].h + r * H,
               H * sizeof *p->seen);
    }
}

static void step(struct ch_pass *p, size_t t)
{
    struct ch_rnn *look = &p->cell[LOOK], *speak = &p->cell[SPEAK];
    size_t H = p->d->shape.H, G = look->G, at = p->start[t];

    ch_feed_run(&p->feed[SPOKEN], p->rows[t],
                (struct ch_matrix) { speak->h_prev + at * H, H },
                look->gate + at * G, G);
    ch_rnn_step(p, look, t);
    ch_attention_step(p, &p->attention, t, look->h + at * H);
    join(p, t);
    ch_feed_run(&p->feed[SEEN], p->rows[t],
                (struct ch_matrix) { p->seen + at * 2 * H, 2 * H },
                speak->gate + at * G, G);
    ch_rnn_step(p, speak, t);
}

void ch_updown_forward(struct ch_pass *p)
{
    const struct ch_steps_drop drop = drop_of(p);

    ch_grid_forward(p);
    ch_grid_mean(p, p->d->shape.H, p->place, p->mean);
    ch_grid_deal(p, p->d->shape.H, p->mean, p->image);
    ch_words_forward(p);
    ch_rnn_start_same(p, &p->cell[LOOK], mean_part(p), p->image,
                      p->image_gate);
    ch_rnn_input(p, &p->cell[LOOK], word_part(p), p->x);
    ch_rnn_start(p, &p->cell[SPEAK]);
    ch_attention_begin(p, &p->attention, p->place, p->place, p->dplace);
    ch_feed_pack(&p->feed[SPOKEN], input_weight(p, LOOK));
    ch_feed_pack(&p->feed[SEEN], input_weight(p, SPEAK));
    ch_rnn_pack(p, &p->cell[LOOK]);
    ch_rnn_pack(p, &p->cell[SPEAK]);
    for (size_t t = 0; t < p->S; t++)
        step(p, t);
    ch_steps_drop(p, &drop, p->keep_h[0], p->top);
}

/* --------------------------------------------------------------- backward */

static void step_back(struct ch_pass *p, size_t t)
{
    struct ch_rnn *look = &p->cell[LOOK], *speak = &p->cell[SPEAK];
    size_t H = p->d->shape.H, G = look->G, at = p->start[t];

    ch_rnn_step_back(p, speak, t);
    ch_feed_run_back(&p->feed[SEEN], p->rows[t],
                     (struct ch_matrix) { speak->gate + at * G, G },
                     p->dseen + at * 2 * H, 2 * H);
    for (size_t r = at; r < at + p->rows[t]; r++) {
        memcpy(p->attention.dcontext + r * H, p->dseen + 2 * r * H,
               H * sizeof(float));
        ch_kernel_get()->add(H, p->dseen + (2 * r + 1) * H, look->dh + r * H);
    }
    ch_attention_step_back(p, &p->attention, t, look->dh + at * H);
    ch_rnn_step_back(p, look, t);
    if (t)
        ch_feed_run_back(&p->feed[SPOKEN], p->rows[t],
                         (struct ch_matrix) { look->gate + at * G, G },
                         ch_rnn_dh_before(p, speak, t), H);
}

static void steps_back(struct ch_pass *p)
{
    size_t n = p->R * p->d->shape.H;

    memset(p->dseen, 0, 2 * n * sizeof *p->dseen);
    memset(p->cell[LOOK].dh, 0, n * sizeof(float));
    ch_rnn_pack_back(p, &p->cell[LOOK]);
    ch_rnn_pack_back(p, &p->cell[SPEAK]);
    ch_attention_begin_back(p, &p->attention);
    ch_feed_pack_back(&p->feed[SPOKEN], input_weight(p, LOOK));
    ch_feed_pack_back(&p->feed[SEEN], input_weight(p, SPEAK));
    for (size_t t = p->S; t-- > 0;)
        step_back(p, t);
}

/* image becomes the gradient of the means, and goes to all places. */
static void mean_back(struct ch_pass *p)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t H = p->d->shape.H;

    ch_rnn_same_back(p, &p->cell[LOOK], mean_part(p), p->image,
                     p->image_gate);
    ch_grid_collect(p, H, p->image, p->mean);
    for (size_t m = 0; m < p->M; m++)
        for (size_t l = 0; l < p->L; l++)
            k->axpy(H, 1.0f / (float)p->L, p->mean + m * H,
                    p->dplace + (m * p->L + l) * H);
}

void ch_updown_backward(struct ch_pass *p)
{
    struct ch_rnn *look = &p->cell[LOOK], *speak = &p->cell[SPEAK];
    const struct ch_steps_drop drop = drop_of(p);
    const struct ch_rnn_part seen = { 2 * p->d->shape.H, 0 };

    ch_steps_undrop(p, &drop, p->keep_h[0], p->dtop);
    steps_back(p);
    ch_rnn_end_back(p, look);
    ch_rnn_end_back(p, speak);
    ch_rnn_input_back(p, speak, seen, p->seen, NULL);
    ch_rnn_input_back(p, look, spoken_part(p), speak->h_prev, NULL);
    ch_rnn_input_back(p, look, word_part(p), p->x, p->x);
    ch_words_backward(p);
    ch_attention_end_back(p, &p->attention, look->h, p->dplace);
    mean_back(p);
    ch_grid_backward(p);
}
