/* attention.h - the layer that looks at the places of an image
 *
 * At each step a query, made from a state h, meets the keys of all L places:
 *     weight = softmax(score . tanh(key + query)),  context = weight . value
 * Keys are projected once for each image: from the values, or from what those
 * were made of.
 */
#ifndef CH_NET_ATTENTION_H
#define CH_NET_ATTENTION_H

#include "net/layer.h"

struct ch_attention {
    struct ch_attention_params at;
    size_t L, A, C;                  /* C: width of values */
    const float *source;             /* what keys are made of */
    const float *value;              /* [M][L][C] */
    float *dvalue;                   /* the same, or NULL: not learnt */
    float *key, *dkey;               /* [M][L][A] */
    float *query, *dquery;           /* [R][A] */
    float *weight;                   /* [R][L] */
    float *context, *dcontext;       /* [R][C] */
    float *dweight;                  /* [L] of a row */
    float *dscore;                   /* [A] */
    float *uncovered;                /* [B][L] */
    float *own_weight, *own_dcontext;    /* of the rows about one image */
    float strength;                  /* of the penalty */
    struct ch_feed feed;             /* the query's */
};

/* attention.key [A][width], .query [A][H], .score [1][A] */
struct ch_attention_params ch_attention_list(struct ch_decoder *d,
                                             size_t width);
void ch_attention_lay(const struct ch_pass *p, struct ch_attention *a,
                      size_t C, struct ch_pieces *pieces);
void ch_attention_begin(const struct ch_pass *p, struct ch_attention *a,
                        const float *source, const float *value,
                        float *dvalue);
/* The contexts of a step from its rows of h. */
void ch_attention_step(const struct ch_pass *p, struct ch_attention *a,
                       size_t t, const float *h);
/* After all steps: strength times the sum, over captions and places, of
 * (1 - all that a place was looked at)^2 (Xu et al., doubly stochastic
 * attention).  0: none. */
double ch_attention_penalty(const struct ch_pass *p, struct ch_attention *a,
                            double strength);
/* dcontext -> dh of the step is added to, and dkey, too; then, for all steps,
 * dvalue, and from all rows of h the gradients of the parameters, and that of
 * the source, which is added to, unless NULL. */
void ch_attention_begin_back(const struct ch_pass *p, struct ch_attention *a);
void ch_attention_step_back(const struct ch_pass *p, struct ch_attention *a,
                            size_t t, float *dh);
void ch_attention_end_back(const struct ch_pass *p, struct ch_attention *a,
                           const float *h, float *dsource);

#endif
