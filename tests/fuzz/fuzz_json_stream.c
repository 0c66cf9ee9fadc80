/* fuzz_json_stream.c - any bytes as a JSON document read value by value
 *
 * What the whole parser takes, the stream takes, with as many values; what the
 * stream takes to its end, the whole parser takes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Values of the document's arrays, and members that are none. */
static size_t count(const struct ch_json *d)
{
    const struct ch_json *value;
    const char *name;
    void *place = NULL;
    size_t total = 0;

    if (ch_json_is_array(d))
        return ch_json_count(d);
    while (ch_json_next(d, &place, &name, &value))
        total += ch_json_is_array(value) ? ch_json_count(value) : 1;
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_json_stream *s;
    struct ch_json_item item;
    struct ch_json *whole;
    size_t met = 0;
    int rc, parsed;

    parsed = ch_json_parse(&whole, (const char *)bytes, n, "input", NULL);
    if (ch_json_stream_of(&s, bytes, n, "input", NULL))
        abort();
    while ((rc = ch_json_stream_next(s, &item, NULL)) > 0)
        met += item.value != NULL;
    /* A number or a text alone is JSON, but no document of many values; and
     * nesting, which jansson limits, counts from the value. */
    if (!parsed && (ch_json_is_array(whole) || ch_json_is_object(whole)) &&
        (rc || met != count(whole)))
        abort();
    if (!rc && parsed && parsed != CH_ENOMEM && n < 2048)
        abort();
    ch_json_stream_close(s);
    ch_json_close(whole);
    return 0;
}
