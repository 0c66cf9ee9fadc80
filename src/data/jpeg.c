/* jpeg.c - JPEG to RGB and back (the door of TurboJPEG) */
#include "data/image.h"

#include "base/arena.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

/* No photo is larger; it bounds what a hostile file makes us read. */
#define FILE_LIMIT ((size_t)512 << 20)

void ch_image_release(struct ch_image *i)
{
    free(i->rgb);
    memset(i, 0, sizeof *i);
}

static int refuse_other(const unsigned char *b, size_t n, const char *path,
                        struct ch_err *e)
{
    static const struct {
        const char *start;
        size_t bytes;
        const char *name;
    } known[] = { { "\x89PNG", 4, "a PNG" }, { "GIF8", 4, "a GIF" },
                  { "RIFF", 4, "a WebP" }, { "BM", 2, "a BMP" } };
    const char *name = NULL;

    if (n < 4)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "not a JPEG: %zu bytes", n);
    if (b[0] == 0xff && b[1] == 0xd8)
        return 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!memcmp(b, known[i].start, known[i].bytes))
            name = known[i].name;
    return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                      "not a JPEG (starts with %02x %02x %02x %02x%s%s); "
                      "convert it or pass --skip-bad", b[0], b[1], b[2], b[3],
                      name ? ", " : "", name ? name : "");
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
                     int *height, uint64_t max_pixels, const char *path,
                     struct ch_err *e)
{
    int sub, space;

    if (tjDecompressHeader3(t, bytes, n, width, height, &sub, &space) != 0)
        return fail(t, path, e);
    /* A header that is cut short may read as none, without an error. */
    if (*width < 1 || *height < 1)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "damaged JPEG: its header is cut short; replace it "
                          "or pass --skip-bad");
    if ((uint64_t)*width * (uint64_t)*height > max_pixels)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "a picture of %d x %d, expected at most %llu pixels",
                          *width, *height, (unsigned long long)max_pixels);
    if (space == TJCS_CMYK || space == TJCS_YCCK)
        return ch_fail_at(e, CH_EFORMAT, path, CH_NO_OFFSET,
                          "a CMYK JPEG; convert it to RGB or pass --skip-bad");
    return 0;
}

int ch_jpeg_decode(struct ch_image *out, const void *bytes, size_t n,
                   size_t need, uint64_t max_pixels, const char *path,
                   struct ch_err *e)
{
    tjscalingfactor scale;
    tjhandle t = NULL;
    int width = 0, height = 0;
    int rc = refuse_other(bytes, n, path, e);

    memset(out, 0, sizeof *out);
    if (rc)
        return rc;
    t = tjInitDecompress();
    if (!t)
        return ch_fail(e, CH_ENOMEM, "cannot start the JPEG decoder");
    rc = read_size(t, bytes, n, &width, &height, max_pixels, path, e);
    if (rc)
        goto out;
    scale = choose_scale(width, height, need);
    out->width = (size_t)TJSCALED(width, scale);
    out->height = (size_t)TJSCALED(height, scale);
    out->rgb = malloc(3 * out->width * out->height);
    if (!out->rgb) {
        rc = ch_fail(e, CH_ENOMEM, "cannot hold a picture of %zu x %zu",
                     out->width, out->height);
        goto out;
    }
    /* A cut-off file is only a warning to the library, and the missing part
     * grey: to us it is damage.  The accurate transform, so that features do
     * not depend on the CPU. */
    if (tjDecompress2(t, bytes, n, out->rgb, (int)out->width, 0,
                      (int)out->height, TJPF_RGB, TJFLAG_ACCURATEDCT) != 0)
        rc = fail(t, path, e);
out:
    tjDestroy(t);
    if (rc)
        ch_image_release(out);
    return rc;
}

int ch_jpeg_read(struct ch_image *out, const char *path, size_t need,
                 struct ch_err *e)
{
    char *bytes;
    size_t n;
    int rc = ch_file_read(path, FILE_LIMIT, &bytes, &n, e);

    memset(out, 0, sizeof *out);
    if (rc)
        return rc;
    rc = ch_jpeg_decode(out, bytes, n, need, CH_JPEG_MAX_PIXELS, path, e);
    free(bytes);
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
