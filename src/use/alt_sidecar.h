/* alt_sidecar.h - the file beside a photo that tells what it shows
 *
 * For sub/a.jpg that is sub/a.jpg.xmp, or sub/a.xmp where that is there.
 */
#ifndef CH_USE_ALT_SIDECAR_H
#define CH_USE_ALT_SIDECAR_H

#include "chorus/err.h"

#include <stdbool.h>

/* photo: its path in the folder, with an ending.  1 when its sidecar says what
 * it shows, 0, or an error; one that is no XMP says nothing. */
int ch_alt_sidecar_is_told(const char *folder, const char *photo,
                           struct ch_err *e);

enum ch_alt_sidecar_end {
    CH_ALT_SIDECAR_WRITTEN, CH_ALT_SIDECAR_EXTENDED, CH_ALT_SIDECAR_THERE,
    CH_ALT_SIDECAR_BAD                  /* no XMP; told in the log */
};

/* Write the text into a sidecar under `out`.  Where one is there, or beside the
 * photo, nothing is written, unless `extend`: then that one with what it
 * lacks. */
int ch_alt_sidecar_write(const char *folder, const char *out,
                         const char *photo, const char *text, bool extend,
                         enum ch_alt_sidecar_end *end, struct ch_err *e);

#endif
