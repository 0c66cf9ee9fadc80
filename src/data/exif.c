/* exif.c - which way a photo is up: found in EXIF, and applied */
#include "data/exif.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#define ORIENTATION 0x0112
#define SHORT 3

static unsigned u16(struct ch_bytes *b, int is_big)
{
    unsigned low = ch_bytes_u8(b), high = ch_bytes_u8(b);

    return is_big ? low << 8 | high : high << 8 | low;
}

static size_t u32(struct ch_bytes *b, int is_big)
{
    size_t first = u16(b, is_big), second = u16(b, is_big);

    return is_big ? first << 16 | second : second << 16 | first;
}

int ch_exif_orientation(const void *tiff, size_t n)
{
    struct ch_bytes b = ch_bytes_of(tiff, n);
    size_t first, entries;
    unsigned order;
    int is_big;

    if (n >= 6 && !memcmp(tiff, "Exif\0\0", 6))
        b = ch_bytes_of((const char *)tiff + 6, n - 6);
    n = b.size;
    order = u16(&b, 1);
    is_big = order == 0x4d4d;
    if ((!is_big && order != 0x4949) || u16(&b, is_big) != 42)
        return 1;
    first = u32(&b, is_big);
    if (b.bad || first < 8 || first > n)
        return 1;
    b.used = first;
    entries = u16(&b, is_big);
    for (size_t i = 0; i < entries && !b.bad; i++) {
        unsigned tag = u16(&b, is_big), type = u16(&b, is_big), value;
        size_t count = u32(&b, is_big);

        value = u16(&b, is_big);
        (void)u16(&b, is_big);
        if (tag == ORIENTATION)
            return !b.bad && type == SHORT && count == 1 && value >= 1 &&
                   value <= 8 ? (int)value : 1;
    }
    return 1;
}

int ch_exif_turn(struct ch_image *image, int orientation, struct ch_err *e)
{
    size_t w = image->width, h = image->height;
    int is_across = orientation >= 5;          /* rows become columns */
    int is_right_first = orientation == 2 || orientation == 3 ||
                         orientation == 7 || orientation == 8;
    int is_bottom_first = orientation == 3 || orientation == 4 ||
                          orientation == 6 || orientation == 7;
    size_t wide = is_across ? h : w, high = is_across ? w : h;
    unsigned char *to, *rgb;

    if (orientation < 2 || orientation > 8)
        return 0;
    rgb = to = malloc(3 * w * h);
    if (!rgb)
        return ch_fail(e, CH_ENOMEM, "cannot turn a picture of %zu x %zu", w,
                       h);
    for (size_t y = 0; y < high; y++)
        for (size_t x = 0; x < wide; x++, to += 3) {
            size_t column = is_across ? y : x, row = is_across ? x : y;

            if (is_right_first)
                column = w - 1 - column;
            if (is_bottom_first)
                row = h - 1 - row;
            memcpy(to, image->rgb + 3 * (row * w + column), 3);
        }
    free(image->rgb);
    image->rgb = rgb;
    image->width = wide;
    image->height = high;
    return 0;
}
