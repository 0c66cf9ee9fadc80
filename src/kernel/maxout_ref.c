/* maxout_ref.c - an LSTM whose input is a maxout, one row: the definition */
#include "kernel/variant.h"

#include <math.h>

static float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

void ch_maxout_forward_ref(size_t H, float *gate, const float *c_prev,
                           float *c, float *tanh_c, float *h)
{
    float *i = gate, *f = gate + H, *o = gate + 2 * H;
    float *g = gate + 3 * H, *other = gate + 4 * H;

    for (size_t k = 0; k < H; k++) {
        float most = g[k] >= other[k] ? g[k] : other[k];

        i[k] = sigmoid(i[k]);
        f[k] = sigmoid(f[k]);
        o[k] = sigmoid(o[k]);
        c[k] = f[k] * c_prev[k] + i[k] * most;
        tanh_c[k] = tanhf(c[k]);
        h[k] = o[k] * tanh_c[k];
    }
}

/* sigmoid' = s (1 - s), tanh' = 1 - t^2; the larger of two takes it all. */
void ch_maxout_backward_ref(size_t H, float *gate, const float *c_prev,
                            const float *tanh_c, const float *dh, float *dc)
{
    float *i = gate, *f = gate + H, *o = gate + 2 * H;
    float *g = gate + 3 * H, *other = gate + 4 * H;

    for (size_t k = 0; k < H; k++) {
        float d_c = dc[k] + dh[k] * o[k] * (1.0f - tanh_c[k] * tanh_c[k]);
        float d_o = dh[k] * tanh_c[k], d_f = d_c * c_prev[k];
        int is_first = g[k] >= other[k];
        float d_i = d_c * (is_first ? g[k] : other[k]), d_g = d_c * i[k];

        dc[k] = d_c * f[k];
        i[k] = d_i * i[k] * (1.0f - i[k]);
        f[k] = d_f * f[k] * (1.0f - f[k]);
        o[k] = d_o * o[k] * (1.0f - o[k]);
        g[k] = is_first ? d_g : 0.0f;
        other[k] = is_first ? 0.0f : d_g;
    }
}
