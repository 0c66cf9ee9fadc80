/* caption_file.h - a file of captions, in any of the forms people keep them
 *
 * Told apart by their bytes: COCO annotations (an object with "annotations"),
 * COCO results (an array), JSON lines, Flickr's token file (name#0<TAB>text),
 * image<TAB>text, and plain text, one caption a line.
 *
 * Owner:    texts are borrowed from the file; valid until release.
 */
#ifndef CH_SCORE_CAPTION_FILE_H
#define CH_SCORE_CAPTION_FILE_H

#include "base/json_scan.h"

enum ch_caption_form {
    CH_FORM_COCO, CH_FORM_RESULTS, CH_FORM_JSON_LINES, CH_FORM_FLICKR,
    CH_FORM_TABLE, CH_FORM_PLAIN
};

/* What the captions are read for: JSON lines may hold both. */
enum ch_caption_role { CH_ROLE_CAPTION, CH_ROLE_REFERENCE };

struct ch_caption_entry {
    const char *image;         /* its name, or NULL */
    int64_t id;                /* its number, or -1 */
    const char *number;        /* behind Flickr's #, or NULL */
    const char *text;
    size_t place;              /* line or entry in the file, from 1 */
};

/* An image of COCO's list. */
struct ch_caption_image {
    const char *file;          /* or NULL */
    int64_t id;
};

struct ch_caption_file {
    const char *path;          /* borrowed */
    enum ch_caption_form form;
    struct ch_caption_entry *caption;
    size_t count, room;
    struct ch_caption_image *image;
    size_t image_count, image_room;
    char *bytes;               /* that texts point into */
};

/* Fills *f, which is released with ch_caption_file_release() also after an
 * error.  A file without captions is CH_EFORMAT. */
int ch_caption_file_read(struct ch_caption_file *f, const char *path,
                         enum ch_caption_role role, struct ch_err *e);
/* The same of bytes that become the file's (from malloc), bytes[n] is NUL. */
int ch_caption_file_parse(struct ch_caption_file *f, const char *path,
                          char *bytes, size_t n, enum ch_caption_role role,
                          struct ch_err *e);
void ch_caption_file_release(struct ch_caption_file *f);
/* "line" or "entry": what a caption's place counts. */
const char *ch_caption_file_unit(const struct ch_caption_file *f);

/* The captions of a split (train, val or test) of a folder of shards, as they
 * were written, with the images' names and numbers. */
int ch_caption_shards_read(struct ch_caption_file *f, const char *folder,
                           const char *split, struct ch_err *e);

/* For the readers. */
int ch_caption_file_add(struct ch_caption_file *f, struct ch_caption_entry c,
                        struct ch_err *e);
int ch_caption_json_read(struct ch_caption_file *f, char *bytes, size_t n,
                         enum ch_caption_role role, struct ch_err *e);

#endif
