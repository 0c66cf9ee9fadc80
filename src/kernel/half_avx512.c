/* half_avx512.c - IEEE binary16 to f32, 16 numbers at a time */
#include "kernel/variant.h"

#include "kernel/exp_avx512.h"

/* The instruction makes a NaN a quiet one, as the reference does. */
void ch_half_widen_f16_avx512(size_t n, const void *bytes, float *x)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < n; i += 16) {
        __mmask16 here = lanes_16(n - i);

        _mm512_mask_storeu_ps(x + i, here, _mm512_cvtph_ps(
            _mm256_maskz_loadu_epi16(here, at + 2 * i)));
    }
}
