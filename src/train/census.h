/* census.h - what each rank of a job is, has and sees */
#ifndef CH_TRAIN_CENSUS_H
#define CH_TRAIN_CENSUS_H

#include "chorus/preflight.h"

/* Collective.  p->rank and p->host, without what is measured. */
int ch_census_take(struct ch_comm *comm, const struct ch_train_options *o,
                   struct ch_preflight *p, struct ch_err *e);

/* Bytes free for files in `path`, or in the nearest folder above it that is
 * there. */
int ch_census_disk(const char *path, uint64_t *bytes, struct ch_err *e);

#endif
