/* image_input.c - the image, projected to the width of a word vector */
#include "net/pass.h"

static float rate_of(const struct ch_pass *p)
{
    return p->dropout ? p->dropout->image : 0.0f;
}

void ch_image_input_forward(struct ch_pass *p)
{
    struct ch_linear l = p->d->at.image;
    size_t n = p->d->param[l.weight].rows;

    ch_linear_forward(p, l, p->B, p->batch->feature, p->image);
    ch_norm_forward(p, p->d->at.image_norm, &p->norm, p->image);
    if (rate_of(p) > 0) {
        struct ch_dropout_place at = {
            p->dropout, CH_RNG_DROP_IMAGE, p->dropout->image, 0
        };

        ch_dropout_forward(&at, p->batch->example, p->B, n, p->keep_image,
                           p->image);
    }
}

void ch_image_input_backward(struct ch_pass *p, float *dimage)
{
    struct ch_linear l = p->d->at.image;

    if (rate_of(p) > 0)
        ch_dropout_backward(p->dropout->image, p->B, p->d->param[l.weight].rows,
                            p->keep_image, dimage);
    ch_norm_backward(p, p->d->at.image_norm, &p->norm, dimage);
    ch_linear_backward(p, l, &(struct ch_linear_back) {
        .rows = p->B, .in = p->batch->feature, .dout = dimage
    });
}
