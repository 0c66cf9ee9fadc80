/* fuzz_picture.c - any bytes as a photo of any format, and as EXIF */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "data/exif.h"
#include "data/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { SIZE = 12, MAX_PIXELS = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const size_t need[] = { 0, SIZE };
    int orientation = ch_exif_orientation(bytes, n);

    if (orientation < 1 || orientation > 8)
        abort();
    for (size_t i = 0; i < 2; i++) {
        struct ch_err e = CH_ERR_INIT;
        struct ch_image image;
        unsigned sum = 0;

        if (ch_picture_decode(&image, bytes, n, need[i], MAX_PIXELS, "input",
                              &e)) {
            if (image.rgb || !e.msg[0])
                abort();
            continue;
        }
        if (image.width < 1 || image.height < 1 ||
            image.width * image.height > MAX_PIXELS)
            abort();
        /* Every byte is there, and was written. */
        for (size_t k = 0; k < 3 * image.width * image.height; k++)
            sum += image.rgb[k];
        if (sum > 255 * 3 * image.width * image.height)
            abort();
        ch_image_release(&image);
    }
    return 0;
}
