/* preflight.h - what is found in what the ranks of a job are and have
 *
 * Functions of what was gathered and measured alone: every rank finds the same.
 */
#ifndef CH_TRAIN_PREFLIGHT_H
#define CH_TRAIN_PREFLIGHT_H

#include "chorus/preflight.h"

/* Programs, arithmetic, shards, speed.  CH_ENOMEM. */
int ch_preflight_judge(struct ch_preflight *p, ch_preflight_found_fn found,
                       void *context, struct ch_err *e);
/* Disk and memory, held against p->plan. */
void ch_preflight_judge_room(struct ch_preflight *p,
                             const struct ch_train_options *o,
                             ch_preflight_found_fn found, void *context);

#endif
