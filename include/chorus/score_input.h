/* score_input.h - captions and references, brought together by image
 *
 * Captions: JSON lines {"image":..,"caption":..} (as chorus caption --json
 * writes them), COCO results [{"image_id":..,"caption":..},..], lines of image,
 * tab, caption, or plain text, one caption a line.  References: COCO captions,
 * a Flickr token file, lines of image, tab, caption, JSON lines (with "caption"
 * or a list of "references"), plain text files side by side, line by line, or a
 * split of a folder of shards.  Files are told apart by their bytes.
 *
 * An image is found by its number where both files have numbers, otherwise by
 * its name, or by the last part of its path where that is unique.
 *
 * Owner:    items live until close.
 */
#ifndef CHORUS_SCORE_INPUT_H
#define CHORUS_SCORE_INPUT_H

#include "chorus/score.h"

struct ch_score_files {
    const char *captions;           /* NULL: every caption is empty */
    const char *const *references;
    size_t reference_count;
    const char *split;              /* of shards; NULL: val */
    bool partial;                   /* images that miss something, or have too
                                       much, are counted, not refused */
};

/* What partial input left out. */
struct ch_score_left {
    size_t missing;                 /* images with references, no caption */
    size_t extra;                   /* captions of images without references */
    size_t repeated;                /* second captions of an image */
};

/* One caption per image, and references for each: CH_EFORMAT or CH_EUSAGE with
 * the first few images at fault otherwise, unless partial.  Items have the
 * order of the references' images. */
struct ch_score_input;
int ch_score_input_open(struct ch_score_input **out,
                        const struct ch_score_files *files, struct ch_err *e);
const struct ch_score_item *ch_score_input_items(
    const struct ch_score_input *i, size_t *count);
struct ch_score_left ch_score_input_left(const struct ch_score_input *i);
void ch_score_input_close(struct ch_score_input *i);

/* The captions of a file of any of these forms, without their images: *text
 * and the strings are freed by ch_score_texts_release(). */
struct ch_score_texts {
    const char **text;
    size_t count;
    void *file;
};
int ch_score_texts_read(struct ch_score_texts *t, const char *path,
                        struct ch_err *e);
void ch_score_texts_release(struct ch_score_texts *t);

#endif
