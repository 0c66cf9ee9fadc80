/* maps.c - pages that show where each word looks
 *
 * A tile is a square, as the encoder's input is: the photo squashed into it, or
 * its middle.  Over it lies a drawing of one dark rectangle a place.
 */
#include "caption/maps.h"

#include "base/file.h"
#include "base/html.h"
#include "base/json.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tile's side on the screen, in pixels. */
#define TILE 224
/* How dark a place is that no word looks at. */
#define DARK 0.8

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
    "<style>\n:root{color-scheme:light dark}"
    "body{font:16px sans-serif;margin:1em;color:CanvasText;"
    "background:Canvas}\n"
    "figure{display:inline-block;margin:4px;text-align:center}\n"
    ".view{position:relative;overflow:hidden;width:224px;height:224px}\n"
    ".view img,.view svg{position:absolute;left:50%;top:50%;"
    "transform:translate(-50%,-50%)}\n"
    ".view svg{width:100%;height:100%}\n</style>\n";

int ch_maps_view(double *view, const char *encoder, struct ch_err *e)
{
    struct ch_json *json = NULL;
    const struct ch_json *input;
    double size, shorter;
    int rc = ch_json_parse(&json, encoder, strlen(encoder),
                           "the model's encoder", e);

    *view = 0;
    if (rc)
        return rc;
    input = ch_json_get(json, "input");
    size = ch_json_real(ch_json_get(input, "size"), 0);
    shorter = ch_json_real(ch_json_get(input, "shorter"), 0);
    if (!strcmp(ch_json_text(ch_json_get(input, "resize"), ""), "crop") &&
        size > 0)
        *view = shorter / size;
    ch_json_close(json);
    return 0;
}

int ch_maps_open(struct ch_maps *m, const char *folder, struct ch_err *e)
{
    *m = (struct ch_maps){ .folder = folder };
    return ch_file_folder(folder, e);
}

/* ------------------------------------------------------------------ pieces */

/* A file as the address of a picture: all but plain letters are escaped. */
static void put_address(struct ch_buffer *out, const char *path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-~";
    char whole[PATH_MAX];

    ch_buffer_text(out, "file://");
    for (const char *at = realpath(path, whole) ? whole : path; *at; at++) {
        if (strchr(plain, *at))
            ch_buffer_put(out, at, 1);
        else
            ch_buffer_format(out, "%%%02X", (unsigned char)*at);
    }
}

/* object-fit: cover makes the shorter side the box's. */
static void put_photo(struct ch_buffer *out, double view, const char *word,
                      const char *path)
{
    int side = view > 0 ? (int)(view * TILE + 0.5) : TILE;

    ch_buffer_text(out, "<img alt=\"where it looked for ");
    ch_html_text(out, word);
    ch_buffer_text(out, "\" src=\"");
    put_address(out, path);
    ch_buffer_format(out, "\" style=\"width:%dpx;height:%dpx;object-fit:%s\">",
                     side, side, view > 0 ? "cover" : "fill");
}

static void put_places(struct ch_buffer *out, const float *weight, size_t side)
{
    float most = 0;

    for (size_t i = 0; i < side * side; i++)
        most = fmaxf(most, weight[i]);
    ch_buffer_format(out, "<svg viewBox=\"0 0 %zu %zu\">", side, side);
    for (size_t i = 0; i < side * side; i++)
        ch_buffer_format(out, "<rect x=\"%zu\" y=\"%zu\" width=\"1\" "
                         "height=\"1\" opacity=\"%.3f\"/>", i % side, i / side,
                         most > 0 ? DARK * (1 - (double)(weight[i] / most))
                                  : DARK);
    ch_buffer_text(out, "</svg>");
}

/* 000017-name.html; the number tells photos of one name apart. */
static int page_path(const struct ch_maps *m,
                     const struct ch_caption_item *item, char *out,
                     size_t size, struct ch_err *e)
{
    const char *slash = strrchr(item->key, '/');
    const char *base = slash ? slash + 1 : item->key;
    const char *dot = strrchr(base, '.');
    size_t n = dot ? (size_t)(dot - base) : strlen(base);
    char name[256];

    snprintf(name, sizeof name, "%06" PRIu64 "-%.*s.html", item->number,
             n < 200 ? (int)n : 200, base);
    return ch_file_join(out, size, m->folder, name, e);
}

int ch_maps_write(const struct ch_maps *m, const struct ch_caption_item *item,
                  const struct ch_caption_result *r, struct ch_err *e)
{
    size_t side = (size_t)(sqrt((double)r->places) + 0.5);
    struct ch_buffer out = { 0 };
    char path[4096];
    int rc;

    if (!r->attention || !r->word)
        return 0;
    if (side * side != r->places)
        return ch_fail(e, CH_EUSAGE, "the decoder looks at %zu places, which "
                       "make no square to draw; leave out --maps", r->places);
    rc = page_path(m, item, path, sizeof path, e);
    if (rc)
        return rc;
    ch_buffer_text(&out, head);
    ch_buffer_text(&out, "<title>");
    ch_html_text(&out, item->key);
    ch_buffer_text(&out, "</title>\n<main><h1>");
    ch_html_text(&out, r->caption);
    ch_buffer_text(&out, "</h1>\n");
    for (size_t i = 0; i < r->word_count; i++) {
        ch_buffer_text(&out, "<figure><div class=\"view\">");
        put_photo(&out, r->view, r->word[i],
                  item->photo ? item->photo : item->key);
        put_places(&out, r->attention + i * r->places, side);
        ch_buffer_text(&out, "</div><figcaption>");
        ch_html_text(&out, r->word[i]);
        ch_buffer_text(&out, "</figcaption></figure>\n");
    }
    ch_buffer_text(&out, "</main></html>\n");
    rc = out.failed ? ch_fail(e, CH_ENOMEM, "cannot hold a page") : 0;
    if (!rc) rc = ch_file_write(path, out.at, out.size, e);
    ch_buffer_release(&out);
    return rc;
}
