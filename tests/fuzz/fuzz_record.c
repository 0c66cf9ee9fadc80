/* fuzz_record.c - any bytes as a record of a shard
 *
 * The checksum would turn nearly everything away, so the bytes are tried once
 * as they are and once with the right checksum behind them.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "data/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct ch_caption_record record;
static volatile int64_t seen;      /* every byte handed out is read */

static void read_captions(const void *bytes, size_t n)
{
    if (ch_record_read_captions(bytes, n, "input", &record, NULL))
        return;
    for (size_t i = 0; i < record.key_bytes; i++)
        seen += record.key[i];
    for (size_t i = 0; i < record.photo_bytes; i++)
        seen += record.photo[i];
    for (size_t c = 0; c < record.caption_count; c++) {
        for (size_t i = 0; i < record.caption[c].raw_bytes; i++)
            seen += record.caption[c].raw[i];
        for (size_t i = 0; i < record.caption[c].id_count; i++)
            seen += ch_caption_id(&record.caption[c], i);
    }
}

static void read_feature(const void *bytes, size_t n, char kind)
{
    enum ch_feature_dtype dtype;
    size_t rows, columns;
    float *value;

    if (ch_record_feature_shape(bytes, n, "input", kind, &dtype, &rows,
                                &columns, NULL))
        return;
    /* The shape fits the bytes, so this is no more than twice as many. */
    value = calloc(rows * columns + 1, sizeof *value);
    if (value && ch_record_read_feature(bytes, n, "input", kind, rows, columns,
                                        value, NULL))
        abort();
    free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_buffer b = { 0 };

    for (int turn = 0; turn < 2; turn++) {
        ch_buffer_reset(&b);
        ch_buffer_put(&b, bytes, n);
        if (turn)
            ch_buffer_u64(&b, ch_hash(bytes, n));
        if (b.failed)
            break;
        read_captions(b.at, b.size);
        read_feature(b.at, b.size, 'f');
        read_feature(b.at, b.size, 'g');
    }
    ch_buffer_release(&b);
    return 0;
}
