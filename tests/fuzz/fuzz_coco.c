/* fuzz_coco.c - any bytes as a file of COCO captions */
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "walk_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_source s = { 0 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_json *document;

    if (!ch_json_parse(&document, (const char *)bytes, n, "input", &e) &&
        !ch_source_coco_parse(&s, document, CH_SPLIT_VAL, "input", &e))
        walk_source(&s);
    ch_source_release(&s);
    ch_json_close(document);
    return 0;
}
