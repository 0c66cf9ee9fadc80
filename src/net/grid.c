/* grid.c - the places of images: embedded, averaged, dealt to captions */
#include "net/pass.h"

#include <string.h>

void ch_grid_mean(const struct ch_pass *p, size_t n, const float *x,
                  float *mean)
{
    const struct ch_kernel *k = ch_kernel_get();
    size_t L = p->L;

    memset(mean, 0, p->M * n * sizeof *mean);
    for (size_t m = 0; m < p->M; m++)
        for (size_t l = 0; l < L; l++)
            k->add(n, x + (m * L + l) * n, mean + m * n);
    k->scale(p->M * n, 1.0f / (float)L, mean);
}

void ch_grid_deal(const struct ch_pass *p, size_t n, const float *of_image,
                  float *of_caption)
{
    for (size_t b = 0; b < p->B; b++)
        memcpy(of_caption + b * n, of_image + ch_pass_image(p, b) * n,
               n * sizeof *of_image);
}

void ch_grid_collect(const struct ch_pass *p, size_t n,
                     const float *of_caption, float *of_image)
{
    memset(of_image, 0, p->M * n * sizeof *of_image);
    for (size_t b = 0; b < p->B; b++)
        ch_kernel_get()->add(n, of_caption + b * n,
                             of_image + ch_pass_image(p, b) * n);
}

/* ------------------------------------------------- embedded: dropped relu */

void ch_grid_list(struct ch_decoder *d)
{
    d->at.grid = ch_param_linear(d, "grid", d->shape.H, d->shape.F);
    d->at.grid_norm = ch_norm_list(d, "grid_norm", d->shape.H);
}

void ch_grid_lay(struct ch_pass *p, struct ch_pieces *pieces)
{
    size_t H = p->d->shape.H, places = p->M * p->L;

    p->place = ch_pieces_floats(pieces, places * H);
    ch_pieces_late(pieces, places * H, &p->dplace);
    p->keep_place = ch_pieces_masks(pieces, places, H);
    ch_norm_lay(p, &p->norm, pieces, places, H);
}

/* An image is dropped as its first caption of the batch says. */
static uint32_t example_of(const struct ch_pass *p, size_t m)
{
    size_t b = 0;

    while (b + 1 < p->B && ch_pass_image(p, b) != m)
        b++;
    return p->batch->example[b];
}

static void drop(struct ch_pass *p)
{
    size_t H = p->d->shape.H;

    for (size_t m = 0; m < p->M; m++) {
        uint32_t example = example_of(p, m);

        for (size_t l = 0; l < p->L; l++) {
            size_t at = m * p->L + l;
            struct ch_dropout_place place = {
                p->dropout, CH_RNG_DROP_IMAGE, p->dropout->image, (uint32_t)l
            };

            ch_dropout_forward(&place, &example, 1, H,
                               p->keep_place + at * CH_MASK_WORDS(H),
                               p->place + at * H);
        }
    }
}

void ch_grid_forward(struct ch_pass *p)
{
    size_t places = p->M * p->L, n = places * p->d->shape.H;

    ch_linear_forward(p, p->d->at.grid, places, p->batch->feature, p->place);
    ch_norm_forward(p, p->d->at.grid_norm, &p->norm, p->place);
    for (size_t i = 0; i < n; i++)
        p->place[i] = p->place[i] > 0 ? p->place[i] : 0;
    if (p->dropout && p->dropout->image > 0)
        drop(p);
}

void ch_grid_backward(struct ch_pass *p)
{
    size_t H = p->d->shape.H, places = p->M * p->L;

    if (p->dropout && p->dropout->image > 0)
        ch_dropout_backward(p->dropout->image, places, H, p->keep_place,
                            p->dplace);
    for (size_t i = 0; i < places * H; i++)
        p->dplace[i] = p->place[i] > 0 ? p->dplace[i] : 0;
    ch_norm_backward(p, p->d->at.grid_norm, &p->norm, p->dplace);
    ch_linear_backward(p, p->d->at.grid, &(struct ch_linear_back) {
        .rows = places, .in = p->batch->feature, .dout = p->dplace
    });
}
