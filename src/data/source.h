/* source.h - annotation files of the field, read into one list
 *
 * Each format has one reader; all fill the same list of images with their
 * captions and split, in the order of the files.  Which split an image belongs
 * to, a rule says (data/split.h).
 *
 * Memory: 150 to 300 bytes an image (lists are doubled when they are full) and
 * about 20 a caption, besides the texts.  With a spill (base/spill.h) all of it
 * lies there, and what is kept in memory does not depend on the data set.  JSON
 * files are read value by value, the others as maps of the file.
 */
#ifndef CH_DATA_SOURCE_H
#define CH_DATA_SOURCE_H

#include "base/bytes.h"
#include "data/record.h"
#include "data/split.h"

struct ch_source_image {
    const char *file;        /* its key: the photo, relative to the folder of
                                photos; for a region with :number behind */
    const char *photo;       /* where that is not the key, or NULL */
    int64_t id;              /* the data set's own number, or -1 */
    struct ch_box box;       /* of a region; width 0: the whole photo */
    const char **caption;    /* as written, UTF-8 checked */
    uint32_t caption_count, caption_room;
    enum ch_split split;
};

/* What was read but cannot be used: read = kept + skipped. */
struct ch_source_skip {
    const char *what;        /* file, or file#caption */
    const char *reason;
};

struct ch_spill;
struct ch_source {
    struct ch_spill *spill;    /* where all lies, owned; NULL: in memory */
    struct ch_source_image *image;
    size_t image_count, image_room;
    struct ch_source_skip *skip;
    size_t skip_count, skip_room;
    uint64_t captions_read;
    /* Skipped, and not in image; captions not in captions_read. */
    uint64_t images_left_out, captions_left_out;
    struct ch_table *by_file;  /* file -> place in image, without regions */
    struct ch_table *unlisted; /* files in no list, skipped once */
    struct ch_source_chunk *chunk; /* holds the texts */
};

struct ch_json_stream;

/* ------------------------------------------------- the readers, from files */

/* flickr.c - Flickr8k and Flickr30k: "name.jpg#0<TAB>caption" lines. */
int ch_source_flickr(struct ch_source *s, const char *path,
                     const struct ch_split_rule *by, struct ch_err *e);
/* flickr_csv.c - Flickr30k's results.csv: "name.jpg| 0| caption" lines. */
int ch_source_flickr_csv(struct ch_source *s, const char *path,
                         const struct ch_split_rule *by, struct ch_err *e);
/* coco.c - COCO captions JSON: images[id, file_name], annotations[image_id,
 * caption]. */
int ch_source_coco(struct ch_source *s, const char *path,
                   const struct ch_split_rule *by, struct ch_err *e);
/* karpathy.c - images[filepath, filename, split, sentences[raw]].  The split
 * "restval" is training, or left out. */
int ch_source_karpathy(struct ch_source *s, const char *path, int has_restval,
                       struct ch_err *e);
/* genome.c - Visual Genome: [{id, regions[region_id, x, y, width, height,
 * phrase]}].  Each region is an image, or a caption of its whole photo. */
struct ch_source_regions {
    int is_crop;
    uint32_t min_side;       /* crops narrower or lower are skipped */
};
int ch_source_genome(struct ch_source *s, const char *path,
                     const struct ch_source_regions *how,
                     const struct ch_split_rule *by, struct ch_err *e);
/* table.c - own photos: "image<TAB>caption" lines; images are grouped by first
 * place. */
int ch_source_tsv(struct ch_source *s, const char *path,
                  const struct ch_split_rule *by, struct ch_err *e);
/* csv.c - the same, RFC 4180, with a first row that names the columns. */
int ch_source_csv(struct ch_source *s, const char *path,
                  const struct ch_split_rule *by, struct ch_err *e);
/* jsonl.c - the same, one JSON object a line. */
int ch_source_jsonl(struct ch_source *s, const char *path,
                    const struct ch_split_rule *by, struct ch_err *e);

/* ------------------------------- the same from memory; path is for messages */

int ch_source_flickr_parse(struct ch_source *s, const char *text, size_t n,
                           const char *path, const struct ch_split_rule *by,
                           struct ch_err *e);
int ch_source_flickr_csv_parse(struct ch_source *s, const char *text, size_t n,
                               const char *path,
                               const struct ch_split_rule *by,
                               struct ch_err *e);
int ch_source_coco_parse(struct ch_source *s, struct ch_json_stream *in,
                         const struct ch_split_rule *by, struct ch_err *e);
int ch_source_karpathy_parse(struct ch_source *s, struct ch_json_stream *in,
                             int has_restval, struct ch_err *e);
int ch_source_genome_parse(struct ch_source *s, struct ch_json_stream *in,
                           const struct ch_source_regions *how,
                           const struct ch_split_rule *by, struct ch_err *e);
int ch_source_tsv_parse(struct ch_source *s, const char *text, size_t n,
                        const char *path, const struct ch_split_rule *by,
                        struct ch_err *e);
int ch_source_csv_parse(struct ch_source *s, const char *text, size_t n,
                        const char *path, const struct ch_split_rule *by,
                        struct ch_err *e);
int ch_source_jsonl_parse(struct ch_source *s, const char *text, size_t n,
                          const char *path, const struct ch_split_rule *by,
                          struct ch_err *e);
/* Any of the readers of text on a file. */
typedef int (*ch_source_parse_fn)(struct ch_source *s, const char *text,
                                  size_t n, const char *path,
                                  const struct ch_split_rule *by,
                                  struct ch_err *e);
int ch_source_text(struct ch_source *s, const char *path,
                   const struct ch_split_rule *by, ch_source_parse_fn parse,
                   struct ch_err *e);

/* ---------------------------------------------------------- for the readers */

/* A line is UTF-8 without NUL, and without CR, which some end lines with. */
int ch_source_check_line(const char *line, size_t n, size_t number,
                         const char *path, struct ch_err *e);
/* The image of that file name, made when new. */
int ch_source_image(struct ch_source *s, const char *file, size_t n,
                    int64_t id, enum ch_split split, size_t *index,
                    struct ch_err *e);
/* A new one; that it is new the caller knows. */
int ch_source_add(struct ch_source *s, const char *file, size_t n, int64_t id,
                  enum ch_split split, size_t *index, struct ch_err *e);
/* As image(), in the split that the rule says: 1 and its place; 0 when it is in
 * no list, which is listed once (its captions are for the reader to count);
 * CH_EFORMAT when it has another split already.  given: for rules of that
 * name. */
int ch_source_place(struct ch_source *s, const struct ch_split_rule *by,
                    const char *file, size_t n, int64_t id,
                    enum ch_split given, size_t *index, struct ch_err *e);
/* 1 and its place, or 0. */
int ch_source_find(const struct ch_source *s, const char *file, size_t n,
                   size_t *index);
int ch_source_caption(struct ch_source *s, size_t image, const char *caption,
                      size_t n, struct ch_err *e);
int ch_source_skip(struct ch_source *s, const char *what, const char *reason,
                   struct ch_err *e);
/* Images from `first` without a caption are listed. */
int ch_source_list_silent(struct ch_source *s, size_t first,
                          struct ch_err *e);
/* A copy of a text that lives as long as the list; NULL: memory is out. */
const char *ch_source_keep(struct ch_source *s, const char *text, size_t n);
void ch_source_release(struct ch_source *s);

#endif
