/* fuzz_multipart.c - any bytes as a request for captions
 *
 * The first line is the query, the second the Content-Type, the rest the body.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "serve/ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { MOST = 10 };

static void check_inside(struct ch_multipart_run r, const char *at, size_t n)
{
    if (r.at && (r.at < at || r.n > n || r.at + r.n > at + n))
        abort();
}

static void walk(const char *type, const char *body, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_multipart m;
    struct ch_multipart_part p;
    const char *at = body;

    if (ch_multipart_open(&m, type, body, n, &e))
        return;
    while (ch_multipart_next(&m, &p, &e) == 1) {
        check_inside(p.name, at, n - (size_t)(at - body));
        check_inside(p.file, at, n - (size_t)(at - body));
        check_inside(p.type, at, n - (size_t)(at - body));
        check_inside(p.body, at, n - (size_t)(at - body));
        /* Behind this one. */
        if (p.body.at < at)
            abort();
        at = p.body.at + p.body.n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_ask a = { .beam = 3, .n = 1 };
    struct ch_bytes in = ch_bytes_of(bytes, n);
    char *line[2] = { NULL, NULL };
    unsigned status = 0;
    const char *body;
    size_t size;

    for (int i = 0; i < 2; i++) {
        const char *at = "";
        size_t length = 0;

        if (!ch_bytes_line(&in, &at, &length))
            length = 0;
        line[i] = strndup(at, length);
        if (!line[i])
            abort();
    }
    size = ch_bytes_left(&in);
    body = (const char *)bytes + (n - size);
    walk(line[1], body, size);
    if (!ch_ask_read(&a, MOST, line[0], line[1], body, size, &status, &e)) {
        if (a.n < 1 || a.n > a.beam || a.beam > MOST || a.photo.n == 0)
            abort();
        check_inside(a.photo, body, size);
    } else if ((status != 400 && status != 415) || !e.msg[0]) {
        abort();
    }
    free(line[0]);
    free(line[1]);
    return 0;
}
