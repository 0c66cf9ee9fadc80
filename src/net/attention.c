/* attention.c - where to look at each step, there and back
 *
 * Keys are projected once for each image.  Step by step there is the query's
 * product, the kernel's softmax over places, and the weighted sum of values.
 * Gradients of keys and values are added up over all captions of an image.
 */
#include "net/pass.h"

#include <string.h>

struct ch_attention_params ch_attention_list(struct ch_decoder *d,
                                             size_t width)
{
    const struct ch_decoder_shape *s = &d->shape;
    struct ch_attention_params at;

    at.key = ch_param_linear(d, "attention.key", s->A, width);
    at.query = ch_param_linear(d, "attention.query", s->A, s->H);
    at.score = ch_param_weight(d, "attention.score", 1, s->A);
    return at;
}

void ch_attention_lay(const struct ch_pass *p, struct ch_attention *a,
                      size_t C, struct ch_pieces *pieces)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_attention_params *at = &p->d->at.attention;
    size_t places = p->M * s->L;

    *a = (struct ch_attention) {
        .at = *at, .L = s->L, .A = s->A, .C = C
    };
    a->key = ch_pieces_floats(pieces, places * a->A);
    a->query = ch_pieces_floats(pieces, p->R * a->A);
    a->weight = ch_pieces_floats(pieces, p->R * a->L);
    a->context = ch_pieces_floats(pieces, p->R * a->C);
    ch_pieces_late(pieces, p->R * a->C, &a->dcontext);
    ch_pieces_late(pieces, p->R * a->A, &a->dquery);
    ch_pieces_late(pieces, places * a->A, &a->dkey);
    a->dweight = ch_pieces_floats(pieces, a->L);
    a->dscore = ch_pieces_floats(pieces, a->A);
    a->uncovered = ch_pieces_floats(pieces, p->B * a->L);
    ch_pieces_late(pieces, p->R * a->L, &a->own_weight);
    ch_pieces_late(pieces, p->R * a->C, &a->own_dcontext);
    ch_feed_lay(p, &a->feed, pieces, a->A, s->H);
}

static struct ch_matrix query_weight(const struct ch_pass *p,
                                     const struct ch_attention *a)
{
    return (struct ch_matrix) { ch_pass_param(p, a->at.query.weight),
                                p->d->shape.H };
}

/* ---------------------------------------------------------------- forward */

void ch_attention_begin(const struct ch_pass *p, struct ch_attention *a,
                        const float *source, const float *value,
                        float *dvalue)
{
    a->source = source;
    a->value = value;
    a->dvalue = dvalue;
    ch_linear_forward(p, a->at.key, p->M * a->L, source, a->key);
    ch_feed_pack(&a->feed, query_weight(p, a));
}

/* What the kernel needs of row `at`, which is about caption b. */
static struct ch_attend attend_of(const struct ch_pass *p,
                                  const struct ch_attention *a, size_t at,
                                  size_t b)
{
    return (struct ch_attend) {
        .L = a->L, .A = a->A, .key = a->key + ch_pass_image(p, b) * a->L * a->A,
        .query = a->query + at * a->A,
        .score = ch_pass_param(p, a->at.score)
    };
}

void ch_attention_step(const struct ch_pass *p, struct ch_attention *a,
                       size_t t, const float *h)
{
    const struct ch_kernel *k = ch_kernel_get();
    const float *bias = ch_pass_param(p, a->at.query.bias);
    size_t first = p->start[t], A = a->A, C = a->C;

    for (size_t b = 0; b < p->rows[t]; b++)
        memcpy(a->query + (first + b) * A, bias, A * sizeof *bias);
    ch_feed_run(&a->feed, p->rows[t],
                (struct ch_matrix) { h, p->d->shape.H },
                a->query + first * A, A);
    for (size_t b = 0; b < p->rows[t]; b++) {
        struct ch_attend x = attend_of(p, a, first + b, b);
        const float *value = a->value + ch_pass_image(p, b) * a->L * C;
        float *weight = a->weight + (first + b) * a->L;
        float *context = a->context + (first + b) * C;

        k->attend_forward(&x, weight);
        memset(context, 0, C * sizeof *context);
        for (size_t l = 0; l < a->L; l++)
            k->axpy(C, weight[l], value + l * C, context);
    }
}

