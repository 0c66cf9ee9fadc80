/* gru_avx512.c - the gates of a GRU, 16 units at a time */
#include "kernel/variant.h"

#include "kernel/exp_avx512.h"

static inline __m512 load(__mmask16 k, const float *x)
{
    return _mm512_maskz_loadu_ps(k, x);
}

static inline void store(__mmask16 k, float *x, __m512 v)
{
    _mm512_mask_storeu_ps(x, k, v);
}

void ch_gru_forward_avx512(size_t H, float *gate, const float *gate_h,
                         const float *h_prev, float *h)
{
    for (size_t j = 0; j < H; j += 16) {
        __mmask16 rest = lanes_16(H - j);
        float *at = gate + j;
        const float *by_h = gate_h + j;
        __m512 r = sigmoid_16(_mm512_add_ps(load(rest, at),
                                           load(rest, by_h)));
        __m512 z = sigmoid_16(_mm512_add_ps(load(rest, at + H),
                                           load(rest, by_h + H)));
        __m512 n = tanh_16(_mm512_fmadd_ps(r, load(rest, by_h + 2 * H),
                                          load(rest, at + 2 * H)));
        /* n + z (h_prev - n) */
        __m512 difference = _mm512_sub_ps(load(rest, h_prev + j), n);

        store(rest, at, r);
        store(rest, at + H, z);
        store(rest, at + 2 * H, n);
        store(rest, h + j, _mm512_fmadd_ps(z, difference, n));
    }
}

/* x (1 - x) y */
static inline __m512 sigmoid_slope(__m512 x, __m512 y)
{
    return _mm512_mul_ps(_mm512_fnmadd_ps(x, x, x), y);
}

void ch_gru_backward_avx512(size_t H, float *gate, float *gate_h,
                          const float *h_prev, const float *dh, float *dh_prev)
{
    const __m512 one = _mm512_set1_ps(1.0f);

    for (size_t j = 0; j < H; j += 16) {
        __mmask16 rest = lanes_16(H - j);
        float *at = gate + j, *by_h = gate_h + j;
        __m512 r = load(rest, at), z = load(rest, at + H);
        __m512 n = load(rest, at + 2 * H), d_h = load(rest, dh + j);
        __m512 d_n = _mm512_mul_ps(_mm512_mul_ps(d_h, _mm512_sub_ps(one, z)),
                                   _mm512_fnmadd_ps(n, n, one));
        __m512 d_z = sigmoid_slope(z, _mm512_mul_ps(
            d_h, _mm512_sub_ps(load(rest, h_prev + j), n)));
        __m512 d_r = sigmoid_slope(r, _mm512_mul_ps(
            d_n, load(rest, by_h + 2 * H)));

        store(rest, dh_prev + j,
                _mm512_fmadd_ps(d_h, z, load(rest, dh_prev + j)));
        store(rest, by_h, d_r);
        store(rest, by_h + H, d_z);
        store(rest, by_h + 2 * H, _mm512_mul_ps(d_n, r));
        store(rest, at, d_r);
        store(rest, at + H, d_z);
        store(rest, at + 2 * H, d_n);
    }
}
