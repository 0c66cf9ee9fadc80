/* fuzz_flickr.c - any bytes as a token file of Flickr8k */
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "walk_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const listed[] = { "a.jpg", "b.jpg", "c.jpg" };
    struct ch_source s = { 0 };
    struct ch_err e = CH_ERR_INIT;
    struct ch_split_rule by = { .by = CH_SPLIT_LIST };

    if (ch_table_open(&by.list, &e))
        abort();
    for (uint64_t i = 0; i < 3; i++)
        if (!ch_table_add(by.list, listed[i], strlen(listed[i]), i, NULL))
            abort();
    if (!ch_source_flickr_parse(&s, (const char *)bytes, n, "input", &by,
                                &e))
        walk_source(&s);
    ch_source_release(&s);
    ch_table_close(by.list);
    return 0;
}
