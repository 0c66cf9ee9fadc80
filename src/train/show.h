/* show.h - a few validation images, and what is said of them after each epoch
 *
 * The images are those whose keys have the least hashes: the same ones whatever
 * the ranks, the seed and the order of the shards.
 *
 * Life:     open -> say ... -> close
 * Ranks:    rank 0 alone has them; open is collective.
 */
#ifndef CH_TRAIN_SHOW_H
#define CH_TRAIN_SHOW_H

#include "train/judge.h"
#include "train/trainlog.h"

/* Images, at most. */
#define CH_SHOW_MOST 64

struct ch_show;

/* NULL where --show is 0, and on other ranks. */
int ch_show_open(struct ch_show **out, struct ch_replica *r, struct ch_err *e);
void ch_show_close(struct ch_show *s);

/* Captions by the weights as they are now: the judge's, which has just scored
 * them, or, if that is NULL, made here.  Nothing when s is NULL. */
int ch_show_say(struct ch_show *s, const struct ch_judge *judge,
                struct ch_err *e);
/* What was said last, into the log. */
int ch_show_tell(const struct ch_show *s, struct ch_trainlog *log,
                 uint64_t epoch, uint64_t step, struct ch_err *e);

#endif
