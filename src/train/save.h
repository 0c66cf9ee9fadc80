/* save.h - the files of a run, written by a thread while training goes on
 *
 * begin() returns, and the thread writes what the replica holds, from where it
 * is: before that changes, hold() waits until the system has all bytes.
 * Syncing them, what takes longest, goes on beside the next steps.  Files:
 * RUN/best.safetensors, when the epoch was the best, then the newest,
 * RUN/latest.safetensors, before which the older one becomes a step
 * (train/keep.h).  One write at a time: begin() and whatever reads the files
 * wait for the one before.  What the thread has written is a pulse of this rank
 * (train/pulse.h): training that waits for a slow disk does not hang.
 *
 * Life:     open -> begin -> poll ... -> wait -> begin ... -> close
 * Ranks:    not collective; rank 0's.  NULL stands for that of another rank:
 *           there is never anything to wait for.
 * Memory:   none to speak of.
 */
#ifndef CH_TRAIN_SAVE_H
#define CH_TRAIN_SAVE_H

#include "train/replica.h"

/* r is borrowed until close; its blocks and model are there. */
int ch_save_open(struct ch_save **out, struct ch_replica *r,
                 struct ch_err *e);
/* Waits for the write that is going on, and drops its error. */
void ch_save_close(struct ch_save *s);

/* Write what the replica holds, r->all gathered.  No write is going on. */
void ch_save_begin(struct ch_save *s, bool is_best);
/* Returns when the replica may change. */
void ch_save_hold(struct ch_save *s);
/* The error of a write that has ended meanwhile, told once. */
int ch_save_poll(struct ch_save *s, struct ch_err *e);
/* The same, after it has ended. */
int ch_save_wait(struct ch_save *s, struct ch_err *e);

#endif
