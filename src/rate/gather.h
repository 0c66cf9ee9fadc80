/* gather.h - captions of systems, photos and references become a study's rows
 *
 * Photos are those that every system captioned and the folder holds.
 */
#ifndef CH_RATE_GATHER_H
#define CH_RATE_GATHER_H

#include "rate/album.h"
#include "rate/study.h"

/* Inside the transaction of ch_study_create(). */
int ch_gather_run(struct ch_study *s, const struct ch_rate_new *o,
                  const struct ch_album *album, struct ch_rate_made *made,
                  struct ch_err *e);

#endif
