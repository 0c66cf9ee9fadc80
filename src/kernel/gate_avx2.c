/* gate_avx2.c - the gates of an LSTM, 8 units at a time */
#include "kernel/variant.h"

#include "kernel/exp_avx2.h"

void ch_gate_forward_avx2(size_t H, float *gate, const float *c_prev, float *c,
                          float *tanh_c, float *h)
{
    for (size_t j = 0; j < H; j += 8) {
        size_t n = H - j;
        float *at = gate + j;
        __m256 i = sigmoid_8(load_8(n, at));
        __m256 f = sigmoid_8(load_8(n, at + H));
        __m256 g = tanh_8(load_8(n, at + 2 * H));
        __m256 o = sigmoid_8(load_8(n, at + 3 * H));
        __m256 cell = _mm256_fmadd_ps(f, load_8(n, c_prev + j),
                                      _mm256_mul_ps(i, g));
        __m256 t = tanh_8(cell);

        store_8(n, at, i);
        store_8(n, at + H, f);
        store_8(n, at + 2 * H, g);
        store_8(n, at + 3 * H, o);
        store_8(n, c + j, cell);
        store_8(n, tanh_c + j, t);
        store_8(n, h + j, _mm256_mul_ps(o, t));
    }
}

/* x (1 - x) y */
static inline __m256 sigmoid_slope(__m256 x, __m256 y)
{
    return _mm256_mul_ps(_mm256_fnmadd_ps(x, x, x), y);
}

/* (1 - x^2) y */
static inline __m256 tanh_slope(__m256 x, __m256 y)
{
    return _mm256_mul_ps(_mm256_fnmadd_ps(x, x, _mm256_set1_ps(1.0f)), y);
}

void ch_gate_backward_avx2(size_t H, float *gate, const float *c_prev,
                           const float *tanh_c, const float *dh, float *dc)
{
    for (size_t j = 0; j < H; j += 8) {
        size_t n = H - j;
        float *at = gate + j;
        __m256 i = load_8(n, at);
        __m256 f = load_8(n, at + H);
        __m256 g = load_8(n, at + 2 * H);
        __m256 o = load_8(n, at + 3 * H);
        __m256 t = load_8(n, tanh_c + j);
        __m256 d_h = load_8(n, dh + j);
        __m256 d_c = _mm256_add_ps(load_8(n, dc + j),
                                   tanh_slope(t, _mm256_mul_ps(d_h, o)));
        __m256 before = load_8(n, c_prev + j);

        store_8(n, dc + j, _mm256_mul_ps(d_c, f));
        store_8(n, at, sigmoid_slope(i, _mm256_mul_ps(d_c, g)));
        store_8(n, at + H, sigmoid_slope(f, _mm256_mul_ps(d_c, before)));
        store_8(n, at + 2 * H, tanh_slope(g, _mm256_mul_ps(d_c, i)));
        store_8(n, at + 3 * H, sigmoid_slope(o, _mm256_mul_ps(d_h, t)));
    }
}
