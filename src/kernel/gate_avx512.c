/* gate_avx512.c - the gates of an LSTM, 16 units at a time */
#include "kernel/variant.h"

#include "kernel/exp_avx512.h"

void ch_gate_forward_avx512(size_t H, float *gate, const float *c_prev,
                            float *c, float *tanh_c, float *h)
{
    for (size_t j = 0; j < H; j += 16) {
        __mmask16 k = lanes_16(H - j);
        float *at = gate + j;
        __m512 i = sigmoid_16(_mm512_maskz_loadu_ps(k, at));
        __m512 f = sigmoid_16(_mm512_maskz_loadu_ps(k, at + H));
        __m512 g = tanh_16(_mm512_maskz_loadu_ps(k, at + 2 * H));
        __m512 o = sigmoid_16(_mm512_maskz_loadu_ps(k, at + 3 * H));
        __m512 cell = _mm512_fmadd_ps(f, _mm512_maskz_loadu_ps(k, c_prev + j),
                                      _mm512_mul_ps(i, g));
        __m512 t = tanh_16(cell);

        _mm512_mask_storeu_ps(at, k, i);
        _mm512_mask_storeu_ps(at + H, k, f);
        _mm512_mask_storeu_ps(at + 2 * H, k, g);
        _mm512_mask_storeu_ps(at + 3 * H, k, o);
        _mm512_mask_storeu_ps(c + j, k, cell);
        _mm512_mask_storeu_ps(tanh_c + j, k, t);
        _mm512_mask_storeu_ps(h + j, k, _mm512_mul_ps(o, t));
    }
}

/* x (1 - x) y */
static inline __m512 sigmoid_slope(__m512 x, __m512 y)
{
    return _mm512_mul_ps(_mm512_fnmadd_ps(x, x, x), y);
}

/* (1 - x^2) y */
static inline __m512 tanh_slope(__m512 x, __m512 y)
{
    return _mm512_mul_ps(_mm512_fnmadd_ps(x, x, _mm512_set1_ps(1.0f)), y);
}

void ch_gate_backward_avx512(size_t H, float *gate, const float *c_prev,
                             const float *tanh_c, const float *dh, float *dc)
{
    for (size_t j = 0; j < H; j += 16) {
        __mmask16 k = lanes_16(H - j);
        float *at = gate + j;
        __m512 i = _mm512_maskz_loadu_ps(k, at);
        __m512 f = _mm512_maskz_loadu_ps(k, at + H);
        __m512 g = _mm512_maskz_loadu_ps(k, at + 2 * H);
        __m512 o = _mm512_maskz_loadu_ps(k, at + 3 * H);
        __m512 t = _mm512_maskz_loadu_ps(k, tanh_c + j);
        __m512 d_h = _mm512_maskz_loadu_ps(k, dh + j);
        __m512 d_c = _mm512_add_ps(_mm512_maskz_loadu_ps(k, dc + j),
                                   tanh_slope(t, _mm512_mul_ps(d_h, o)));
        __m512 before = _mm512_maskz_loadu_ps(k, c_prev + j);

        _mm512_mask_storeu_ps(dc + j, k, _mm512_mul_ps(d_c, f));
        _mm512_mask_storeu_ps(at, k, sigmoid_slope(i, _mm512_mul_ps(d_c, g)));
        _mm512_mask_storeu_ps(at + H, k,
                              sigmoid_slope(f, _mm512_mul_ps(d_c, before)));
        _mm512_mask_storeu_ps(at + 2 * H, k,
                              tanh_slope(g, _mm512_mul_ps(d_c, i)));
        _mm512_mask_storeu_ps(at + 3 * H, k,
                              sigmoid_slope(o, _mm512_mul_ps(d_h, t)));
    }
}
