/* half_ref.c - f32 to and from IEEE binary16 and bfloat16
 *
 * On bits and integers, or in steps that are exact, so it is the same
 * everywhere and does not depend on the rounding mode.
 */
#include "kernel/variant.h"

#include <string.h>

static uint32_t bits_of(float x)
{
    uint32_t u;

    memcpy(&u, &x, sizeof u);
    return u;
}

static float float_of(uint32_t u)
{
    float x;

    memcpy(&x, &u, sizeof x);
    return x;
}

/* u / 2^shift, rounded to nearest, ties to even; shift 1 to 31. */
static uint32_t shift_even(uint32_t u, unsigned shift)
{
    uint32_t half = 1u << (shift - 1);
    uint32_t rest = u & ((1u << shift) - 1);
    uint32_t q = u >> shift;

    return q + (rest > half || (rest == half && (q & 1)));
}

uint16_t ch_half_to_f16(float x)
{
    uint32_t u = bits_of(x);
    uint32_t sign = (u >> 16) & 0x8000;
    uint32_t mantissa = u & 0x7fffff;
    int exponent = (int)((u >> 23) & 0xff);
    int e = exponent - 127 + 15;

    if (exponent == 0xff)   /* NaN: quiet, with the upper bits it had */
        return (uint16_t)(sign | 0x7c00 |
                          (mantissa ? 0x200 | (mantissa >> 13) : 0));
    if (e >= 31)
        return (uint16_t)(sign | 0x7c00);
    if (e >= 1)     /* rounding may carry into the exponent, as it should */
        return (uint16_t)(sign |
                          shift_even((uint32_t)e << 23 | mantissa, 13));
    if (e < -10)    /* below half of the smallest subnormal */
        return (uint16_t)sign;
    return (uint16_t)(sign | shift_even(mantissa | 0x800000,
                                        (unsigned)(14 - e)));
}

float ch_half_from_f16(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16;
    uint32_t exponent = (h >> 10) & 0x1f;
    uint32_t mantissa = h & 0x3ff;

    if (exponent == 31)
        return float_of(sign | 0x7f800000 | mantissa << 13 |
                        (mantissa ? 0x400000 : 0));
    if (exponent)
        return float_of(sign | (exponent + 127 - 15) << 23 | mantissa << 13);
    if (!mantissa)
        return float_of(sign);
    /* Subnormal: mantissa * 2^-24, exact in f32. */
    return (sign ? -1.0f : 1.0f) * (float)mantissa * 0x1p-24f;
}

/* The exponent moves by 112, which makes subnormals normal and is exact; what
 * is not finite gets the largest.  Without a branch for each number. */
void ch_half_widen_f16_ref(size_t n, const void *bytes, float *x)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < n; i++, at += 2) {
        uint32_t h = (uint32_t)at[0] | (uint32_t)at[1] << 8;
        uint32_t size = (h & 0x7fff) << 13;
        uint32_t finite = bits_of(float_of(size) * 0x1p112f);
        uint32_t other = size | 0x7f800000 | (h & 0x3ff ? 0x400000 : 0);

        x[i] = float_of((h & 0x8000) << 16 |
                        (size < 0x0f800000 ? finite : other));
    }
}

uint16_t ch_half_to_bf16(float x)
{
    uint32_t u = bits_of(x);

    if ((u & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(u >> 16 | 0x40);
    return (uint16_t)shift_even(u, 16);
}

float ch_half_from_bf16(uint16_t h)
{
    return float_of((uint32_t)h << 16);
}
