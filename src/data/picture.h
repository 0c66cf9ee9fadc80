/* picture.h - a photo's bytes become a picture, whatever format they are in
 *
 * JPEG, PNG and WebP, told by their first bytes and never by a name.  The
 * result is upright (the orientation that EXIF tells is applied) and RGB:
 * greys are spread, CMYK is converted as Pillow does it, transparency is left
 * out (the colours below it stay), 16 bits become the upper 8.  A file that is
 * cut short is damaged, never a picture with a grey part.
 *
 * Each decoder gives CH_EFORMAT for bytes that are not its format, damaged, or
 * of more pixels than max_pixels: then out tells its width and height.  Without
 * success there is no rgb.
 */
#ifndef CH_DATA_PICTURE_H
#define CH_DATA_PICTURE_H

#include "data/image.h"

/* need: a JPEG larger than needed is decoded at the smallest scale whose sides
 * are still at least this (0: full size). */
int ch_picture_decode(struct ch_image *out, const void *bytes, size_t n,
                      size_t need, uint64_t max_pixels, const char *path,
                      struct ch_err *e);
int ch_picture_read(struct ch_image *out, const char *path, size_t need,
                    uint64_t max_pixels, struct ch_err *e);
/* Where nobody says otherwise: 800 MB of RGB. */
#define CH_PICTURE_MAX_PIXELS (UINT64_C(1) << 28)
/* Names of files that are photos, for ch_file_list(). */
#define CH_PICTURE_ENDINGS "jpg|jpeg|png|webp"

/* The doors of libspng and libwebp. */
int ch_png_decode(struct ch_image *out, const void *bytes, size_t n,
                  uint64_t max_pixels, const char *path, struct ch_err *e);
int ch_webp_decode(struct ch_image *out, const void *bytes, size_t n,
                   uint64_t max_pixels, const char *path, struct ch_err *e);

/* What decoders share: refuse too large a picture, make room for one, and drop
 * one that failed. */
int ch_picture_limit(struct ch_image *out, uint64_t width, uint64_t height,
                     uint64_t max_pixels, const char *path,
                     struct ch_err *e);
int ch_picture_room(struct ch_image *out, size_t width, size_t height,
                    struct ch_err *e);
void ch_picture_drop(struct ch_image *out);

#endif
