/* output.c - the output layer: from the top to the loss, and back
 *
 * In chunks of rows: the logits of a batch are by far its largest array, and
 * are never all there.  Softmax turns them into their gradient in place.
 */
#include "net/pass.h"

#include <string.h>

void ch_output_list(struct ch_decoder *d, size_t width)
{
    const struct ch_decoder_shape *s = &d->shape;

    d->at.top = width;
    d->at.has_project = s->is_tied && width != s->E;
    if (d->at.has_project)
        d->at.project = ch_param_linear(d, "project", s->E, width);
    if (!s->is_tied) {
        d->at.output = ch_param_linear(d, "output", s->V, width);
        return;
    }
    d->at.output.weight = d->at.embed;
    d->at.output.bias = ch_param_add(d, "output.bias", s->V, 1, 0);
}

void ch_output_lay(struct ch_pass *p, struct ch_pieces *pieces)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    size_t n = p->d->at.has_project ? p->N * s->E : 0;

    p->slot = ch_pieces_get(pieces, s->V, sizeof *p->slot);
    p->project = ch_pieces_floats(pieces, n);
    p->dproject = ch_pieces_floats(pieces, n);
    /* The largest, and the layers come back when it is done. */
    p->logit = ch_pieces_early(pieces, ch_pass_chunk_most(p->N) * s->V);
}

float *ch_output_grad(const struct ch_pass *p)
{
    return p->is_added ? p->whole : ch_pass_grad(p, p->d->at.output.weight);
}

void ch_output_give(const struct ch_pass *p)
{
    struct ch_linear l = p->d->at.output;

    if (!p->is_added)
        return;
    ch_gradient_put(p, p->d->param[l.weight].count, p->whole,
                    ch_pass_grad(p, l.weight));
    ch_gradient_put(p, p->d->param[l.bias].count, p->whole_bias,
                    ch_pass_grad(p, l.bias));
}

static void chunk_back(const struct ch_pass *p, const struct ch_linear_back *b,
                       bool is_more)
{
    struct ch_linear l = p->d->at.output;
    size_t V = p->d->param[l.weight].rows, n = p->d->param[l.weight].columns;
    struct ch_matrix dout = { b->dout, V };
    float *dbias = p->is_added ? p->whole_bias : ch_pass_grad(p, l.bias);

    ch_product_nn(ch_pass_precision(p), b->rows, n, V, dout,
                  (struct ch_matrix) { ch_pass_param(p, l.weight), n }, 0,
                  b->din, n);
    ch_product_tn(ch_pass_precision(p), V, n, b->rows, dout,
                  (struct ch_matrix) { b->in, n }, is_more ? 1 : 0,
                  ch_output_grad(p), n);
    if (!is_more)
        memset(dbias, 0, V * sizeof *dbias);
    ch_kernel_columns(b->rows, V, b->dout, dbias);
}

/* The loss from in [N][width], and din when there is a gradient. */
static double run_chunks(struct ch_pass *p, const float *in, float *din)
{
    const struct ch_kernel *k = ch_kernel_get();
    struct ch_linear l = p->d->at.output;
    size_t V = p->d->shape.V, n = p->d->param[l.weight].columns;
    size_t chunk = ch_pass_chunk(p->N);
    float smoothing = p->dropout ? p->dropout->smoothing : 0;
    double loss = 0;

    for (size_t at = 0; at < p->N; at += chunk) {
        size_t rows = p->N - at < chunk ? p->N - at : chunk;

        ch_linear_forward(p, l, rows, in + at * n, p->logit);
        for (size_t r = 0; r < rows; r++) {
            float *logit = p->logit + r * V;
            size_t target = (size_t)p->batch->target[at + r];

            if (smoothing > 0)
                loss += k->softmax_smooth(V, logit, target, smoothing);
            else
                loss += p->grad ? k->softmax_loss(V, logit, target)
                                : k->softmax_cost(V, logit, target);
        }
        if (p->grad && ch_pass_is_apart(p))
            chunk_back(p, &(struct ch_linear_back) {
                .rows = rows, .in = in + at * n, .dout = p->logit,
                .din = din + at * n
            }, at > 0);
        else if (p->grad)
            ch_linear_backward(p, l, &(struct ch_linear_back) {
                .rows = rows, .in = in, .dout = p->logit, .din = din
            });
    }
    if (p->grad && ch_pass_is_apart(p) && !p->d->shape.is_tied)
        ch_output_give(p);
    return loss;
}

double ch_output_loss(struct ch_pass *p)
{
    size_t first = p->first * p->d->at.top;
    float *top = p->top + first, *dtop = p->grad ? p->dtop + first : NULL;
    double loss;

    if (!p->d->at.has_project)
        return run_chunks(p, top, dtop);
    ch_linear_forward(p, p->d->at.project, p->N, top, p->project);
    loss = run_chunks(p, p->project, p->dproject);
    if (p->grad)
        ch_linear_backward(p, p->d->at.project, &(struct ch_linear_back) {
            .rows = p->N, .in = top, .dout = p->dproject, .din = dtop
        });
    return loss;
}
