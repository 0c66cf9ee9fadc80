/* fuzz_looks.c - any bytes as captions that tell where a model looked
 *
 * What is taken becomes a page in which words stay text.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "chorus/page.h"
#include "page/page_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void show(struct ch_page_photo *photo)
{
    struct ch_buffer out = { 0 };
    size_t tags = 0;

    ch_page_look_put(&out, photo, "\xff\xd8\xff", 3, 0);
    for (size_t i = 0; i < out.size; i++)
        tags += out.at[i] == '<';
    ch_buffer_put(&out, "", 1);
    /* A button is three tags, a drawing two and at most 16 paths. */
    if (out.failed || strstr(out.at, "<script") ||
        tags > 20 + 21 * photo->look->words)
        abort();
    ch_buffer_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_page_photo photo[2] = {
        { .image = "photos/a.jpg", .caption = "" },
        { .image = "b", .caption = "" },
    };
    struct ch_page_looks *l;
    char path[64];
    int fd = memfd_create("captions", MFD_CLOEXEC);

    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (ch_page_looks_open(&l, path, photo, 2, NULL) == 0) {
        for (size_t i = 0; i < 2; i++)
            if (photo[i].look)
                show(&photo[i]);
        ch_page_looks_close(l);
    }
    close(fd);
    return 0;
}
