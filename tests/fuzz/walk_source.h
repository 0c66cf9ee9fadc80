/* walk_source.h - what must hold of every list that a reader has filled */
#ifndef TESTS_FUZZ_WALK_SOURCE_H
#define TESTS_FUZZ_WALK_SOURCE_H

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "data/source.h"

static inline void walk_source(const struct ch_source *s)
{
    struct ch_table *names;
    uint64_t captions = 0;

    if (ch_table_open(&names, NULL))
        abort();
    for (size_t i = 0; i < s->image_count; i++) {
        const struct ch_source_image *image = &s->image[i];
        size_t n = strlen(image->file), index = SIZE_MAX;
        int added = 0;

        if (n == 0 || ch_text_check(image->file, n) < n ||
            !ch_table_add(names, image->file, n, 0, &added) || !added)
            abort();
        /* Regions are not looked for. */
        if (!image->photo &&
            (!ch_source_find(s, image->file, n, &index) || index != i))
            abort();
        for (size_t c = 0; c < image->caption_count; c++) {
            n = strlen(image->caption[c]);
            if (ch_text_check(image->caption[c], n) < n)
                abort();
            captions++;
        }
    }
    if (captions != s->captions_read)
        abort();
    ch_table_close(names);
}

#endif
