/* jpeg.c - JPEG to RGB and back (the door of TurboJPEG) */
#include "data/picture.h"

#include "base/bytes.h"
#include "base/file.h"
#include "data/exif.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

/* What stands before the picture itself and matters to us. */
struct segments {
    int orientation;       /* EXIF's */
    int is_adobe;          /* CMYK is stored inverted */
};

void ch_image_release(struct ch_image *i)
{
    free(i->rgb);
    memset(i, 0, sizeof *i);
}

static struct segments read_segments(const void *bytes, size_t n)
{
    struct segments s = { .orientation = 1 };
    struct ch_bytes b = ch_bytes_of(bytes, n);

    (void)ch_bytes_run(&b, 2);
    while (ch_bytes_left(&b) >= 4 && ch_bytes_u8(&b) == 0xff) {
        unsigned kind = ch_bytes_u8(&b);
        const unsigned char *data;
        size_t size;

        while (kind == 0xff)                    /* filling */
            kind = ch_bytes_u8(&b);
        if (kind == 0xd9 || kind == 0xda)       /* the end, the picture */
            break;
        size = (size_t)ch_bytes_u8(&b) << 8;    /* big endian, with itself */
        size |= ch_bytes_u8(&b);
        data = size >= 2 ? ch_bytes_run(&b, size - 2) : NULL;
        if (!data)
            break;
        if (kind == 0xe1 && size >= 8 && !memcmp(data, "Exif\0\0", 6) &&
            s.orientation == 1)
            s.orientation = ch_exif_orientation(data, size - 2);
        if (kind == 0xee && size >= 7 && !memcmp(data, "Adobe", 5))
            s.is_adobe = 1;
    }
    return s;
}

static int fail(tjhandle t, const char *path, struct ch_err *e)
{
    return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                      "damaged JPEG: %s; replace it or pass --skip-bad",
                      tjGetErrorStr2(t));
}

/* The smallest scale that keeps both sides at `need` or more. */
static tjscalingfactor choose_scale(int width, int height, size_t need)
{
    int count;
    const tjscalingfactor *all = tjGetScalingFactors(&count);
    tjscalingfactor best = { 1, 1 };

    for (int i = 0; need && all && i < count; i++) {
        if (all[i].num > all[i].denom ||
            (size_t)TJSCALED(width, all[i]) < need ||
            (size_t)TJSCALED(height, all[i]) < need)
            continue;
        if (all[i].num * best.denom < best.num * all[i].denom)
            best = all[i];
    }
    return best;
}

static int read_size(tjhandle t, const void *bytes, size_t n, int *width,
                     int *height, int *space, const char *path,
                     struct ch_err *e)
{
    int sub;

    if (tjDecompressHeader3(t, bytes, n, width, height, &sub, space) != 0)
        return fail(t, path, e);
    /* A header that is cut short may read as none, without an error. */
    if (*width < 1 || *height < 1)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "damaged JPEG: its header is cut short; replace it "
                          "or pass --skip-bad");
    return 0;
}

/* As Pillow: (255 - C)(255 - K) / 255, rounded. */
static void paint_cmyk(struct ch_image *out, const unsigned char *cmyk,
                       int is_inverted)
{
    const unsigned flip = is_inverted ? 0 : 255;

    for (size_t i = 0; i < out->width * out->height; i++)
        for (size_t c = 0; c < 3; c++) {
            unsigned v = (cmyk[4 * i + c] ^ flip) * (cmyk[4 * i + 3] ^ flip) +
                         128;
            out->rgb[3 * i + c] = (unsigned char)((v + (v >> 8)) >> 8);
        }
}

/* Did the library only stumble over zeros between a whole picture and its end,
 * as some cameras leave them?  It tells the first of its warnings, so there was
 * none before; other bytes there are what is left of a damaged picture. */
