/* maps.h - pages that show where each word looks
 *
 * FOLDER/000017-name.html: a photo as the encoder saw it, once for each word of
 * its caption, dark where the decoder did not look.  A page names the photo's
 * file, it does not hold it.
 */
#ifndef CH_CAPTION_MAPS_H
#define CH_CAPTION_MAPS_H

#include "caption/captioner.h"

struct ch_maps {
    const char *folder;
};
/* The `view` of results (chorus/caption.h).  encoder: JSON, as models record
 * it. */
int ch_maps_view(double *view, const char *encoder, struct ch_err *e);
/* Makes the folder. */
int ch_maps_open(struct ch_maps *m, const char *folder, struct ch_err *e);
/* Nothing for a caption without attention. */
int ch_maps_write(const struct ch_maps *m, const struct ch_caption_item *item,
                  const struct ch_caption_result *r, struct ch_err *e);

#endif
