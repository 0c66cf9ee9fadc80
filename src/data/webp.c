/* webp.c - WebP to RGB (the door of libwebp) */
#include "data/picture.h"

#include "base/bytes.h"
#include "data/exif.h"

#include <string.h>
#include <webp/decode.h>

static int fail(const char *why, const char *path, struct ch_err *e)
{
    return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                      "damaged WebP: %s; replace it or pass --skip-bad", why);
}

static const char *explain(VP8StatusCode status)
{
    switch (status) {
    case VP8_STATUS_NOT_ENOUGH_DATA:
        return "cut short";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return "a kind that is not known";
    default:
        return "its bytes are no picture";
    }
}

/* The chunk EXIF, after the 12 bytes a RIFF file begins with. */
static int find_orientation(const void *bytes, size_t n)
{
    struct ch_bytes b = ch_bytes_of(bytes, n);

    (void)ch_bytes_run(&b, 12);
    while (ch_bytes_left(&b) >= 8) {
        const char *name = ch_bytes_run(&b, 4);
        size_t size = ch_bytes_u32(&b);
        const void *data = ch_bytes_run(&b, size);

        if (!data)
            return 1;
        if (!memcmp(name, "EXIF", 4))
            return ch_exif_orientation(data, size);
        if (size % 2)
            (void)ch_bytes_u8(&b);
    }
    return 1;
}

int ch_webp_decode(struct ch_image *out, const void *bytes, size_t n,
                   uint64_t max_pixels, const char *path, struct ch_err *e)
{
    WebPDecoderConfig config;
    VP8StatusCode status;
    int rc;

    memset(out, 0, sizeof *out);
    if (!WebPInitDecoderConfig(&config))
        return ch_fail(e, CH_EIO, "libwebp is of another version than its "
                       "headers; install one of both");
    status = WebPGetFeatures(bytes, n, &config.input);
    if (status != VP8_STATUS_OK)
        return fail(explain(status), path, e);
    if (config.input.has_animation)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "a moving WebP, expected a photo; convert it or "
                          "pass --skip-bad");
    rc = ch_picture_limit(out, (uint64_t)config.input.width,
                          (uint64_t)config.input.height, max_pixels, path, e);
    if (!rc)
        rc = ch_picture_room(out, (size_t)config.input.width,
                             (size_t)config.input.height, e);
    if (rc)
        return rc;
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = out->rgb;
    config.output.u.RGBA.stride = (int)(3 * out->width);
    config.output.u.RGBA.size = 3 * out->width * out->height;
    status = WebPDecode(bytes, n, &config);
    if (status == VP8_STATUS_OUT_OF_MEMORY)
        rc = ch_fail(e, CH_ENOMEM, "cannot decode a picture of %zu x %zu",
                     out->width, out->height);
    else if (status != VP8_STATUS_OK)
        rc = fail(explain(status), path, e);
    else
        rc = ch_exif_turn(out, find_orientation(bytes, n), e);
    WebPFreeDecBuffer(&config.output);
    if (rc)
        ch_picture_drop(out);
    return rc;
}
