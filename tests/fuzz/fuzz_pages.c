/* fuzz_pages.c - any bytes as an LMDB file
 *
 * What passes the check of pages, LMDB must be able to read to its end.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "data/pages.h"
#include "data/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static volatile unsigned long sum;     /* every byte handed out is read */

static int read_record(void *context, const void *key, size_t key_bytes,
                       const void *value, size_t size, struct ch_err *e)
{
    const unsigned char *k = key, *v = value;

    (void)context;
    (void)e;
    for (size_t i = 0; i < key_bytes; i++)
        sum += k[i];
    for (size_t i = 0; i < size; i++)
        sum += v[i];
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_store *s;
    char path[64];
    int fd;

    if (ch_pages_check_bytes(bytes, n, "input", 0, NULL))
        return 0;
    (void)ch_pages_check_bytes(bytes, n, "input", 1, NULL);
    fd = memfd_create("shard", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (ch_store_open(&s, path, NULL) == 0) {
        (void)ch_store_each(s, read_record, NULL, NULL);
        ch_store_close(s);
    }
    close(fd);
    return 0;
}
