/* png.c - PNG to RGB (the door of libspng) */
#include "data/picture.h"

#include "data/exif.h"

#include <spng.h>
#include <string.h>

/* Texts, profiles and EXIF of a photo; a bomb among them is refused. */
#define CHUNK_LIMIT ((size_t)16 << 20)

static int fail(int spng, const char *path, struct ch_err *e)
{
    return ch_fail_at(e, spng == SPNG_EMEM ? CH_ENOMEM : CH_EFORMAT, path,
                      CH_NO_OFFSET,
                      "damaged PNG: %s; replace it or pass --skip-bad",
                      spng_strerror(spng));
}

static int decode(spng_ctx *c, struct ch_image *out, uint64_t max_pixels,
                  const char *path, struct ch_err *e)
{
    struct spng_ihdr head;
    struct spng_exif exif;
    int rc, spng = spng_get_ihdr(c, &head);

    if (spng)
        return fail(spng, path, e);
    rc = ch_picture_limit(out, head.width, head.height, max_pixels, path, e);
    if (!rc) rc = ch_picture_room(out, head.width, head.height, e);
    if (rc)
        return rc;
    /* Without flags: no gamma, and transparency is left out. */
    spng = spng_decode_image(c, out->rgb, 3 * out->width * out->height,
                             SPNG_FMT_RGB8, 0);
    /* To the end: a missing one is damage, and EXIF may come last. */
    if (!spng)
        spng = spng_decode_chunks(c);
    if (spng)
        return fail(spng, path, e);
    if (spng_get_exif(c, &exif) == 0)
        rc = ch_exif_turn(out, ch_exif_orientation(exif.data, exif.length), e);
    return rc;
}

int ch_png_decode(struct ch_image *out, const void *bytes, size_t n,
                  uint64_t max_pixels, const char *path, struct ch_err *e)
{
    spng_ctx *c = spng_ctx_new(0);
    int rc, spng;

    memset(out, 0, sizeof *out);
    if (!c)
        return ch_fail(e, CH_ENOMEM, "cannot start the PNG decoder");
    spng = spng_set_chunk_limits(c, CHUNK_LIMIT, CHUNK_LIMIT);
    if (!spng)
        spng = spng_set_crc_action(c, SPNG_CRC_ERROR, SPNG_CRC_DISCARD);
    if (!spng)
        spng = spng_set_png_buffer(c, bytes, n);
    rc = spng ? fail(spng, path, e) : decode(c, out, max_pixels, path, e);
    spng_ctx_free(c);
    if (rc)
        ch_picture_drop(out);
    return rc;
}
