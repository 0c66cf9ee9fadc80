/* html.h - pieces of HTML: escaped text, pictures */
#ifndef CH_PAGE_HTML_H
#define CH_PAGE_HTML_H

#include "base/bytes.h"

/* Text for element content and attribute values: & < > " ' are escaped, and
 * bytes that are not UTF-8 become U+FFFD. */
void ch_html_text(struct ch_buffer *out, const char *text);
/* Bytes in base 64. */
void ch_html_base64(struct ch_buffer *out, const void *bytes, size_t n);
#endif
