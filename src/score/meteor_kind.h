/* meteor_kind.h - the kinds of characters that METEOR's normaliser knows */
#ifndef CH_SCORE_METEOR_KIND_H
#define CH_SCORE_METEOR_KIND_H

#include <stdbool.h>
#include <stdint.h>

typedef bool (*ch_meteor_kind_fn)(uint32_t c);

static inline bool ch_meteor_is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= 0xc0 && c <= 0x17e && c != 0xd7 && c != 0xf7) ||
           (c >= 0x400 && c <= 0x527) || (c >= 0xa640 && c <= 0xa66e) ||
           (c >= 0xa67e && c <= 0xa697) || (c >= 0x1d00 && c <= 0x1d7f);
}

static inline bool ch_meteor_is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool ch_meteor_is_letter_or_digit(uint32_t c)
{
    return ch_meteor_is_letter(c) || ch_meteor_is_digit(c);
}

static inline bool ch_meteor_is_letter_digit_or_dot(uint32_t c)
{
    return ch_meteor_is_letter_or_digit(c) || c == '.';
}

static inline bool ch_meteor_is_no_letter(uint32_t c)
{
    return !ch_meteor_is_letter(c);
}

static inline bool ch_meteor_is_no_digit(uint32_t c)
{
    return !ch_meteor_is_digit(c);
}

static inline bool ch_meteor_is_no_letter_or_digit(uint32_t c)
{
    return !ch_meteor_is_letter_or_digit(c);
}

static inline bool ch_meteor_is_s(uint32_t c)
{
    return c == 's';
}

static inline bool ch_meteor_is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Where words end: all white space but the vertical tab. */
static inline bool ch_meteor_is_gap(uint32_t c)
{
    return ch_meteor_is_space(c) && c != '\v';
}

static inline bool ch_meteor_is_wide_space(uint32_t c)
{
    return c == ' ' || (c >= 0x2000 && c <= 0x200a) || c == 0x202f ||
           c == 0x205f || c == 0x3000 || c == 0xa0;
}

static inline bool ch_meteor_is_set_apart(uint32_t c)
{
    return !ch_meteor_is_letter_or_digit(c) && !ch_meteor_is_space(c) &&
           c != '.' && c != '\'' && c != '`' && c != ',' && c != '-' &&
           c != 0x2018 && c != 0x2019;
}

#endif
