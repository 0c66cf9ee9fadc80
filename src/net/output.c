/* output.c - the output layer: from the top to the loss, and back
 *
 * In chunks of rows: the logits of a batch are by far its largest array, and
 * are never all there.  Softmax turns them into their gradient in place.
 */
#include "net/pass.h"

double ch_output_loss(struct ch_pass *p)
{
    const struct ch_kernel *k = ch_kernel_get();
    struct ch_linear l = p->d->at.output;
    size_t V = p->d->shape.V, n = p->d->param[l.weight].columns;
    size_t chunk = ch_pass_chunk(p->N);
    double loss = 0;

    for (size_t at = 0; at < p->N; at += chunk) {
        size_t rows = p->N - at < chunk ? p->N - at : chunk;
        const float *in = p->top + (p->first + at) * n;

        ch_linear_forward(p, l, rows, in, p->logit);
        for (size_t r = 0; r < rows; r++) {
            float *logit = p->logit + r * V;
            size_t target = (size_t)p->batch->target[at + r];

            loss += p->grad ? k->softmax_loss(V, logit, target)
                            : k->softmax_cost(V, logit, target);
        }
        if (p->grad)
            ch_linear_backward(p, l, &(struct ch_linear_back) {
                .rows = rows, .in = in, .dout = p->logit,
                .din = p->dtop + (p->first + at) * n, .is_more = at > 0
            });
    }
    return loss;
}
