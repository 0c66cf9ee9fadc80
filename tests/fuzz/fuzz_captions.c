/* fuzz_captions.c - any bytes as a file of captions
 *
 * What the strict reader of base/json.h takes as JSON, the quick one must take,
 * too, but for characters zero, which no text may hold.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "score/caption_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* bytes[n] is NUL, as behind a file that was read. */
static char *copy(const uint8_t *bytes, size_t n)
{
    char *out = malloc(n + 1);

    if (!out)
        abort();
    if (n)
        memcpy(out, bytes, n);
    out[n] = '\0';
    return out;
}

static void walk(const uint8_t *bytes, size_t n, enum ch_caption_role role)
{
    struct ch_caption_file f;
    struct ch_err e = CH_ERR_INIT;

    if (!ch_caption_file_parse(&f, "input", copy(bytes, n), n, role, &e)) {
        if (f.count == 0)
            abort();
        for (size_t i = 0; i < f.count; i++) {
            const struct ch_caption_entry *c = &f.caption[i];
            size_t length = strlen(c->text);

            if (ch_text_check(c->text, length) < length || c->id < -1)
                abort();
            if (f.form != CH_FORM_PLAIN && !c->image && c->id < 0)
                abort();
        }
    }
    ch_caption_file_release(&f);
}

static void compare(const uint8_t *bytes, size_t n)
{
    static struct ch_json_scan s;
    struct ch_err e = CH_ERR_INIT;
    struct ch_json *j = NULL;
    char *text = copy(bytes, n);
    /* Neither skips a mark of byte order: the reader of the file has. */
    int strict = ch_json_parse_at(&j, text, n, "input", 0, 1, &e);
    int rc;

    ch_json_scan_init(&s, text, n, "input");
    rc = ch_json_scan_skip(&s, &e);
    if (!rc) rc = ch_json_scan_end(&s, &e);
    if (!strict && rc)
        abort();
    ch_json_close(j);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    walk(bytes, n, CH_ROLE_CAPTION);
    walk(bytes, n, CH_ROLE_REFERENCE);
    compare(bytes, n);
    return 0;
}
