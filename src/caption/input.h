/* input.h - the names of the photos, one after another
 *
 * Paths, folders and lists become a stream of photos; of lists a line is held
 * at a time, of folders the names of one.
 */
#ifndef CH_CAPTION_INPUT_H
#define CH_CAPTION_INPUT_H

#include "chorus/caption.h"

/* What stands for one photo's bytes on standard input. */
#define CH_CAPTION_STDIN "-"

struct ch_caption_input_photo {
    const char *key;          /* borrowed until the next call */
    int64_t image_id;         /* or -1 */
    const char *why;          /* what is wrong with it, or NULL; borrowed */
};

struct ch_caption_names;
/* need_ids: a photo without an image_id, or with that of an earlier one, is an
 * error, not a bad photo. */
int ch_caption_names_open(struct ch_caption_names **out,
                          const struct ch_caption_input *in, bool need_ids,
                          struct ch_err *e);
void ch_caption_names_close(struct ch_caption_names *n);
/* How many there are, as far as it is known: 0, not known. */
uint64_t ch_caption_names_count(const struct ch_caption_names *n);
/* 1 and the next photo, or 0 at the end. */
int ch_caption_names_next(struct ch_caption_names *n,
                          struct ch_caption_input_photo *out,
                          struct ch_err *e);

#endif
