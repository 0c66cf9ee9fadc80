/* exif.h - which way a photo is up
 *
 * Cameras store what their sensor saw, and beside it how to turn that:
 *     1 as it is         2 mirrored         3 upside down   4 both
 *     5 transposed       6 a quarter turn to the right is missing
 *     7 transposed the other way            8 ... to the left
 */
#ifndef CH_DATA_EXIF_H
#define CH_DATA_EXIF_H

#include "data/image.h"

/* From the TIFF that EXIF is, with or without "Exif\0\0" in front: 1..8.
 * Anything that is not there, or not as it should be, is 1. */
int ch_exif_orientation(const void *tiff, size_t n);
/* Turn the picture upright. */
int ch_exif_turn(struct ch_image *image, int orientation, struct ch_err *e);

#endif
