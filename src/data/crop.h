/* crop.h - a box cut out of a photo */
#ifndef CH_DATA_CROP_H
#define CH_DATA_CROP_H

#include "data/image.h"
#include "data/record.h"

/* Keep the part of the box that lies in the picture, in place; a box of width
 * 0 keeps the whole.  CH_EFORMAT when no pixel of the box lies in it.  The
 * picture must be at full size. */
int ch_crop_cut(struct ch_image *image, const struct ch_box *box,
                const char *path, struct ch_err *e);

#endif
