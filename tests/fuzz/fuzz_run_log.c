/* fuzz_run_log.c - any bytes as the log of a run
 *
 * Whoever reads it while it grows sees the page of who reads it whole.  The
 * first two bytes say where it is cut.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "page/page_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static char folder[] = "/tmp/fuzz-run-log-XXXXXX", path[64];

static void sweep(void)
{
    unlink(path);
    rmdir(folder);
}

static void put(const char *how, const uint8_t *bytes, size_t n)
{
    FILE *f = fopen(path, how);

    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        abort();
}

/* The page, to be released; nothing when there is no run. */
static struct ch_buffer show(struct ch_page_run *r)
{
    const struct ch_page page = { .title = "", .run = &r, .run_count = 1,
                                  .images = "/nowhere" };
    struct ch_buffer out = { 0 };

    if (r && ch_page_put(&out, &page, false, NULL))
        abort();
    ch_buffer_put(&out, "", 1);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_page_run *whole = NULL, *grown = NULL;
    struct ch_buffer a, b;
    size_t cut;

    if (n < 2)
        return 0;
    cut = (size_t)(bytes[0] << 8 | bytes[1]);
    bytes += 2;
    n -= 2;
    cut = cut < n ? cut : n;
    if (!*path) {
        if (!mkdtemp(folder))
            abort();
        snprintf(path, sizeof path, "%s/log.jsonl", folder);
        atexit(sweep);
    }
    put("w", bytes, n);
    (void)ch_page_run_open(&whole, folder, NULL);
    put("w", bytes, cut);
    (void)ch_page_run_open(&grown, folder, NULL);
    put("a", bytes + cut, n - cut);
    if (!grown) {
        (void)ch_page_run_open(&grown, folder, NULL);
    } else if (ch_page_run_update(grown, NULL)) {
        ch_page_run_close(grown);
        grown = NULL;
    }
    a = show(whole);
    b = show(grown);
    if (a.size != b.size || memcmp(a.at, b.at, a.size))
        abort();
    ch_buffer_release(&a);
    ch_buffer_release(&b);
    ch_page_run_close(whole);
    ch_page_run_close(grown);
    return 0;
}
