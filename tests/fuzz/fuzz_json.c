/* fuzz_json.c - any bytes as JSON */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Write what was read; deeper than the writer goes is left out. */
static void copy(struct ch_json_writer *w, const char *name,
                 const struct ch_json *v, int depth)
{
    const struct ch_json *member;
    const char *key;
    void *place = NULL;

    if (ch_json_is_text(v)) {
        const char *text = ch_json_text(v, "");
        ch_json_put_text(w, name, text, strlen(text));
    } else if (ch_json_is_number(v)) {
        ch_json_put_real(w, name, ch_json_real(v, 0));
    } else if (ch_json_is_array(v) && depth < 30) {
        ch_json_begin(w, name, '[');
        for (size_t i = 0; i < ch_json_count(v); i++)
            copy(w, NULL, ch_json_at(v, i), depth + 1);
        ch_json_end(w);
    } else if (ch_json_is_object(v) && depth < 30) {
        ch_json_begin(w, name, '{');
        while (ch_json_next(v, &place, &key, &member))
            copy(w, key, member, depth + 1);
        ch_json_end(w);
    } else {
        ch_json_put_bool(w, name, ch_json_bool(v, false));
    }
}

/* What was taken can be written, and is taken again. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_buffer out = { 0 };
    struct ch_json_writer w;
    struct ch_json *first, *second;

    if (ch_json_parse(&first, (const char *)bytes, n, "input", &e))
        return 0;
    ch_json_writer_init(&w, &out);
    copy(&w, NULL, first, 0);
    if (ch_json_parse(&second, out.at, out.size, "copy", &e) ||
        ch_json_count(first) != ch_json_count(second))
        abort();
    ch_json_close(second);
    ch_json_close(first);
    ch_buffer_release(&out);
    return 0;
}
