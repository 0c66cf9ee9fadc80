/* record.h - the bytes of one record in a shard
 *
 * Little endian.  Both kinds end in the XXH3 hash of all bytes before it,
 * verified on reading.
 *
 * caption record:  u8 kind 'c', u8 version, u16 caption count, i64 image id,
 *                  u32 key bytes, key, in version 2: u32 photo bytes, photo,
 *                  4 u32 box (x, y, width, height); then for each caption:
 *                  u32 raw bytes, raw text, u32 id count, u32 ids
 *
 * In version 1 the key is the photo's file, relative to the folder of photos,
 * and the picture is the whole of it.  Version 2 is written only where that
 * does not hold: the photo is another file (absolute when it begins with a
 * slash), or the picture is a box of it (width 0: the whole).
 *
 * feature record:  u8 kind 'f' or 'g', u8 version 1, u8 dtype, u8 zero,
 *                  u32 rows, u32 columns, values      pooled: 1 row of F
 *                                                     grid: G rows of F
 */
#ifndef CH_DATA_RECORD_H
#define CH_DATA_RECORD_H

#include "base/bytes.h"

#define CH_RECORD_VERSION 1
#define CH_RECORD_VERSION_BOX 2
#define CH_RECORD_MAX_CAPTIONS 1000
#define CH_RECORD_MAX_WORDS 50       /* words of a caption that are kept */

/* A part of a photo, in pixels from its upper left corner. */
struct ch_box {
    uint32_t x, y, width, height;      /* width 0: the whole photo */
};

struct ch_caption {
    const char *raw;        /* borrowed, not NUL-terminated */
    size_t raw_bytes;
    size_t id_count;        /* with <start> and <end> */
    const void *id;         /* little-endian u32, unaligned, borrowed */
};

struct ch_caption_record {
    int64_t image_id;
    const char *key;        /* borrowed, not NUL-terminated */
    size_t key_bytes;
    const char *photo;      /* the same; its file, as in the comment above */
    size_t photo_bytes;
    struct ch_box box;
    size_t caption_count;
    struct ch_caption caption[CH_RECORD_MAX_CAPTIONS];
};

/* What a record is of. */
struct ch_record_picture {
    const char *key;
    const char *photo;      /* NULL: its key */
    int64_t image_id;
    struct ch_box box;
};
/* ids: all captions' ids, one after another. */
void ch_record_write_captions(struct ch_buffer *out,
                              const struct ch_record_picture *of, size_t count,
                              const char *const *raw, const size_t *id_count,
                              const int32_t *ids);
/* Where its photo lies; folder: of the photos of its split. */
int ch_record_photo_path(const struct ch_caption_record *r, const char *folder,
                         char *out, size_t size, struct ch_err *e);
/* where: for messages ("train-00000-of-00004.lmdb record 17"). */
int ch_record_read_captions(const void *bytes, size_t n, const char *where,
                            struct ch_caption_record *out, struct ch_err *e);
int32_t ch_caption_id(const struct ch_caption *c, size_t i);

enum ch_feature_dtype { CH_FEATURE_F32, CH_FEATURE_F16, CH_FEATURE_BF16 };
#define CH_FEATURE_DTYPES "f32|f16|bf16"

void ch_record_write_feature(struct ch_buffer *out, char kind,
                             enum ch_feature_dtype dtype, size_t rows,
                             size_t columns, const float *value);
/* Checks kind, shape and checksum, and widens to f32: value has room for
 * rows * columns floats. */
int ch_record_read_feature(const void *bytes, size_t n, const char *where,
                           char kind, size_t rows, size_t columns,
                           float *value, struct ch_err *e);
/* Shape and dtype alone. */
int ch_record_feature_shape(const void *bytes, size_t n, const char *where,
                            char kind, enum ch_feature_dtype *dtype,
                            size_t *rows, size_t *columns, struct ch_err *e);

#endif
