/* ptb_units.c - UTF-8 as UTF-16 */
#include "score/ptb_units.h"

#define REPLACEMENT 0xfffd

/* Bytes of the character that this one begins; 0: none. */
static size_t length_of(unsigned first)
{
    return first < 0x80   ? 1
           : first < 0xc2 ? 0
           : first < 0xe0 ? 2
           : first < 0xf0 ? 3
           : first < 0xf5 ? 4
                          : 0;
}

/* Whether `byte` may be the second of a character.  Surrogates are let pass:
 * they are one mistake of three bytes. */
static int may_be_second(unsigned first, unsigned byte)
{
    return (byte & 0xc0) == 0x80 && !(first == 0xe0 && byte < 0xa0) &&
           !(first == 0xf0 && byte < 0x90) && !(first == 0xf4 && byte >= 0x90);
}

/* Bytes used, at least 1; *point is U+FFFD when they are no character. */
static size_t read_point(const unsigned char *at, size_t n, uint32_t *point)
{
    size_t length = length_of(at[0]), used = 1;
    uint32_t c = at[0];

    *point = REPLACEMENT;
    if (length == 0)
        return 1;
    if (length > 1) {
        c &= 0x7fu >> length;
        while (used < length && used < n &&
               (used == 1 ? may_be_second(at[0], at[1])
                          : (at[used] & 0xc0) == 0x80))
            c = c << 6 | (at[used++] & 0x3f);
    }
    if (used == length && (c < 0xd800 || c > 0xdfff))
        *point = c;
    return used;
}

size_t ch_ptb_units_read(const char *text, size_t n, uint16_t *unit)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t count = 0;
    uint32_t c;

    for (size_t i = 0; i < n;) {
        if (at[i] < 0x80) {
            unit[count++] = at[i++];
            continue;
        }
        i += read_point(at + i, n - i, &c);
        if (c >= 0x10000) {
            unit[count++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
            c = 0xdc00 + (c & 0x3ff);
        }
        unit[count++] = (uint16_t)c;
    }
    return count;
}
