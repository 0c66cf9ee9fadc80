/* gate_ref.c - the gates of an LSTM, one row of one step: the definition */
#include "kernel/variant.h"

#include <math.h>

static float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

void ch_gate_forward_ref(size_t H, float *gate, const float *c_prev, float *c,
                         float *tanh_c, float *h)
{
    float *i = gate, *f = gate + H, *g = gate + 2 * H, *o = gate + 3 * H;

    for (size_t k = 0; k < H; k++) {
        i[k] = sigmoid(i[k]);
        f[k] = sigmoid(f[k]);
        g[k] = tanhf(g[k]);
        o[k] = sigmoid(o[k]);
        c[k] = f[k] * c_prev[k] + i[k] * g[k];
        tanh_c[k] = tanhf(c[k]);
        h[k] = o[k] * tanh_c[k];
    }
}

/* sigmoid' = s (1 - s), tanh' = 1 - t^2 */
void ch_gate_backward_ref(size_t H, float *gate, const float *c_prev,
                          const float *tanh_c, const float *dh, float *dc)
{
    float *i = gate, *f = gate + H, *g = gate + 2 * H, *o = gate + 3 * H;

    for (size_t k = 0; k < H; k++) {
        float d_c = dc[k] + dh[k] * o[k] * (1.0f - tanh_c[k] * tanh_c[k]);
        float d_o = dh[k] * tanh_c[k];
        float d_i = d_c * g[k], d_f = d_c * c_prev[k], d_g = d_c * i[k];

        dc[k] = d_c * f[k];
        i[k] = d_i * i[k] * (1.0f - i[k]);
        f[k] = d_f * f[k] * (1.0f - f[k]);
        g[k] = d_g * (1.0f - g[k] * g[k]);
        o[k] = d_o * o[k] * (1.0f - o[k]);
    }
}
