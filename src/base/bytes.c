/* bytes.c - reading and growing runs of bytes
 *
 * Numbers are put together byte by byte: no alignment and no byte order of the
 * machine enters, and compilers make one load of it.
 */
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ch_bytes ch_bytes_of(const void *at, size_t size)
{
    return (struct ch_bytes){ .at = at, .size = size };
}

size_t ch_bytes_left(const struct ch_bytes *b)
{
    return b->bad ? 0 : b->size - b->used;
}

const void *ch_bytes_run(struct ch_bytes *b, size_t n)
{
    const unsigned char *run;

    if (b->bad || n > b->size - b->used) {
        b->bad = true;
        return NULL;
    }
    /* Nothing of no bytes is something, too: NULL means bad. */
    run = b->at ? b->at + b->used : (const unsigned char *)"";
    b->used += n;
    return run;
}

/* n little-endian bytes, or 0 when they are not there. */
static uint64_t number(struct ch_bytes *b, size_t n)
{
    const unsigned char *run = ch_bytes_run(b, n);
    uint64_t v = 0;

    for (size_t i = 0; run && i < n; i++)
        v |= (uint64_t)run[i] << (8 * i);
    return v;
}

uint8_t ch_bytes_u8(struct ch_bytes *b)
{
    return (uint8_t)number(b, 1);
}

uint16_t ch_bytes_u16(struct ch_bytes *b)
{
    return (uint16_t)number(b, 2);
}

uint32_t ch_bytes_u32(struct ch_bytes *b)
{
    return (uint32_t)number(b, 4);
}

uint64_t ch_bytes_u64(struct ch_bytes *b)
{
    return number(b, 8);
}

int ch_bytes_line(struct ch_bytes *b, const char **line, size_t *length)
{
    size_t left = ch_bytes_left(b), n;
    const char *start, *end;

    *line = "";
    *length = 0;
    if (!left)
        return 0;
    start = (const char *)b->at + b->used;
    end = memchr(start, '\n', left);
    n = end ? (size_t)(end - start) : left;
    b->used += end ? n + 1 : n;
    if (end && n && start[n - 1] == '\r')
        n--;
    *line = start;
    *length = n;
    return 1;
}

void ch_bytes_skip_mark(struct ch_bytes *b)
{
    if (ch_bytes_left(b) >= 3 && !memcmp(b->at + b->used, "\xef\xbb\xbf", 3))
        b->used += 3;
}

/* ----------------------------------------------------------------- buffer */

/* Room for n more bytes and the NUL behind them. */
static bool reserve(struct ch_buffer *b, size_t n)
{
    size_t room = b->room ? b->room : 64;
    char *at;

    if (b->failed)
        return false;
    if (b->at && n < b->room - b->size)
        return true;
    if (n >= SIZE_MAX / 2 - b->size) {
        b->failed = true;
        return false;
    }
    while (room - b->size <= n)
        room *= 2;
    at = realloc(b->at, room);
    if (!at) {
        b->failed = true;
        return false;
    }
    b->at = at;
    b->room = room;
    return true;
}

void ch_buffer_put(struct ch_buffer *b, const void *bytes, size_t n)
{
    if (!reserve(b, n))
        return;
    if (n)
        memcpy(b->at + b->size, bytes, n);
    b->size += n;
    b->at[b->size] = '\0';
}

void ch_buffer_text(struct ch_buffer *b, const char *text)
{
    ch_buffer_put(b, text, strlen(text));
}

void ch_buffer_format(struct ch_buffer *b, const char *format, ...)
{
    va_list list;
    int n;

    va_start(list, format);
    n = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (n < 0) {
        b->failed = true;
        return;
    }
    if (!reserve(b, (size_t)n))
        return;
    va_start(list, format);
    vsnprintf(b->at + b->size, (size_t)n + 1, format, list);
    va_end(list);
    b->size += (size_t)n;
}

/* The n low bytes of v, little endian. */
static void put_number(struct ch_buffer *b, uint64_t v, size_t n)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)(v >> (8 * i));
    ch_buffer_put(b, bytes, n);
}

void ch_buffer_u16(struct ch_buffer *b, uint16_t v)
{
    put_number(b, v, 2);
}

void ch_buffer_u32(struct ch_buffer *b, uint32_t v)
{
    put_number(b, v, 4);
}

void ch_buffer_u64(struct ch_buffer *b, uint64_t v)
{
    put_number(b, v, 8);
}

void ch_buffer_reset(struct ch_buffer *b)
{
    b->size = 0;
    b->failed = false;
    if (b->at)
        b->at[0] = '\0';
}

void ch_buffer_release(struct ch_buffer *b)
{
    free(b->at);
    *b = (struct ch_buffer){ 0 };
}
