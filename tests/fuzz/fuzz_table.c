/* fuzz_table.c - any bytes as lines of image<TAB>caption */
#include <stddef.h>
#include <stdint.h>

#include "walk_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_source s = { 0 };
    struct ch_err e = CH_ERR_INIT;

    if (!ch_source_tsv_parse(&s, (const char *)bytes, n, "input",
                             &ch_split_all[CH_SPLIT_TRAIN], &e))
        walk_source(&s);
    ch_source_release(&s);
    return 0;
}
