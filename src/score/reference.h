/* reference.h - what people wrote, found by image
 *
 * Owner:    the strings live until release.
 */
#ifndef CH_SCORE_REFERENCE_H
#define CH_SCORE_REFERENCE_H

#include "base/hash.h"
#include "score/caption_file.h"

struct ch_reference_image {
    const char *name;          /* or NULL */
    int64_t id;                /* or -1 */
    const char *const *text;
    size_t count;
};

struct ch_references {
    struct ch_caption_file *file;
    size_t file_count;
    struct ch_reference_image *image;     /* in the order of the files */
    size_t image_count, image_room;
    struct ch_table *by_file, *by_name, *by_id;   /* -> index of the image */
    size_t *of;                /* the images of all captions, in a row */
    const char **text;         /* of all images, in a row */
    bool is_plain;             /* images are lines, and have no names */
    const char *path;          /* of the first file, borrowed */
    const char *split;         /* of shards, borrowed */
};

/* Fills *r, which is released with ch_reference_release() also after an
 * error.  A folder is one of shards. */
int ch_reference_read(struct ch_references *r, const char *const *path,
                      size_t count, const char *split, struct ch_err *e);
void ch_reference_release(struct ch_references *r);

/* 1 and the index of the image, by id (-1: none) or file; 0 when there is none
 * of that name, or CH_EUSAGE when the name is that of two images. */
int ch_reference_find(const struct ch_references *r, const char *file,
                      int64_t id, size_t *index, struct ch_err *e);

#endif
