/* crop.c - a box cut out of a photo */
#include "data/crop.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

int ch_crop_cut(struct ch_image *image, const struct ch_box *box,
                const char *path, struct ch_err *e)
{
    size_t width, height;

    if (box->width == 0)
        return 0;
    if (box->x >= image->width || box->y >= image->height || box->height == 0)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "the region %u x %u at %u, %u lies outside the "
                          "picture of %zu x %zu", box->width, box->height,
                          box->x, box->y, image->width, image->height);
    /* Annotators draw over the edge now and then. */
    width = least(box->width, image->width - box->x);
    height = least(box->height, image->height - box->y);
    /* Rows only move towards the front, so none is overwritten unread. */
    for (size_t y = 0; y < height; y++)
        memmove(image->rgb + 3 * width * y,
                image->rgb + 3 * ((box->y + y) * image->width + box->x),
                3 * width);
    image->width = width;
    image->height = height;
    return 0;
}
