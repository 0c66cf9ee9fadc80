/* captioner.h - a model that is open, and what it says of features
 *
 * Threads:  one thread searches; the model is only read.
 */
#ifndef CH_CAPTION_CAPTIONER_H
#define CH_CAPTION_CAPTIONER_H

#include "caption/search.h"
#include "caption/tell.h"
#include "chorus/caption.h"
#include "net/model.h"

/* A photo on its way. */
struct ch_caption_item {
    uint64_t number;          /* of the whole input, from 0, whatever the
                                 batches and ranks */
    char *key;                /* as it was named; owned */
    char *photo;              /* its file, where that is not the key; owned */
    int64_t image_id;         /* or -1 */
    char *why;                /* what is wrong with it, or NULL; owned */
};

struct ch_captioner {
    struct ch_caption_options o;
    struct ch_model model;
    struct ch_model *more;             /* [o.more_count] */
    float **feature;                   /* [1 + o.more_count] of a batch */
    uint64_t *key;                     /* [batch] */
    struct ch_search *search;
    struct ch_tell tell;
};

/* Called once per photo; what the result points to is valid during the call.
 * Not 0 stops the search with that code. */
typedef int (*ch_caption_fn)(void *context, const struct ch_caption_item *item,
                             const struct ch_caption_result *r,
                             struct ch_err *e);

/* Does the decoder look at grids, in place of pooled features? */
bool ch_captioner_is_looking(const struct ch_captioner *c);
/* Features of a photo: L * F. */
size_t ch_captioner_floats(const struct ch_captioner *c);

/* Captions of n <= batch photos, in order.  feature [n][L * F] as the encoder
 * gave them; they are standardised in place. */
int ch_captioner_say(struct ch_captioner *c, float *feature, size_t n,
                     const struct ch_caption_item *const *item,
                     ch_caption_fn say, void *context, struct ch_err *e);

#endif
