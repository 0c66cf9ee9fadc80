/* fuzz_coco.c - any bytes as a file of COCO captions */
#include <stddef.h>
#include <stdint.h>

#include "base/json_stream.h"
#include "walk_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_source s = { 0 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_json_stream *in;

    if (ch_json_stream_of(&in, bytes, n, "input", &e))
        abort();
    if (!ch_source_coco_parse(&s, in, &ch_split_all[CH_SPLIT_VAL], &e))
        walk_source(&s);
    ch_source_release(&s);
    ch_json_stream_close(in);
    return 0;
}
