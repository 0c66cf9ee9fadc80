/* image.h - pictures, and how they become a CNN's input
 *
 * The image rule is recorded with the encoder, and from there in shards and
 * models: size, resize (squash: both sides to size, as they come; crop:
 * shorter side to `shorter`, then the centre size x size), channel order, and
 * value = (byte - mean[c]) / std[c] with mean and std in 0..255.
 * Resizing is antialiased bilinear, as Pillow does it (triangle filter whose
 * support grows with the reduction; fixed point not used), and cutting is
 * torchvision's: within one grey level of both on average.
 */
#ifndef CH_DATA_IMAGE_H
#define CH_DATA_IMAGE_H

#include "chorus/err.h"

#include <stdbool.h>

struct ch_image {
    size_t width, height;
    unsigned char *rgb;        /* [height][width][3], freed by release */
};
void ch_image_release(struct ch_image *i);

enum ch_resize { CH_RESIZE_SQUASH, CH_RESIZE_CROP };
#define CH_RESIZES "squash|crop"

struct ch_image_rule {
    size_t size;               /* input is size x size */
    enum ch_resize resize;
    size_t shorter;            /* crop only: what the shorter side becomes */
    bool is_bgr;
    float mean[3], std[3];     /* by the order of the input's channels */
    bool corners;              /* crop only: the four corners, too */
    bool flip;                 /* each view mirrored, too */
};

/* Decode a JPEG to upright RGB (the door of TurboJPEG is jpeg.c).  When the
 * picture is larger than needed it is decoded at the smallest DCT scale
 * (1/8 ... 1) whose sides are still at least `need` pixels (0: full size).  Not
 * a JPEG, cut, more than max_pixels: CH_EFORMAT.  Photos of any format are
 * read through data/picture.h. */
int ch_jpeg_decode(struct ch_image *out, const void *bytes, size_t n,
                   size_t need, uint64_t max_pixels, const char *path,
                   struct ch_err *e);
/* Whole or absent; quality 1..100. */
int ch_jpeg_write(const char *path, const struct ch_image *image, int quality,
                  struct ch_err *e);

/* One picture, or the centre, then the corners, each followed by its mirror
 * image: 1, 2, 5 or 10 views, whose features are averaged. */
size_t ch_image_view_count(const struct ch_image_rule *rule);
/* Resize, order, normalise.  out: [views][3][size][size]. */
int ch_image_input(const struct ch_image *image,
                   const struct ch_image_rule *rule, float *out,
                   struct ch_err *e);
/* Sides a picture must keep for the rule to lose next to nothing. */
size_t ch_image_need(const struct ch_image_rule *rule);

#endif
