/* gru_ref.c - the gates of a GRU, one row of one step: the definition */
#include "kernel/variant.h"

#include <math.h>

static float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

void ch_gru_forward_ref(size_t H, float *gate, const float *gate_h,
                        const float *h_prev, float *h)
{
    float *r = gate, *z = gate + H, *n = gate + 2 * H;

    for (size_t k = 0; k < H; k++) {
        r[k] = sigmoid(r[k] + gate_h[k]);
        z[k] = sigmoid(z[k] + gate_h[H + k]);
        n[k] = tanhf(n[k] + r[k] * gate_h[2 * H + k]);
        h[k] = (1.0f - z[k]) * n[k] + z[k] * h_prev[k];
    }
}

/* sigmoid' = s (1 - s), tanh' = 1 - t^2 */
void ch_gru_backward_ref(size_t H, float *gate, float *gate_h,
                         const float *h_prev, const float *dh, float *dh_prev)
{
    float *r = gate, *z = gate + H, *n = gate + 2 * H;

    for (size_t k = 0; k < H; k++) {
        float d_n = dh[k] * (1.0f - z[k]) * (1.0f - n[k] * n[k]);
        float d_z = dh[k] * (h_prev[k] - n[k]) * z[k] * (1.0f - z[k]);
        float d_r = d_n * gate_h[2 * H + k] * r[k] * (1.0f - r[k]);

        dh_prev[k] += dh[k] * z[k];
        gate_h[k] = d_r;
        gate_h[H + k] = d_z;
        gate_h[2 * H + k] = d_n * r[k];
        r[k] = d_r;
        z[k] = d_z;
        n[k] = d_n;
    }
}
