/* fuzz_genome.c - any bytes as region descriptions */
#include <stddef.h>
#include <stdint.h>

#include "base/json_stream.h"
#include "walk_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct ch_source_regions how[2] = { { 1, 10 }, { 0, 0 } };
    static const struct ch_split_rule by = { .by = CH_SPLIT_HASH,
                                             .val_part = 0.5 };

    for (int turn = 0; turn < 2; turn++) {
        struct ch_source s = { 0 };
        struct ch_err e = CH_ERR_INIT;
        struct ch_json_stream *in;

        if (ch_json_stream_of(&in, bytes, n, "input", &e))
            abort();
        if (!ch_source_genome_parse(&s, in, &how[turn], &by, &e))
            walk_source(&s);
        ch_json_stream_close(in);
        ch_source_release(&s);
    }
    return 0;
}
