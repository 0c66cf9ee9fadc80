/* record.h - the bytes of one record in a shard
 *
 * Version 1.  Little endian.  Both kinds end in the XXH3 hash of all bytes
 * before it, verified on reading.
 *
 * caption record:  u8 kind 'c', u8 version, u16 caption count, i64 image id,
 *                  u32 key bytes, key (image file, relative), then for each
 *                  caption: u32 raw bytes, raw text, u32 id count, u32 ids
 * feature record:  u8 kind 'f' or 'g', u8 version, u8 dtype, u8 zero,
 *                  u32 rows, u32 columns, values      pooled: 1 row of F
 *                                                     grid: G rows of F
 */
#ifndef CH_DATA_RECORD_H
#define CH_DATA_RECORD_H

#include "base/bytes.h"

#define CH_RECORD_VERSION 1
#define CH_RECORD_MAX_CAPTIONS 1000
#define CH_RECORD_MAX_WORDS 50       /* words of a caption that are kept */

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
    size_t caption_count;
    struct ch_caption caption[CH_RECORD_MAX_CAPTIONS];
};

/* ids: all captions' ids, one after another. */
void ch_record_write_captions(struct ch_buffer *out, const char *key,
                              int64_t image_id, size_t count,
                              const char *const *raw, const size_t *id_count,
                              const int32_t *ids);
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
