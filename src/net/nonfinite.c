/* nonfinite.c - where in a pass the first value lies that is not finite */
#include "net/nonfinite.h"

#include <math.h>
#include <stdio.h>

/* What a layer gave. */
struct given {
    const char *name;
    int number;                /* of the cells; -1: none */
    const float *x;            /* NULL: this decoder has no such layer */
    size_t width;
};

static bool is_finite(const float *x, size_t n)
{
    /* A sum of squares of floats cannot be too large for a double. */
    return isfinite(ch_kernel_get()->sum_squares(n, x));
}

static void name(struct ch_nonfinite *f, const struct given *g)
{
    if (g->number < 0)
        snprintf(f->layer, sizeof f->layer, "%s", g->name);
    else
        snprintf(f->layer, sizeof f->layer, "%s %d", g->name, g->number);
}

/* `each` rows of every image, or of every caption where none is shared: they
 * come before all steps. */
static void see_images(const struct ch_pass *p, struct given g, size_t each,
                       size_t images)
{
    struct ch_nonfinite *f = p->batch->nonfinite;

    for (size_t i = 0; g.x && !f->layer[0] && i < each * images; i++)
        if (!is_finite(g.x + i * g.width, g.width)) {
            name(f, &g);
            while (ch_pass_image(p, f->caption) != i / each)
                f->caption++;
        }
}

/* Rows of steps, from `step` on, unless an earlier step is known to be bad. */
static void see_steps(const struct ch_pass *p, struct given g, size_t step)
{
    struct ch_nonfinite *f = p->batch->nonfinite;
    size_t before_words = p->first ? 1 : 0;

    for (size_t s = step; g.x && s < p->S; s++) {
        if (f->layer[0] && s + 1 >= f->word + before_words)
            return;
        for (size_t i = 0; i < p->rows[s]; i++)
            if (!is_finite(g.x + (p->start[s] + i) * g.width, g.width)) {
                name(f, &g);
                f->caption = i;
                f->word = s + 1 - before_words;
                return;
            }
    }
}

static void see_inputs(const struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    struct given g = { "the features", -1, p->batch->feature, s->F };

    if (s->kind == CH_DECODER_NIC) {
        see_images(p, g, 1, p->B);
        g = (struct given) { "the projected image", -1, p->image,
                             s->image == CH_IMAGE_STATE
                                 ? s->layers * s->H
                                 : p->d->param[p->d->at.image.weight].rows };
        see_images(p, g, 1, p->B);
        return;
    }
    see_images(p, g, p->L, p->M);
    g = (struct given) { "the embedded places", -1, p->place, s->H };
    see_images(p, g, p->L, p->M);
    g = (struct given) { "the projected mean", -1,
                         p->state_h ? p->image : NULL, s->H };
    see_images(p, g, 1, p->M);
}

void ch_nonfinite_forward(const struct ch_pass *p)
{
    const struct ch_decoder_shape *s = &p->d->shape;
    const struct ch_attention *a = &p->attention;

    see_inputs(p);
    see_steps(p, (struct given) { "the word vectors", -1, p->x, s->E }, 0);
    if (s->kind != CH_DECODER_NIC) {
        see_steps(p, (struct given) { "the attention's weights", -1,
                                      a->weight, a->L }, 0);
        see_steps(p, (struct given) { "what is seen", -1, a->context, a->C },
                  0);
    }
    for (size_t l = 0; l < p->d->at.cells; l++) {
        const struct ch_rnn *r = &p->cell[l];

        see_steps(p, (struct given) { "the gates of cells", (int)l, r->gate,
                                      r->G }, 0);
        see_steps(p, (struct given) { "the c of cells", (int)l, r->c, r->H },
                  0);
        see_steps(p, (struct given) { "the h of cells", (int)l, r->h, r->H },
                  0);
    }
    see_steps(p, (struct given) { "what enters the output layer", -1, p->top,
                                  p->d->at.top }, 0);
}

void ch_nonfinite_output(const struct ch_pass *p)
{
    struct given g = { "the gradient from the output layer", -1, p->dtop,
                       p->d->at.top };

    /* The image's rows are not written yet. */
    if (p->grad && !p->batch->nonfinite->layer[0])
        see_steps(p, g, p->first ? 1 : 0);
}

void ch_nonfinite_backward(const struct ch_pass *p)
{
    struct ch_nonfinite *f = p->batch->nonfinite;

    for (size_t i = p->d->param_count; p->grad && i-- > 0 && !f->layer[0];)
        if (!is_finite(ch_pass_grad(p, i), p->d->param[i].count))
            snprintf(f->layer, sizeof f->layer, "the gradient of %s",
                     p->d->param[i].name);
}
