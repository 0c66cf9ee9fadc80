/* dropout.c - which values are dropped, and dropping them
 *
 * 16 bits of randomness a value: a rate is rounded to 1/65536, and kept values
 * are divided by what is kept after rounding, so the mean stays exact.
 */
#include "net/layer.h"

static uint32_t threshold_of(float rate)
{
    uint32_t t = (uint32_t)(rate * 65536.0f + 0.5f);

    return t > 65535 ? 65535 : t;
}

static float scale_of(float rate)
{
    return 65536.0f / (65536.0f - (float)threshold_of(rate));
}

static void draw(const struct ch_rng_place *place, uint32_t threshold,
                 size_t columns, uint64_t *keep)
{
    uint32_t block = 0, v[4];

    for (size_t at = 0; at < columns; at += 64) {
        uint64_t bits = 0;

        for (unsigned i = 0; i < 64 && at + i < columns; i += 8) {
            ch_rng_block(place, block++, v);
            for (unsigned j = 0; j < 8; j++) {
                uint32_t u = v[j / 2] >> (j % 2 * 16) & 0xffff;

                bits |= (uint64_t)(u >= threshold) << (i + j);
            }
        }
        keep[at / 64] = bits;
    }
}

void ch_dropout_forward(const struct ch_dropout_place *at,
                        const uint32_t *example, size_t rows, size_t columns,
                        uint64_t *keep, float *x)
{
    const struct ch_kernel *k = ch_kernel_get();
    uint32_t threshold = threshold_of(at->rate);
    float scale = scale_of(at->rate);

    for (size_t r = 0; r < rows; r++) {
        struct ch_rng_place place = {
            .seed = at->dropout->seed,
            .purpose = at->purpose,
            .epoch = at->dropout->epoch,
            .example = example[r],
            .position = at->position,
        };
        uint64_t *bits = keep + r * CH_MASK_WORDS(columns);

        draw(&place, threshold, columns, bits);
        k->drop(columns, bits, scale, x + r * columns);
    }
}

void ch_dropout_backward(float rate, size_t rows, size_t columns,
                         const uint64_t *keep, float *dx)
{
    const struct ch_kernel *k = ch_kernel_get();
    float scale = scale_of(rate);

    for (size_t r = 0; r < rows; r++)
        k->drop(columns, keep + r * CH_MASK_WORDS(columns), scale,
                dx + r * columns);
}
