/* image_input.c - the image, projected to the width of a word vector */
#include "net/pass.h"

#include <string.h>

static float rate_of(const struct ch_pass *p)
{
    return p->dropout ? p->dropout->image : 0.0f;
}

/* image[b][e] = b[e] + sum_f feature[b][f] W[e][f] */
void ch_image_input_forward(struct ch_pass *p)
{
    size_t E = p->d->shape.E, F = p->d->shape.F;
    const float *bias = ch_pass_param(p, CH_P_image_bias);
    const float *weight = ch_pass_param(p, CH_P_image_weight);

    for (size_t b = 0; b < p->B; b++)
        memcpy(p->image + b * E, bias, E * sizeof *bias);
    ch_gemm_nt(p->B, E, F, (struct ch_matrix) { p->batch->feature, F },
               (struct ch_matrix) { weight, F }, 1, p->image, E);
    if (rate_of(p) > 0) {
        struct ch_dropout_place at = {
            p->dropout, CH_RNG_DROP_IMAGE, p->dropout->image, 0
        };

        ch_dropout_forward(&at, p->batch->example, p->B, E, p->keep_image,
                           p->image);
    }
}

/* dW[e][f] = sum_b dimage[b][e] feature[b][f]
 * db[e] = sum_b dimage[b][e] */
void ch_image_input_backward(struct ch_pass *p, float *dimage)
{
    size_t E = p->d->shape.E, F = p->d->shape.F;
    float *dbias = ch_pass_grad(p, CH_P_image_bias);

    if (rate_of(p) > 0)
        ch_dropout_backward(p->dropout->image, p->B, E, p->keep_image, dimage);
    ch_gemm_tn(E, F, p->B, (struct ch_matrix) { dimage, E },
               (struct ch_matrix) { p->batch->feature, F }, 0,
               ch_pass_grad(p, CH_P_image_weight), F);
    memset(dbias, 0, E * sizeof *dbias);
    ch_kernel_columns(p->B, E, dimage, dbias);
}
