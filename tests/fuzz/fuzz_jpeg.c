/* fuzz_jpeg.c - any bytes as a photo */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "data/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { SIZE = 12, MAX_PIXELS = 1 << 16 };

/* Every value is a mean of bytes, whatever the picture's shape. */
static void check_input(const struct ch_image *image, enum ch_resize resize)
{
    const struct ch_image_rule rule = {
        .size = SIZE, .resize = resize, .shorter = SIZE + 3,
        .std = { 1, 1, 1 }
    };
    float out[3 * SIZE * SIZE];

    if (ch_image_input(image, &rule, out, NULL))
        return;
    for (size_t i = 0; i < 3 * SIZE * SIZE; i++)
        if (!(out[i] > -0.01f && out[i] < 255.01f))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const size_t need[] = { 0, SIZE };
    struct ch_image image;

    for (size_t i = 0; i < 2; i++) {
        struct ch_err e = CH_ERR_INIT;

        if (ch_jpeg_decode(&image, bytes, n, need[i], MAX_PIXELS, "input",
                           &e)) {
            if (image.rgb || !e.msg[0])
                abort();
            continue;
        }
        if (image.width * image.height > MAX_PIXELS)
            abort();
        check_input(&image, CH_RESIZE_SQUASH);
        check_input(&image, CH_RESIZE_CROP);
        ch_image_release(&image);
    }
    return 0;
}
