/* html.c - pieces of HTML: escaped text, pictures */
#include "base/html.h"

#include "base/text.h"

#include <string.h>

void ch_html_text(struct ch_buffer *out, const char *text)
{
    size_t n = strlen(text), at = 0;

    while (at < n) {
        size_t good = at + ch_text_check(text + at, n - at);
        for (; at < good; at++) {
            switch (text[at]) {
            case '&': ch_buffer_text(out, "&amp;"); break;
            case '<': ch_buffer_text(out, "&lt;"); break;
            case '>': ch_buffer_text(out, "&gt;"); break;
            case '"': ch_buffer_text(out, "&quot;"); break;
            case '\'': ch_buffer_text(out, "&#39;"); break;
            default: ch_buffer_put(out, text + at, 1);
            }
        }
        if (at < n) {
            ch_buffer_text(out, "\xef\xbf\xbd");
            at++;
        }
    }
}

const char *ch_html_picture_type(const void *bytes, size_t n)
{
    if (n >= 3 && !memcmp(bytes, "\xff\xd8\xff", 3))
        return "image/jpeg";
    if (n >= 8 && !memcmp(bytes, "\x89PNG\r\n\x1a\n", 8))
        return "image/png";
    if (n >= 12 && !memcmp(bytes, "RIFF", 4) &&
        !memcmp((const char *)bytes + 8, "WEBP", 4))
        return "image/webp";
    return NULL;
}

void ch_html_base64(struct ch_buffer *out, const void *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *b = bytes;

    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t v = (uint32_t)b[i] << 16;
        char four[4];

        if (left > 1)
            v |= (uint32_t)b[i + 1] << 8;
        if (left > 2)
            v |= b[i + 2];
        for (int k = 0; k < 4; k++)
            four[k] = digit[v >> (18 - 6 * k) & 63];
        if (left < 3)
            four[3] = '=';
        if (left < 2)
            four[2] = '=';
        ch_buffer_put(out, four, 4);
    }
}

void ch_html_source(struct ch_buffer *out, const void *bytes, size_t n)
{
    ch_buffer_format(out, "src=\"data:%s;base64,",
                     ch_html_picture_type(bytes, n));
    ch_html_base64(out, bytes, n);
    ch_buffer_text(out, "\"");
}
