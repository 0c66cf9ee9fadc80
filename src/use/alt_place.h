/* alt_place.h - where in a site's folder the src of a picture leads */
#ifndef CH_USE_ALT_PLACE_H
#define CH_USE_ALT_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* page: its path in the site.  True and the file's path in the site, with "."
 * and ".." taken out and %xx replaced; false when it leads elsewhere: to
 * another server, data:, or out of the folder. */
bool ch_alt_place_find(const char *page, const char *src, char *out,
                       size_t room);

#endif
