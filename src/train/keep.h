/* keep.h - the checkpoints of a run: the newest, and some before it
 *
 * RUN/latest.safetensors is the newest, always; before it is written again it
 * becomes RUN/step-NNNNNNNNNN.safetensors, too, and those that are more than
 * are kept are removed.
 *
 * Ranks:    not collective; rank 0 reads and writes.
 */
#ifndef CH_TRAIN_KEEP_H
#define CH_TRAIN_KEEP_H

#include "chorus/err.h"

/* Newest first; freed with ch_keep_free().  None is no error. */
int ch_keep_list(const char *run, char ***path, size_t *count,
                 struct ch_err *e);
void ch_keep_free(char **path, size_t count);

/* Of a path that was listed; 0: latest's is not in its name. */
uint64_t ch_keep_step(const char *path);

/* Before latest is written: it is of step `step`.  keep: how many there will
 * be, latest included; 1: none but it. */
int ch_keep_turn(const char *run, uint64_t step, uint64_t keep,
                 struct ch_err *e);

/* Remove the parts of files that a job left when it was killed as it wrote
 * them.  No other job may be writing. */
void ch_keep_sweep(const char *run);

#endif
