/* check.h - a data set looked over before the long run
 *
 * Reads what chorus shard would read, decodes the photos, and tells what would
 * go wrong and what the features will need.  Nothing is written.
 */
#ifndef CHORUS_CHECK_H
#define CHORUS_CHECK_H

#include "chorus/prepare.h"

#define CH_CHECK_LENGTHS 52    /* captions of 1 .. 50 words; the last: longer */
#define CH_CHECK_COVERS 4
#define CH_CHECK_BATCH 64      /* photos in the memory of a step */

struct ch_check_options {
    struct ch_prepare_options input;   /* out and skip_bad are not looked at */
    bool all;                  /* decode every photo, not a sample alone */
    uint64_t threads;          /* 0: all cores */
    uint64_t min_side;         /* photos with a shorter side are told */
    uint64_t feature_count, grid_rows; /* of the encoder that will be used */
    const char *encoder;       /* its JSON file; NULL: the two above alone */
    int precision;             /* of the encoder: 0 f32, 1 bf16 */
};

/* What encoding will cost, from a sample that went through the network. */
struct ch_check_encoder {
    char name[64];             /* "": there was no encoder to ask */
    uint64_t sampled;          /* images, of them */
    double image_s;            /* of one image, all cores at work */
    uint64_t memory;           /* bytes: network and buffers, the photos too */
};

struct ch_check_bad {
    char *what, *reason;
};

struct ch_check_result {
    uint64_t images_read, images, captions_read, captions;
    uint64_t photos, decoded;  /* files; regions share theirs */
    uint64_t missing, corrupt, small, duplicate, wordless;
    uint64_t words, distinct;  /* of the training captions */
    uint64_t cover_size[CH_CHECK_COVERS];      /* words kept; 0: all */
    double cover[CH_CHECK_COVERS];             /* part of the words, 0 to 1 */
    uint64_t length[CH_CHECK_LENGTHS + 1];     /* captions of so many words */
    uint64_t feature_count, grid_rows, grid_columns;
    struct ch_check_encoder encoder;
    double decode_s;           /* of one photo on one core */
    uint64_t cores;
    struct ch_check_bad *bad;  /* each, in the order of finding */
    size_t bad_count;
};

/* Bytes on disk, and in memory while the system keeps them there, of features
 * of `rows` times `columns` values of `value` bytes for each of the images. */
double ch_check_room(uint64_t images, uint64_t rows, uint64_t columns,
                     uint64_t value);
void ch_check_defaults(struct ch_check_options *o);
int ch_check_run(const struct ch_check_options *o, struct ch_check_result *r,
                 struct ch_err *e);
void ch_check_release(struct ch_check_result *r);
/* One page of text, or one JSON object and a line end; freed with free(),
 * NULL: memory is out. */
char *ch_check_page(const struct ch_check_result *r);
char *ch_check_json(const struct ch_check_result *r);

#endif
