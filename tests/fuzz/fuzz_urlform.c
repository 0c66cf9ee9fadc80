/* fuzz_urlform.c - any bytes as the body of a form, and as a path */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "rate/route.h"
#include "rate/urlform.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_text(const struct ch_urlform *f, const char *text)
{
    size_t length = strlen(text);

    if (text < f->text || text + length >= f->text + sizeof f->text ||
        ch_text_check(text, length) < length)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_urlform f;
    struct ch_route r;
    char *path = malloc(n + 1);

    if (!path)
        abort();
    if (!ch_urlform_parse(&f, (const char *)bytes, n, &e))
        for (size_t i = 0; i < f.count; i++) {
            check_text(&f, f.field[i].name);
            check_text(&f, f.field[i].value);
            if (ch_urlform_number(&f, f.field[i].name, 100) > 100)
                abort();
        }
    if (n)
        memcpy(path, bytes, n);
    path[n] = '\0';
    r = ch_route_of("GET", path);
    if (r.kind == CH_ROUTE_PHOTO && r.number <= 0)
        abort();
    free(path);
    return 0;
}
