/* ids.h - the numbers that a data set gave its images
 *
 * From a file: COCO's JSON (annotations, or the list of a test set), whose
 * "images" have "id" and "file_name"; or lines of name, tab, number.  A photo
 * is found by its whole name, or by the last part of it.  Without a file: the
 * 12 digits of COCO's names, as COCO_val2014_000000391895.jpg.
 */
#ifndef CH_CAPTION_IDS_H
#define CH_CAPTION_IDS_H

#include "chorus/err.h"

struct ch_caption_ids;
/* path NULL: names alone. */
int ch_caption_ids_open(struct ch_caption_ids **out, const char *path,
                        struct ch_err *e);
void ch_caption_ids_close(struct ch_caption_ids *ids);
/* 1 and the number of a photo, or 0 when it has none. */
int ch_caption_ids_find(const struct ch_caption_ids *ids, const char *name,
                        int64_t *id, struct ch_err *e);

#endif
