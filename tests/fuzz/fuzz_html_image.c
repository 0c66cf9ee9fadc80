/* fuzz_html_image.c - any bytes as a page: what is put in is found again, and
 * all else stays */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "use/html_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* All images get the text; how many are there? */
static size_t rewrite(const char *page, size_t n, struct ch_buffer *out)
{
    struct ch_html_images h;
    struct ch_html_image image;
    size_t count = 0, at = 0;

    ch_html_image_init(&h, page, n);
    while (ch_html_image_next(&h, &image)) {
        if (image.name_end > n || image.alt.end > n || image.src.end > n)
            abort();
        at = ch_html_image_put(page, at, &image, "<\"x\">", out);
        ch_html_image_decode(page + image.src.at,
                             image.src.end - image.src.at,
                             &(struct ch_buffer){ .failed = true });
        count++;
    }
    ch_buffer_put(out, page + at, n - at);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_buffer once = { 0 }, twice = { 0 };
    size_t count = rewrite((const char *)bytes, n, &once);

    if (rewrite(once.at, once.size, &twice) != count ||
        once.size != twice.size ||
        (once.size && memcmp(once.at, twice.at, once.size)))
        abort();
    ch_buffer_release(&once);
    ch_buffer_release(&twice);
    return 0;
}
