/* gru_avx2.c - the gates of a GRU, 8 units at a time */
#include "kernel/variant.h"

#include "kernel/exp_avx2.h"

void ch_gru_forward_avx2(size_t H, float *gate, const float *gate_h,
                         const float *h_prev, float *h)
{
    for (size_t j = 0; j < H; j += 8) {
        size_t rest = H - j;
        float *at = gate + j;
        const float *by_h = gate_h + j;
        __m256 r = sigmoid_8(_mm256_add_ps(load_8(rest, at),
                                           load_8(rest, by_h)));
        __m256 z = sigmoid_8(_mm256_add_ps(load_8(rest, at + H),
                                           load_8(rest, by_h + H)));
        __m256 n = tanh_8(_mm256_fmadd_ps(r, load_8(rest, by_h + 2 * H),
                                          load_8(rest, at + 2 * H)));
        /* n + z (h_prev - n) */
        __m256 difference = _mm256_sub_ps(load_8(rest, h_prev + j), n);

        store_8(rest, at, r);
        store_8(rest, at + H, z);
        store_8(rest, at + 2 * H, n);
        store_8(rest, h + j, _mm256_fmadd_ps(z, difference, n));
    }
}

/* x (1 - x) y */
static inline __m256 sigmoid_slope(__m256 x, __m256 y)
{
    return _mm256_mul_ps(_mm256_fnmadd_ps(x, x, x), y);
}

void ch_gru_backward_avx2(size_t H, float *gate, float *gate_h,
                          const float *h_prev, const float *dh, float *dh_prev)
{
    const __m256 one = _mm256_set1_ps(1.0f);

    for (size_t j = 0; j < H; j += 8) {
        size_t rest = H - j;
        float *at = gate + j, *by_h = gate_h + j;
        __m256 r = load_8(rest, at), z = load_8(rest, at + H);
        __m256 n = load_8(rest, at + 2 * H), d_h = load_8(rest, dh + j);
        __m256 d_n = _mm256_mul_ps(_mm256_mul_ps(d_h, _mm256_sub_ps(one, z)),
                                   _mm256_fnmadd_ps(n, n, one));
        __m256 d_z = sigmoid_slope(z, _mm256_mul_ps(
            d_h, _mm256_sub_ps(load_8(rest, h_prev + j), n)));
        __m256 d_r = sigmoid_slope(r, _mm256_mul_ps(
            d_n, load_8(rest, by_h + 2 * H)));

        store_8(rest, dh_prev + j,
                _mm256_fmadd_ps(d_h, z, load_8(rest, dh_prev + j)));
        store_8(rest, by_h, d_r);
        store_8(rest, by_h + H, d_z);
        store_8(rest, by_h + 2 * H, _mm256_mul_ps(d_n, r));
        store_8(rest, at, d_r);
        store_8(rest, at + H, d_z);
        store_8(rest, at + 2 * H, d_n);
    }
}
