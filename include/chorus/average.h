/* average.h - several models of one run become one, by their mean
 *
 * The mean of the last checkpoints of a run is often better than each of them.
 * Summed in double, in the order given, and rounded once.
 */
#ifndef CHORUS_AVERAGE_H
#define CHORUS_AVERAGE_H

#include "chorus/err.h"

/* Models or checkpoints, two or more, that differ in nothing but their weights:
 * CH_EUSAGE names the first that has another shape, vocabulary, encoder, or
 * scale of features.  out: a model file, whole or absent; CH_EUSAGE when it is
 * there already. */
int ch_average_run(char *const *path, size_t count, const char *out,
                   struct ch_err *e);

#endif
