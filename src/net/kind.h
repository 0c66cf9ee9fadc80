/* kind.h - what makes a decoder: its parameters, its pass, its step
 *
 * One entry each in the table of kind.c.  From the batch to `top`, and from
 * `dtop` back to all gradients; what precedes and follows is common.
 */
#ifndef CH_NET_KIND_H
#define CH_NET_KIND_H

#include "net/pass.h"
#include "net/step.h"

struct ch_kind {
    /* The pass: parameters in forward order, arrays, there and back. */
    void (*list)(struct ch_decoder *d);
    void (*lay)(struct ch_pass *p, struct ch_pieces *pieces);
    void (*forward)(struct ch_pass *p);
    void (*backward)(struct ch_pass *p);
    /* A step: products, floats of work for one row, floats that a begun image
     * gives to every step; begin; one word further, out [rows][V] = logits. */
    void (*panels)(const struct ch_decoder *d, struct ch_step_layer *layer);
    size_t (*work)(const struct ch_decoder *d);
    size_t (*part)(const struct ch_decoder *d);
    void (*begin)(const struct ch_step *p, const float *feature);
    void (*next)(const struct ch_step *p, const int32_t *word, float *out);
};

const struct ch_kind *ch_kind_of(const struct ch_decoder *d);

#define CH_KIND_DECLARE(kind)                                                  \
    void ch_##kind##_list(struct ch_decoder *d);                               \
    void ch_##kind##_lay(struct ch_pass *p, struct ch_pieces *pieces);         \
    void ch_##kind##_forward(struct ch_pass *p);                               \
    void ch_##kind##_backward(struct ch_pass *p);                              \
    void ch_##kind##_panels(const struct ch_decoder *d,                        \
                            struct ch_step_layer *layer);                      \
    size_t ch_##kind##_work(const struct ch_decoder *d);                       \
    size_t ch_##kind##_part(const struct ch_decoder *d);                       \
    void ch_##kind##_begin(const struct ch_step *p, const float *feature);     \
    void ch_##kind##_next(const struct ch_step *p, const int32_t *word,        \
                          float *out);
CH_KIND_DECLARE(nic)
CH_KIND_DECLARE(sat)
CH_KIND_DECLARE(att2in)
CH_KIND_DECLARE(updown)
#undef CH_KIND_DECLARE

#endif
