/* html.h - pieces of HTML: escaped text, pictures */
#ifndef CH_BASE_HTML_H
#define CH_BASE_HTML_H

#include "base/bytes.h"

/* Text for element content and attribute values: & < > " ' are escaped, and
 * bytes that are not UTF-8 become U+FFFD. */
void ch_html_text(struct ch_buffer *out, const char *text);
/* "image/jpeg", "image/png" or "image/webp", by the first bytes, or NULL. */
const char *ch_html_picture_type(const void *bytes, size_t n);
/* src="data:...": a picture, of one of those types. */
void ch_html_source(struct ch_buffer *out, const void *bytes, size_t n);
/* Bytes in base 64. */
void ch_html_base64(struct ch_buffer *out, const void *bytes, size_t n);
#endif
