/* picture.c - which decoder takes a photo's bytes */
#include "data/picture.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

/* No photo is larger; it bounds what a hostile file makes us read. */
#define FILE_LIMIT ((size_t)512 << 20)

static int starts(const unsigned char *b, size_t n, const char *with,
                  size_t length)
{
    return n >= length && !memcmp(b, with, length);
}

static int refuse(const unsigned char *b, size_t n, const char *path,
                  struct ch_err *e)
{
    static const struct {
        const char *start;
        size_t bytes;
        const char *name;
    } known[] = { { "GIF8", 4, ", a GIF" }, { "BM", 2, ", a BMP" },
                  { "II*\0", 4, ", a TIFF" }, { "MM\0*", 4, ", a TIFF" },
                  { "%PDF", 4, ", a PDF" }, { "<", 1, ", a page" } };
    const char *name = "";

    if (n < 4)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "expected a JPEG, PNG or WebP, found %zu bytes; "
                          "replace it or pass --skip-bad", n);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (starts(b, n, known[i].start, known[i].bytes))
            name = known[i].name;
    if (n >= 12 && !memcmp(b + 4, "ftyp", 4))
        name = ", an AVIF or HEIF";
    return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                      "not a JPEG, PNG or WebP (starts with %02x %02x %02x "
                      "%02x%s); convert it or pass --skip-bad", b[0], b[1],
                      b[2], b[3], name);
}

int ch_picture_decode(struct ch_image *out, const void *bytes, size_t n,
                      size_t need, uint64_t max_pixels, const char *path,
                      struct ch_err *e)
{
    const unsigned char *b = bytes;

    memset(out, 0, sizeof *out);
    if (starts(b, n, "\xff\xd8", 2) && n >= 4)
        return ch_jpeg_decode(out, bytes, n, need, max_pixels, path, e);
    if (starts(b, n, "\x89PNG", 4))
        return ch_png_decode(out, bytes, n, max_pixels, path, e);
    if (starts(b, n, "RIFF", 4) && n >= 12 && !memcmp(b + 8, "WEBP", 4))
        return ch_webp_decode(out, bytes, n, max_pixels, path, e);
    return refuse(b, n, path, e);
}

int ch_picture_read(struct ch_image *out, const char *path, size_t need,
                    uint64_t max_pixels, struct ch_err *e)
{
    char *bytes;
    size_t n;
    int rc = ch_file_read(path, FILE_LIMIT, &bytes, &n, e);

    memset(out, 0, sizeof *out);
    if (rc)
        return rc;
    rc = ch_picture_decode(out, bytes, n, need, max_pixels, path, e);
    free(bytes);
    return rc;
}

int ch_picture_limit(struct ch_image *out, uint64_t width, uint64_t height,
                     uint64_t max_pixels, const char *path, struct ch_err *e)
{
    /* Sides have at most 32 bits, so the product has at most 64. */
    if (width * height <= max_pixels)
        return 0;
    out->width = (size_t)width;
    out->height = (size_t)height;
    return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                      "a picture of %llu x %llu, expected at most %llu pixels",
                      (unsigned long long)width, (unsigned long long)height,
                      (unsigned long long)max_pixels);
}

int ch_picture_room(struct ch_image *out, size_t width, size_t height,
                    struct ch_err *e)
{
    out->width = width;
    out->height = height;
    out->rgb = malloc(3 * width * height);
    return out->rgb ? 0
                    : ch_fail(e, CH_ENOMEM, "cannot hold a picture of %zu x "
                              "%zu", width, height);
}

void ch_picture_drop(struct ch_image *out)
{
    free(out->rgb);
    out->rgb = NULL;
}