static int is_whole(tjhandle t, const unsigned char *bytes, size_t n)
{
    unsigned extra = 0;
    int whole = 0;

    if (tjGetErrorCode(t) != TJERR_WARNING ||
        sscanf(tjGetErrorStr2(t), "Corrupt JPEG data: %u extraneous bytes "
               "before marker 0xd9%n", &extra, &whole) != 1 || !whole)
        return 0;
    while (n >= 2 && (bytes[n - 2] != 0xff || bytes[n - 1] != 0xd9))
        n--;
    if (n < 2 || extra > n - 2)
        return 0;
    for (n -= 2; extra > 0; extra--)
        if (bytes[--n] != 0)
            return 0;
    return 1;
}

static int decode(tjhandle t, const void *bytes, size_t n, int space,
                  struct ch_image *out, const char *path, struct ch_err *e)
{
    int is_cmyk = space == TJCS_CMYK || space == TJCS_YCCK;
    const struct segments s = read_segments(bytes, n);
    unsigned char *cmyk = NULL;
    int rc = 0;

    if (is_cmyk && !(cmyk = malloc(4 * out->width * out->height)))
        return ch_fail(e, CH_ENOMEM, "cannot hold a picture of %zu x %zu",
                       out->width, out->height);
    /* A cut-off file is only a warning to the library, and the missing part
     * grey: to us it is damage.  The accurate transform, so that features do
     * not depend on the CPU.  No photo has hundreds of scans; a file made to
     * waste time has. */
    if (tjDecompress2(t, bytes, n, is_cmyk ? cmyk : out->rgb, (int)out->width,
                      0, (int)out->height, is_cmyk ? TJPF_CMYK : TJPF_RGB,
                      TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS) != 0 &&
        !is_whole(t, bytes, n))
        rc = fail(t, path, e);
    if (!rc && is_cmyk)
        paint_cmyk(out, cmyk, s.is_adobe);
    free(cmyk);
    return rc ? rc : ch_exif_turn(out, s.orientation, e);
}

int ch_jpeg_decode(struct ch_image *out, const void *bytes, size_t n,
                   size_t need, uint64_t max_pixels, const char *path,
                   struct ch_err *e)
{
    tjscalingfactor scale;
    tjhandle t = tjInitDecompress();
    int width = 0, height = 0, space = 0, rc;

    memset(out, 0, sizeof *out);
    if (!t)
        return ch_fail(e, CH_ENOMEM, "cannot start the JPEG decoder");
    rc = read_size(t, bytes, n, &width, &height, &space, path, e);
    if (!rc)
        rc = ch_picture_limit(out, (uint64_t)width, (uint64_t)height,
                              max_pixels, path, e);
    if (!rc) {
        scale = choose_scale(width, height, need);
        rc = ch_picture_room(out, (size_t)TJSCALED(width, scale),
                             (size_t)TJSCALED(height, scale), e);
    }
    if (!rc) rc = decode(t, bytes, n, space, out, path, e);
    tjDestroy(t);
    if (rc)
        ch_picture_drop(out);
    return rc;
}

int ch_jpeg_write(const char *path, const struct ch_image *image, int quality,
                  struct ch_err *e)
{
    tjhandle t = tjInitCompress();
    unsigned char *bytes = NULL;
    unsigned long n = 0;
    int rc;

    if (!t)
        return ch_fail(e, CH_ENOMEM, "cannot start the JPEG encoder");
    if (tjCompress2(t, image->rgb, (int)image->width, 0, (int)image->height,
                    TJPF_RGB, &bytes, &n, TJSAMP_420, quality,
                    TJFLAG_ACCURATEDCT) != 0)
        rc = ch_fail_at(e, CH_EIO, path, CH_NO_OFFSET, "cannot make a JPEG: "
                        "%s", tjGetErrorStr2(t));
    else
        rc = ch_file_write(path, bytes, n, e);
    tjFree(bytes);
    tjDestroy(t);
    return rc;
}
