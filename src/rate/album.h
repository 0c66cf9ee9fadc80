/* album.h - the photos of a folder, found by name or number
 *
 * Only what lies in the folder can be found, whatever names a file of captions
 * asks for: no path is ever made of them.
 */
#ifndef CH_RATE_ALBUM_H
#define CH_RATE_ALBUM_H

#include "chorus/err.h"

struct ch_album;
/* Photos below `folder` (JPEG, PNG, WebP, by their endings); none at all is
 * CH_EUSAGE. */
int ch_album_open(struct ch_album **out, const char *folder, struct ch_err *e);
void ch_album_close(struct ch_album *a);

/* By its path below the folder, by the last part of its path where that is
 * unique, or by the number its name ends in (COCO; -1: none).  The path below
 * the folder, borrowed, or NULL. */
const char *ch_album_find(const struct ch_album *a, const char *name,
                          int64_t number);
/* The folder, absolute and without links, borrowed. */
const char *ch_album_folder(const struct ch_album *a);

#endif
