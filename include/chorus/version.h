/* version.h - which Chorus this is */
#ifndef CHORUS_VERSION_H
#define CHORUS_VERSION_H

#include <stddef.h>

#define CH_VERSION "0.1.0"

/* A line: whether oneDNN can compute matrix products here, and at which
 * precisions it has instructions for; or why not. */
void ch_version_onednn(char *line, size_t size);

#endif
