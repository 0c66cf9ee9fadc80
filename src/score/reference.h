/* reference.h - what people wrote, found by image
 *
 * Owner:    the strings live until release.
 */
#ifndef CH_SCORE_REFERENCE_H
#define CH_SCORE_REFERENCE_H

#include "base/hash.h"
#include "data/source.h"

struct ch_references {
    struct ch_source source;
    struct ch_table *by_file, *by_name, *by_id;   /* -> index of the image */
    const char *path;                             /* borrowed, for messages */
};

/* Fills *r, which is released with ch_reference_release() also after an
 * error. */
int ch_reference_read(struct ch_references *r, const char *path,
                      struct ch_err *e);
void ch_reference_release(struct ch_references *r);

/* Index of the image, by id (-1: none) or file; CH_EUSAGE when there is none
 * of that name, or its name is that of two images. */
int ch_reference_find(const struct ch_references *r, const char *file,
                      int64_t id, size_t *index, struct ch_err *e);

#endif
