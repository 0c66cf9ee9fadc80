/* coarse.h - rows of small whole numbers, to tell those that may be near
 *
 * Panels of 8 rows of K numbers from 0 to 63, four of a row side by side:
 * at[panel][K / 4][8][4].  K is a multiple of 16.
 */
#ifndef CH_KERNEL_COARSE_H
#define CH_KERNEL_COARSE_H

#include <stddef.h>

#define CH_COARSE 8
#define CH_COARSE_HIGH 63
/* Distances of more numbers would not be exact in f32. */
#define CH_COARSE_MOST 2048

struct ch_coarse {
    const unsigned char *at;
    const float *square;     /* of a row: the sum of its squares; infinite: it
                                is near none */
    const float *reach;      /* of a row: how far it is near others */
};

/* Where number n of row `row` of a panel lies. */
static inline size_t ch_coarse_at(size_t row, size_t n)
{
    return n / 4 * 4 * CH_COARSE + 4 * row + n % 4;
}

#endif
