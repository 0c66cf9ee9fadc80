/* find_form.c - what is found, as bytes */
#include "use/find_form.h"

#include "base/json.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

static void put_hex(const char *path, size_t n, struct ch_json_writer *w)
{
    struct ch_buffer hex = { 0 };

    for (size_t i = 0; i < n; i++)
        ch_buffer_format(&hex, "%02x", (unsigned char)path[i]);
    ch_json_put_text(w, "path_hex", hex.at ? hex.at : "", hex.size);
    w->out->failed |= hex.failed;
    ch_buffer_release(&hex);
}

static void put_json(const struct ch_find_photo *p, struct ch_buffer *out)
{
    struct ch_json_writer w;
    const char *tags = p->tags, *tag;
    size_t n;

    ch_json_writer_init(&w, out);
    ch_json_begin(&w, NULL, '{');
    ch_json_put_text(&w, "path", p->path, p->path_bytes);
    if (ch_text_check(p->path, p->path_bytes) < p->path_bytes)
        put_hex(p->path, p->path_bytes, &w);
    ch_json_put_text(&w, "caption", p->caption, strlen(p->caption));
    ch_json_begin(&w, "tags", '[');
    while (ch_text_word(&tags, &tag, &n))
        ch_json_put_text(&w, NULL, tag, n);
    ch_json_end(&w);
    if (p->distance)
        ch_json_put_real(&w, "distance", (double)*p->distance);
    if (p->group >= 0)
        ch_json_put_int(&w, "group", p->group);
    ch_json_end(&w);
    ch_buffer_text(out, "\n");
}

/* On one line, and with nothing that a terminal would obey. */
static void put_plain(const char *text, size_t n, struct ch_buffer *out)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];

        ch_buffer_put(out, c < 0x20 || c == 0x7f ? " " : text + i, 1);
    }
}

static void put_text(const struct ch_find_photo *p, struct ch_buffer *out)
{
    put_plain(p->path, p->path_bytes, out);
    ch_buffer_text(out, "\t");
    put_plain(p->caption, strlen(p->caption), out);
    if (p->distance)
        ch_buffer_format(out, "\t%.4f", (double)*p->distance);
    ch_buffer_text(out, "\n");
}

void ch_find_form_photo(enum ch_find_form form, const struct ch_find_photo *p,
                        struct ch_buffer *out)
{
    if (form == CH_FIND_JSON) {
        put_json(p, out);
    } else if (form == CH_FIND_TEXT) {
        put_text(p, out);
    } else {
        ch_buffer_put(out, p->path, p->path_bytes);
        ch_buffer_put(out, "", 1);
    }
}

void ch_find_form_tag(enum ch_find_form form, const char *tag, int64_t photos,
                      struct ch_buffer *out)
{
    struct ch_json_writer w;

    if (form == CH_FIND_TEXT) {
        put_plain(tag, strlen(tag), out);
        ch_buffer_format(out, "\t%" PRId64 "\n", photos);
    } else if (form == CH_FIND_NULL) {
        ch_buffer_put(out, tag, strlen(tag) + 1);
    } else {
        ch_json_writer_init(&w, out);
        ch_json_begin(&w, NULL, '{');
        ch_json_put_text(&w, "tag", tag, strlen(tag));
        ch_json_put_int(&w, "photos", photos);
        ch_json_end(&w);
        ch_buffer_text(out, "\n");
    }
}

void ch_find_form_gap(enum ch_find_form form, struct ch_buffer *out)
{
    if (form == CH_FIND_TEXT)
        ch_buffer_text(out, "\n");
    else if (form == CH_FIND_NULL)
        ch_buffer_put(out, "", 1);
}
