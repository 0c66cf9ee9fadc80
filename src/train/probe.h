/* probe.h - how fast processors are, and the network between them */
#ifndef CH_TRAIN_PROBE_H
#define CH_TRAIN_PROBE_H

#include "chorus/preflight.h"

/* Collective, about 2 s; longer on networks below 100 MB/s.  Fills what
 * struct ch_preflight says is measured; p->rank and p->host are there. */
int ch_probe_run(struct ch_comm *comm, struct ch_preflight *p,
                 struct ch_err *e);

#endif
