/* resume.h - where a run begins, and what it leaves to go on from
 *
 * RUN/best.safetensors, RUN/latest.safetensors, and checkpoints before that
 * (train/keep.h).
 *
 * Ranks:    all functions are collective but find, folder and check.
 */
#ifndef CH_TRAIN_RESUME_H
#define CH_TRAIN_RESUME_H

#include "train/replica.h"

/* The paths of the run's files; CH_EUSAGE when they are there and should not
 * be, or the other way round. */
int ch_resume_find(struct ch_replica *r, struct ch_err *e);
/* Makes the run's folder: what is refused before leaves none behind. */
int ch_resume_folder(const struct ch_replica *r, struct ch_err *e);
/* Rank 0's, when the log is locked: CH_EUSAGE or CH_EIO when another job has
 * written a checkpoint since ch_resume_find() and ch_resume_begin(). */
int ch_resume_check(const struct ch_replica *r, struct ch_err *e);
/* As r->is_resumed says: from initial weights, or from the newest checkpoint
 * that is whole. */
int ch_resume_begin(struct ch_replica *r, struct ch_err *e);
/* To the last checkpoint, or to the beginning, with a lower rate. */
int ch_resume_go_back(struct ch_replica *r, struct ch_err *e);

/* Begin to write latest, and best before it if this is the best epoch so far;
 * training may go on meanwhile (train/save.h).  The error of the write before;
 * CH_EFORMAT, and nothing written, when a weight is not finite. */
int ch_resume_save(struct ch_replica *r, bool is_best, struct ch_err *e);
/* Until it is written; its error. */
int ch_resume_wait(struct ch_replica *r, struct ch_err *e);

#endif