/* uncovered [B][L] = 1 - the sum of weights over all steps of a caption */
double ch_attention_penalty(const struct ch_pass *p, struct ch_attention *a,
                            double strength)
{
    double sum = 0;

    for (size_t i = 0; i < p->B * a->L; i++)
        a->uncovered[i] = 1;
    for (size_t t = 0; t < p->S; t++)
        ch_kernel_get()->axpy(p->rows[t] * a->L, -1,
                              a->weight + p->start[t] * a->L, a->uncovered);
    for (size_t i = 0; i < p->B * a->L; i++)
        sum += (double)a->uncovered[i] * (double)a->uncovered[i];
    a->strength = (float)strength;
    return strength * sum;
}

/* --------------------------------------------------------------- backward */

void ch_attention_begin_back(const struct ch_pass *p, struct ch_attention *a)
{
    size_t places = p->M * a->L;

    ch_feed_pack_back(&a->feed, query_weight(p, a));
    memset(a->dkey, 0, places * a->A * sizeof *a->dkey);
    memset(a->dscore, 0, a->A * sizeof *a->dscore);
}

/* dweight [L] of a row: by what each place gave to the context, and by how
 * little it was looked at in the whole caption. */
static void weights_back(const struct ch_pass *p, struct ch_attention *a,
                         size_t at, size_t b)
{
    size_t L = a->L, C = a->C;
    const float *value = a->value + ch_pass_image(p, b) * L * C;

    ch_kernel_get()->dots(L, C, a->dcontext + at * C,
                          (struct ch_matrix) { value, C }, a->dweight);
    if (a->strength > 0)
        ch_kernel_get()->axpy(L, -2 * a->strength, a->uncovered + b * L,
                              a->dweight);
}

void ch_attention_step_back(const struct ch_pass *p, struct ch_attention *a,
                            size_t t, float *dh)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t first = p->start[t], L = a->L;

    for (size_t b = 0; b < p->rows[t]; b++) {
        size_t at = first + b, image = ch_pass_image(p, b);
        struct ch_attend x = attend_of(p, a, at, b);
        struct ch_attend_grad g = {
            .query = a->dquery + at * a->A, .key = a->dkey + image * L * a->A,
            .score = a->dscore
        };
        const float *weight = a->weight + at * L;

        weights_back(p, a, at, b);
        k->attend_backward(&x, weight, a->dweight, &g);
    }
    ch_feed_run_back(&a->feed, p->rows[t], (struct ch_matrix) {
                         a->dquery + first * a->A, a->A
                     }, dh, p->d->shape.H);
}

/* Of one image: weights of all rows about it, transposed, times dcontext. */
static void image_back(const struct ch_pass *p, struct ch_attention *a,
                       size_t image)
{
    size_t L = a->L, C = a->C, n = 0;

    for (size_t b = 0; b < p->B; b++)
        for (size_t t = 0; ch_pass_image(p, b) == image && t < p->S &&
                           b < p->rows[t]; t++, n++) {
            size_t at = p->start[t] + b;

            memcpy(a->own_weight + n * L, a->weight + at * L,
                   L * sizeof(float));
            memcpy(a->own_dcontext + n * C, a->dcontext + at * C,
                   C * sizeof(float));
        }
    /* What attention adds up stays f32. */
    ch_product_tn(CH_PRECISION_F32, L, C, n,
                  (struct ch_matrix) { a->own_weight, L },
                  (struct ch_matrix) { a->own_dcontext, C }, 0,
                  a->dvalue + image * L * C, C);
}

void ch_attention_end_back(const struct ch_pass *p, struct ch_attention *a,
                           const float *h, float *dsource)
{
    for (size_t m = 0; a->dvalue && m < p->M; m++)
        image_back(p, a, m);
    ch_gradient_put(p, a->A, a->dscore, ch_pass_grad(p, a->at.score));
    ch_linear_backward(p, a->at.query, &(struct ch_linear_back) {
        .rows = p->R, .in = h, .dout = a->dquery
    });
    ch_linear_backward(p, a->at.key, &(struct ch_linear_back) {
        .rows = p->M * a->L, .in = a->source, .dout = a->dkey, .din = dsource,
        .is_added = true
    });
}
