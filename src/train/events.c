/* events.c - curves for TensorBoard */
#include "train/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

/* Around the bytes of a record: length and its checksum, and theirs. */
#define FRAME 16
/* Of the messages of event.proto and summary.proto. */
enum { EVENT_TIME = 1, EVENT_STEP = 2, EVENT_VERSION = 3, EVENT_SUMMARY = 5,
       EVENT_SESSION = 7, SESSION_STATUS = 1, SUMMARY_VALUE = 1,
       VALUE_TAG = 1, VALUE_SIMPLE = 2 };
enum { VARINT = 0, EIGHT_BYTES = 1, BYTES = 2, FOUR_BYTES = 5 };
#define SESSION_STARTS 1

struct ch_events {
    FILE *file;
    char path[4096];
    uint32_t table[256];
    struct ch_buffer record, event, summary, value;
};

/* --------------------------------------------------------------- checksums */

/* CRC32C (Castagnoli), bits reversed. */
static void make_table(uint32_t table[256])
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;

        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
        table[i] = c;
    }
}

static uint32_t masked_crc(const struct ch_events *v, const char *bytes,
                           size_t n)
{
    uint32_t c = 0xffffffffu;

    for (size_t i = 0; i < n; i++)
        c = v->table[(c ^ (unsigned char)bytes[i]) & 255] ^ c >> 8;
    c = ~c;
    return (c >> 15 | c << 17) + 0xa282ead8u;
}

/* ---------------------------------------------------------------- messages */

static void put_varint(struct ch_buffer *b, uint64_t v)
{
    unsigned char byte;

    do {
        byte = (unsigned char)((v & 127) | (v > 127 ? 128 : 0));
        ch_buffer_put(b, &byte, 1);
        v >>= 7;
    } while (v);
}

static void put_field(struct ch_buffer *b, unsigned number, unsigned kind)
{
    put_varint(b, number << 3 | kind);
}

static void put_bytes(struct ch_buffer *b, unsigned number, const char *bytes,
                      size_t n)
{
    put_field(b, number, BYTES);
    put_varint(b, n);
    ch_buffer_put(b, bytes, n);
}

static void begin(struct ch_events *v, uint64_t step)
{
    struct timespec now;
    uint64_t bits;
    double s;

    clock_gettime(CLOCK_REALTIME, &now);
    s = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    memcpy(&bits, &s, sizeof bits);
    ch_buffer_reset(&v->event);
    put_field(&v->event, EVENT_TIME, EIGHT_BYTES);
    ch_buffer_u64(&v->event, bits);
    put_field(&v->event, EVENT_STEP, VARINT);
    put_varint(&v->event, step);
}

static int end(struct ch_events *v, struct ch_err *e)
{
    struct ch_buffer *b = &v->record;

    ch_buffer_reset(b);
    ch_buffer_u64(b, v->event.size);
    if (!b->failed)
        ch_buffer_u32(b, masked_crc(v, b->at, 8));
    ch_buffer_put(b, v->event.at, v->event.size);
    if (!v->event.failed)
        ch_buffer_u32(b, masked_crc(v, v->event.at, v->event.size));
    if (b->failed || v->event.failed || v->summary.failed || v->value.failed)
        return ch_fail(e, CH_ENOMEM, "cannot hold an event");
    if (fwrite(b->at, 1, b->size, v->file) != b->size || fflush(v->file))
        return ch_fail_errno(e, v->path, "cannot be written");
    return 0;
}

int ch_events_put(struct ch_events *v, uint64_t step,
                  const struct ch_events_value *value, size_t count,
                  struct ch_err *e)
{
    ch_buffer_reset(&v->summary);
    for (size_t i = 0; i < count; i++) {
        float simple = (float)value[i].value;
        uint32_t bits;

        memcpy(&bits, &simple, sizeof bits);
        ch_buffer_reset(&v->value);
        put_bytes(&v->value, VALUE_TAG, value[i].tag, strlen(value[i].tag));
        put_field(&v->value, VALUE_SIMPLE, FOUR_BYTES);
        ch_buffer_u32(&v->value, bits);
        put_bytes(&v->summary, SUMMARY_VALUE, v->value.at, v->value.size);
    }
    begin(v, step);
    put_bytes(&v->event, EVENT_SUMMARY, v->summary.at, v->summary.size);
    return end(v, e);
}

/* -------------------------------------------------------------------- file */

/* A new file says so; one that goes on says from where. */
static int put_start(struct ch_events *v, uint64_t resumed_step,
                     struct ch_err *e)
{
    static const char version[] = "brain.Event:2";
    struct ch_buffer *session = &v->value;

    if (!resumed_step) {
        begin(v, 0);
        put_bytes(&v->event, EVENT_VERSION, version, sizeof version - 1);
        return end(v, e);
    }
    ch_buffer_reset(session);
    put_field(session, SESSION_STATUS, VARINT);
    put_varint(session, SESSION_STARTS);
    begin(v, resumed_step + 1);
    put_bytes(&v->event, EVENT_SESSION, session->at, session->size);
    return end(v, e);
}

/* Only whole records are kept. */
static int drop_torn(const char *path, struct ch_err *e)
{
    struct ch_map map;
    struct ch_bytes b;
    size_t whole = 0;
    int rc = ch_map_open(&map, path, e);

    if (rc)
        return rc;
    b = ch_bytes_of(map.at, map.size);
    while (ch_bytes_left(&b) >= FRAME) {
        uint64_t n = ch_bytes_u64(&b);

        if (n > ch_bytes_left(&b))
            break;
        ch_bytes_run(&b, 4 + (size_t)n + 4);
        if (b.bad)
            break;
        whole = b.used;
    }
    if (whole < map.size && truncate(path, (off_t)whole))
        rc = ch_fail_errno(e, path, "cannot be written");
    ch_map_close(&map);
    return rc;
}

int ch_events_open(struct ch_events **out, const char *folder,
                   uint64_t resumed_step, struct ch_err *e)
{
    struct ch_events *v = calloc(1, sizeof *v);
    int rc;

    *out = NULL;
    if (!v)
        return ch_fail(e, CH_ENOMEM, "cannot hold a file of events");
    make_table(v->table);
    rc = ch_file_join(v->path, sizeof v->path, folder, CH_EVENTS_NAME, e);
    /* A run of an older version has none: it begins with what comes now. */
    if (!rc && !ch_file_exists(v->path))
        resumed_step = 0;
    if (!rc && resumed_step)
        rc = drop_torn(v->path, e);
    if (!rc) {
        v->file = fopen(v->path, resumed_step ? "ae" : "we");
        if (!v->file)
            rc = ch_fail_errno(e, v->path, "cannot be written");
    }
    if (!rc) rc = put_start(v, resumed_step, e);
    if (rc)
        ch_events_close(v);
    else
        *out = v;
    return rc;
}

void ch_events_close(struct ch_events *v)
{
    if (!v)
        return;
    if (v->file)
        fclose(v->file);     /* every record was flushed, and checked */
    ch_buffer_release(&v->record);
    ch_buffer_release(&v->event);
    ch_buffer_release(&v->summary);
    ch_buffer_release(&v->value);
    free(v);
}
