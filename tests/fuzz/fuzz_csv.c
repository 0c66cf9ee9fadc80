/* fuzz_csv.c - any bytes as a table with commas */
#include <stddef.h>
#include <stdint.h>

#include "walk_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct ch_split_rule given = { .by = CH_SPLIT_GIVEN };

    for (int turn = 0; turn < 2; turn++) {
        struct ch_source s = { 0 };
        struct ch_err e = CH_ERR_INIT;

        if (!ch_source_csv_parse(&s, (const char *)bytes, n, "input",
                                 turn ? &given : &ch_split_all[0], &e))
            walk_source(&s);
        ch_source_release(&s);
    }
    return 0;
}
