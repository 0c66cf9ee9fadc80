/* fuzz_karpathy.c - any bytes as the JSON of Karpathy's split */
#include <stddef.h>
#include <stdint.h>

#include "base/json_stream.h"
#include "walk_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    for (int turn = 0; turn < 2; turn++) {
        struct ch_source s = { 0 };
        struct ch_err e = CH_ERR_INIT;
        struct ch_json_stream *in;

        if (ch_json_stream_of(&in, bytes, n, "input", &e))
            abort();
        if (!ch_source_karpathy_parse(&s, in, turn, &e))
            walk_source(&s);
        ch_json_stream_close(in);
        ch_source_release(&s);
    }
    return 0;
}
