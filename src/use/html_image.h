/* html_image.h - the <img> tags of a page, and a page with other alt texts
 *
 * Tags, attributes, comments, CDATA and raw text (script, style, ...) are cut
 * as the HTML standard's tokenisation does (section 13.2.5); noscript is read
 * as markup, since its pictures are for those who read without scripts.  There
 * is no tree: a picture inside <template> counts.
 */
#ifndef CH_USE_HTML_IMAGE_H
#define CH_USE_HTML_IMAGE_H

#include "base/bytes.h"

struct ch_html_span {
    size_t at, end;           /* bytes of the page; at = end: none */
};

struct ch_html_image {
    size_t line;              /* of its <, from 1 */
    size_t name_end;          /* behind "<img" */
    struct ch_html_span alt;  /* the attribute, with its name and quotes */
    struct ch_html_span alt_value, src;     /* values without their quotes */
    bool is_decorative;       /* by role="presentation", role="none" or
                                 aria-hidden="true" */
};

struct ch_html_images {
    const char *text;         /* borrowed */
    size_t size, at, line, line_at;
    size_t foreign;           /* elements of svg and math that are open */
};

void ch_html_image_init(struct ch_html_images *h, const char *text,
                        size_t size);
/* 1 and the next, or 0.  Cannot fail: any bytes are a page. */
int ch_html_image_next(struct ch_html_images *h, struct ch_html_image *out);

/* Append a value with its character references replaced: numbers, and amp, lt,
 * gt, quot, apos; others stay as they are. */
void ch_html_image_decode(const char *text, size_t n, struct ch_buffer *out);

/* Append page bytes from `from` up to and with the new alt text of the image;
 * returns where to go on.  The text is UTF-8; it is written in ASCII, so that
 * the page may have any encoding that begins with ASCII. */
size_t ch_html_image_put(const char *page, size_t from,
                         const struct ch_html_image *image, const char *alt,
                         struct ch_buffer *out);

#endif
