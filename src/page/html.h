/* html.h - pieces of HTML: escaped text, pictures, curves */
#ifndef CH_PAGE_HTML_H
#define CH_PAGE_HTML_H

#include "base/bytes.h"
#include "chorus/page.h"

/* Text for element content and attribute values: & < > " ' are escaped, and
 * bytes that are not UTF-8 become U+FFFD. */
void ch_html_text(struct ch_buffer *out, const char *text);
/* Bytes in base 64. */
void ch_html_base64(struct ch_buffer *out, const void *bytes, size_t n);
/* Inline SVGs against the epoch, those of which something is known: loss,
 * CIDEr-D, learning rate, words a second.  The best epoch is marked. */
void ch_html_curves(struct ch_buffer *out, const struct ch_page_epoch *epoch,
                    size_t count);

#endif
