/* fuzz_xmp.c - any bytes as a sidecar: what is added is found, and once */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "use/xmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const int all = CH_XMP_DESCRIPTION | CH_XMP_ALT_TEXT;
    struct ch_buffer once = { 0 }, twice = { 0 };
    const char *text = (const char *)bytes;
    int found, before;

    if (ch_xmp_look(text, n, "input", &before, NULL))
        return 0;
    if (ch_xmp_add(text, n, "input", "<\"x\">", &once, &found, NULL) ||
        found != before || (found == all) != !once.size)
        abort();
    if (once.size &&
        (ch_xmp_add(once.at, once.size, "output", "y", &twice, &found, NULL) ||
         found != all || twice.size))
        abort();
    ch_buffer_release(&once);
    return 0;
}
