/* output.c - the output layer: from h to the loss, and back to dh
 *
 * In chunks of rows: the logits of a batch are by far its largest array, and
 * are never all there.  Softmax turns them into their gradient in place.
 */
#include "net/pass.h"

#include <string.h>

struct output {
    const float *weight, *bias;
    float *dweight, *dbias;
};

/* logit = h W^T + b */
static void forward(const struct ch_pass *p, const struct output *o,
                    size_t rows, const float *h)
{
    size_t V = p->d->shape.V, H = p->d->shape.H;

    for (size_t r = 0; r < rows; r++)
        memcpy(p->logit + r * V, o->bias, V * sizeof(float));
    ch_gemm_nt(rows, V, H, (struct ch_matrix) { h, H },
               (struct ch_matrix) { o->weight, H }, 1, p->logit, V);
}

/* dh = dlogit W      dW += dlogit^T h      db += sum of rows of dlogit */
static void backward(const struct ch_pass *p, const struct output *o,
                     size_t rows, const float *h, float *dh, float beta)
{
    size_t V = p->d->shape.V, H = p->d->shape.H;
    struct ch_matrix dlogit = { p->logit, V };

    ch_gemm_nn(rows, H, V, dlogit, (struct ch_matrix) { o->weight, H }, 0, dh,
               H);
    ch_gemm_tn(V, H, rows, dlogit, (struct ch_matrix) { h, H }, beta,
               o->dweight, H);
    ch_kernel_columns(rows, V, p->logit, o->dbias);
}

double ch_output_loss(struct ch_pass *p)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t V = p->d->shape.V, H = p->d->shape.H, chunk = ch_pass_chunk(p->N);
    struct output o = {
        .weight = ch_pass_param(p, CH_P_output_weight),
        .bias = ch_pass_param(p, CH_P_output_bias),
    };
    double loss = 0;

    if (p->grad) {
        o.dweight = ch_pass_grad(p, CH_P_output_weight);
        o.dbias = ch_pass_grad(p, CH_P_output_bias);
        memset(o.dbias, 0, V * sizeof *o.dbias);
    }
    for (size_t at = 0; at < p->N; at += chunk) {
        size_t rows = p->N - at < chunk ? p->N - at : chunk;
        const float *h = p->h + (p->first + at) * H;

        forward(p, &o, rows, h);
        for (size_t r = 0; r < rows; r++) {
            float *logit = p->logit + r * V;
            size_t target = (size_t)p->batch->target[at + r];

            loss += p->grad ? k->softmax_loss(V, logit, target)
                            : k->softmax_cost(V, logit, target);
        }
        if (p->grad)
            backward(p, &o, rows, h, p->dh + (p->first + at) * H, at > 0);
    }
    return loss;
}
