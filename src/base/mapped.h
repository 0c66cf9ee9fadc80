/* mapped.h - which file an address is of
 *
 * For a signal that a page of a mapped file is gone (SIGBUS).
 */
#ifndef CH_BASE_MAPPED_H
#define CH_BASE_MAPPED_H

#include <stdbool.h>
#include <stddef.h>

/* The path of the file that is mapped there, as /proc/self/maps says it; false
 * when there is none, or when it does not fit.  Safe in a signal. */
bool ch_mapped_file(const void *at, char *out, size_t size);

#endif
