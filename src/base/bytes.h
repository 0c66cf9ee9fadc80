/* bytes.h - reading and growing runs of bytes
 *
 * ch_bytes reads hostile bytes and cannot run past their end: a read beyond
 * it returns zero and sets `bad`, so a parser reads a whole header and asks
 * once.  ch_buffer is a growing run of bytes for writing text and records.
 */
#ifndef CH_BASE_BYTES_H
#define CH_BASE_BYTES_H

#include "chorus/err.h"

#include <stdbool.h>

struct ch_bytes {
    const unsigned char *at;   /* borrowed */
    size_t size, used;
    bool bad;                  /* something was asked that is not there */
};

struct ch_bytes ch_bytes_of(const void *at, size_t size);
uint8_t ch_bytes_u8(struct ch_bytes *b);
uint16_t ch_bytes_u16(struct ch_bytes *b);    /* little endian, all three */
uint32_t ch_bytes_u32(struct ch_bytes *b);
uint64_t ch_bytes_u64(struct ch_bytes *b);
/* A borrowed run of n bytes, or NULL (and bad). */
const void *ch_bytes_run(struct ch_bytes *b, size_t n);
/* Next line without its LF or CR LF; 1, or 0 at the end. */
int ch_bytes_line(struct ch_bytes *b, const char **line, size_t *length);
/* A byte order mark, which some put in front of UTF-8, is stepped over. */
void ch_bytes_skip_mark(struct ch_bytes *b);
size_t ch_bytes_left(const struct ch_bytes *b);

struct ch_buffer {
    char *at;            /* size bytes and a NUL behind them; NULL: none yet */
    size_t size, room;
    bool failed;         /* memory ran out; later calls do nothing */
};

void ch_buffer_put(struct ch_buffer *b, const void *bytes, size_t n);
void ch_buffer_text(struct ch_buffer *b, const char *text);
void ch_buffer_format(struct ch_buffer *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ch_buffer_u16(struct ch_buffer *b, uint16_t v);   /* little endian */
void ch_buffer_u32(struct ch_buffer *b, uint32_t v);
void ch_buffer_u64(struct ch_buffer *b, uint64_t v);
void ch_buffer_reset(struct ch_buffer *b);
void ch_buffer_release(struct ch_buffer *b);

#endif
