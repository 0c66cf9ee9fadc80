/* supply.h - batches of features, in the order of the input
 *
 * The input is cut into rounds of size * batch photos; each rank takes an equal
 * run of each round, so that rank after rank, round after round, is the order
 * of the input.  Photos of the next batch are decoded and encoded while this
 * one is waited for; a run over shards reads records in their place.
 *
 * Life:     open -> (next -> fill) ... -> close; next may be one round ahead
 * Ranks:    open, next and close: all ranks; names are read by rank 0.
 */
#ifndef CH_CAPTION_SUPPLY_H
#define CH_CAPTION_SUPPLY_H

#include "caption/captioner.h"

/* This rank's photos of a round. */
struct ch_caption_batch {
    struct ch_caption_item *item;      /* [room] */
    const struct ch_caption_item **good;   /* [good_count], those captioned */
    float *feature;                    /* [room][L * F], of the good ones */
    size_t room, count, good_count;
    size_t put, taken;                 /* given to the encoder; come back */
    struct ch_buffer out;              /* what is said of them */
    int rc;                            /* how this batch fared, on this rank */
    struct ch_err err;
};
int ch_caption_batch_init(struct ch_caption_batch *b, size_t room,
                          size_t floats, struct ch_err *e);
void ch_caption_batch_release(struct ch_caption_batch *b);

struct ch_supply;
int ch_supply_open(struct ch_supply **out, struct ch_captioner *c,
                   const struct ch_caption_input *in, bool need_ids,
                   const struct ch_caption_share *share, struct ch_err *e);
void ch_supply_close(struct ch_supply *s);
/* Photos in all; 0: not known. */
uint64_t ch_supply_total(const struct ch_supply *s);
/* The items of the next round: how many photos it has over all ranks, *count; 0
 * at the end.  Collective; what fails on one rank alone is in b->rc. */
int ch_supply_next(struct ch_supply *s, struct ch_caption_batch *b,
                   uint64_t *count, struct ch_err *e);
/* Their features.  Bad photos get a reason; else: no fault of a photo.  ahead:
 * the batch after, begun while waiting, or NULL. */
int ch_supply_fill(struct ch_supply *s, struct ch_caption_batch *b,
                   struct ch_caption_batch *ahead, struct ch_err *e);

#endif
