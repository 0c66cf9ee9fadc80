/* text.h - UTF-8 (the door of utf8proc)
 *
 * The caption rule "unicode-1", recorded in manifests and models: NFC, lower
 * case (Unicode simple mapping), then every code point whose general category
 * is a letter, mark or number (L*, M*, N*) stays; an apostrophe (U+0027 or
 * U+2019) between two kept code points is deleted ("dog's" -> "dogs"); every
 * other code point becomes a space; runs of white space become one space; no
 * space at either end.  The rule has no language: the Turkish dotted I becomes
 * i, a capital sigma is no final one, and scripts without blanks are cut at
 * their punctuation alone.
 */
#ifndef CH_BASE_TEXT_H
#define CH_BASE_TEXT_H

#include "base/bytes.h"

#define CH_TEXT_RULE "unicode-1"

/* Append the normalised caption to out.  CH_EFORMAT (message with the byte
 * offset) when it is not UTF-8. */
int ch_text_normalise(const char *text, size_t n, struct ch_buffer *out,
                      struct ch_err *e);

/* Next word of a normalised caption, split at single spaces; 1, or 0. */
int ch_text_word(const char **at, const char **word, size_t *n);

/* Offset of the first byte that is not UTF-8, or n when all is well. */
size_t ch_text_check(const char *text, size_t n);

/* Split at any Unicode white space (Python's str.split); 1, or 0. */
int ch_text_token(const char **at, const char **token, size_t *n);

/* Bytes of the text without the white space (as above) at its end. */
size_t ch_text_trim(const char *text, size_t n);

/* The next code point before `end`, which *at moves behind; a byte that is not
 * UTF-8 counts as U+FFFD.  *at is before the end. */
uint32_t ch_text_point(const char **at, const char *end);
/* Append one code point as UTF-8. */
void ch_text_put(struct ch_buffer *out, uint32_t c);
/* What a hexadecimal digit of either case is worth, or -1. */
static inline int ch_text_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Unicode's simple lower and upper case. */
uint32_t ch_text_lower(uint32_t c);
uint32_t ch_text_upper(uint32_t c);
/* A letter with case (L&). */
bool ch_text_is_cased(uint32_t c);
/* A letter, with case or without. */
bool ch_text_is_letter(uint32_t c);
/* A mark, which stands on the letter before. */
bool ch_text_is_mark(uint32_t c);
/* A letter, mark or number. */
bool ch_text_is_word(uint32_t c);

#endif
