/* source.h - annotation files of the field, read into one list
 *
 * Each format has one reader (flickr.c, coco.c, table.c); all fill the same
 * list of images with their captions and split, in the order of the files.
 */
#ifndef CH_DATA_SOURCE_H
#define CH_DATA_SOURCE_H

#include "base/bytes.h"

enum ch_split { CH_SPLIT_TRAIN, CH_SPLIT_VAL, CH_SPLIT_TEST, CH_SPLIT_COUNT };
extern const char *const ch_split_name[CH_SPLIT_COUNT];  /* train val test */

struct ch_source_image {
    char *file;              /* relative to the image folder */
    int64_t id;              /* the data set's own number, or -1 */
    enum ch_split split;
    char **caption;          /* as written, UTF-8 checked */
    size_t caption_count, caption_room;
};

/* What was read but cannot be used: read = kept + skipped. */
struct ch_source_skip {
    char *what;              /* file, or file#caption */
    char *reason;
};

struct ch_source {
    struct ch_source_image *image;
    size_t image_count, image_room;
    struct ch_source_skip *skip;
    size_t skip_count, skip_room;
    uint64_t captions_read;
    struct ch_table *by_file;  /* file -> place in image */
};

/* Flickr8k / Flickr30k: "name.jpg#0<TAB>caption" lines, and one list of file
 * names per split (NULL: no such split).  Images in no list are skipped and
 * listed; a listed image without captions is an error. */
int ch_source_flickr(struct ch_source *s, const char *token_path,
                     const char *const list_path[CH_SPLIT_COUNT],
                     struct ch_err *e);
/* COCO captions JSON: images[id, file_name], annotations[image_id, caption]. */
int ch_source_coco(struct ch_source *s, const char *path, enum ch_split split,
                   struct ch_err *e);
/* Own photos: "image<TAB>caption" lines; images are grouped by first place. */
int ch_source_tsv(struct ch_source *s, const char *path, enum ch_split split,
                  struct ch_err *e);

/* The same from memory; path is for messages.  split: file -> enum ch_split. */
struct ch_table;
struct ch_json;
int ch_source_flickr_parse(struct ch_source *s, const char *text, size_t n,
                           const char *path, const struct ch_table *split,
                           struct ch_err *e);
int ch_source_coco_parse(struct ch_source *s, const struct ch_json *document,
                         enum ch_split split, const char *path,
                         struct ch_err *e);
int ch_source_tsv_parse(struct ch_source *s, const char *text, size_t n,
                        const char *path, enum ch_split split,
                        struct ch_err *e);

/* For the readers: the image of that file name, made when new. */
int ch_source_image(struct ch_source *s, const char *file, size_t n,
                    int64_t id, enum ch_split split, size_t *index,
                    struct ch_err *e);
/* 1 and its place, or 0. */
int ch_source_find(const struct ch_source *s, const char *file, size_t n,
                   size_t *index);
int ch_source_caption(struct ch_source *s, size_t image, const char *caption,
                      size_t n, struct ch_err *e);
int ch_source_skip(struct ch_source *s, const char *what, const char *reason,
                   struct ch_err *e);
void ch_source_release(struct ch_source *s);

#endif
