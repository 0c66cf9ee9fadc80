/* coarse_ref.c - which rows of small whole numbers are near one another */
#include "kernel/variant.h"

/* dot[i][k] = sum over n of a_i[n] b_k[n] */
static void dots(size_t K, const unsigned char *a, const unsigned char *b,
                 int32_t dot[CH_COARSE][CH_COARSE])
{
    for (size_t i = 0; i < CH_COARSE; i++)
        for (size_t k = 0; k < CH_COARSE; k++) {
            int32_t sum = 0;

            for (size_t n = 0; n < K; n++)
                sum += a[ch_coarse_at(i, n)] * b[ch_coarse_at(k, n)];
            dot[i][k] = sum;
        }
}

void ch_coarse_near_ref(size_t K, struct ch_coarse a, size_t panels,
                        struct ch_coarse b, unsigned char *near)
{
    int32_t dot[CH_COARSE][CH_COARSE];

    for (size_t p = 0; p < panels; p++) {
        dots(K, a.at, b.at + p * CH_COARSE * K, dot);
        for (size_t i = 0; i < CH_COARSE; i++, near++) {
            *near = 0;
            for (size_t k = 0; k < CH_COARSE; k++) {
                size_t other = p * CH_COARSE + k;
                float reach = a.reach[i] + b.reach[other];
                float squared = a.square[i] + b.square[other] -
                                2 * (float)dot[i][k];

                *near |= (unsigned char)((squared <= reach * reach) << k);
            }
        }
    }
}
