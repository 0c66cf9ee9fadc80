/* decoders.h - a small decoder of every kind, for the tests that hold for all
 *
 * A golden file of the same name lies in tests/golden.
 */
#ifndef TESTS_UNIT_DECODERS_H
#define TESTS_UNIT_DECODERS_H

#include "net/decoder.h"

static const struct decoder_case {
    const char *name;
    struct ch_decoder_shape shape;      /* sizes: the test's own */
} decoder_case[] = {
    { "nic_first", { .image = CH_IMAGE_FIRST } },
    { "nic_every", { .image = CH_IMAGE_EVERY } },
    { "nic_state", { .image = CH_IMAGE_STATE, .layers = 2 } },
    { "nic_merge_tied", { .image = CH_IMAGE_MERGE, .is_tied = true } },
    { "nic_first_deep", { .image = CH_IMAGE_FIRST, .layers = 3 } },
    { "gru_first", { .image = CH_IMAGE_FIRST, .cell = CH_CELL_GRU } },
    { "gru_every_deep", { .image = CH_IMAGE_EVERY, .cell = CH_CELL_GRU,
                          .layers = 2 } },
    { "gru_state", { .image = CH_IMAGE_STATE, .cell = CH_CELL_GRU,
                     .layers = 2, .is_tied = true } },
    { "sat", { .kind = CH_DECODER_SAT, .L = 4, .A = 6 } },
    { "sat_tied", { .kind = CH_DECODER_SAT, .L = 4, .A = 6,
                    .is_tied = true } },
    { "att2in", { .kind = CH_DECODER_ATT2IN, .L = 4, .A = 6 } },
    { "updown", { .kind = CH_DECODER_UPDOWN, .L = 4, .A = 6 } },
    { "updown_tied", { .kind = CH_DECODER_UPDOWN, .L = 4, .A = 6,
                       .is_tied = true } },
    { "att2in_relu", { .kind = CH_DECODER_ATT2IN, .L = 4, .A = 6,
                       .word_relu = true } },
    { "nic_first_relu", { .image = CH_IMAGE_FIRST, .is_tied = true,
                          .word_relu = true } },
    { "nic_first_norm", { .image = CH_IMAGE_FIRST,
                          .image_norm = CH_NORM_LAYER } },
    { "gru_every_norm", { .image = CH_IMAGE_EVERY, .cell = CH_CELL_GRU,
                          .layers = 4, .image_norm = CH_NORM_LAYER } },
    { "nic_state_norm", { .image = CH_IMAGE_STATE, .layers = 2,
                          .image_norm = CH_NORM_LAYER } },
    { "nic_merge_norm", { .image = CH_IMAGE_MERGE,
                          .image_norm = CH_NORM_LAYER } },
    { "sat_norm", { .kind = CH_DECODER_SAT, .L = 4, .A = 6,
                    .image_norm = CH_NORM_LAYER } },
    { "updown_norm", { .kind = CH_DECODER_UPDOWN, .L = 4, .A = 6,
                       .image_norm = CH_NORM_LAYER } },
};
#define DECODER_CASES (sizeof decoder_case / sizeof *decoder_case)

/* Sizes that differ from each other. */
static inline struct ch_decoder_shape decoder_shape(size_t i, size_t V,
                                                    size_t E, size_t H,
                                                    size_t F)
{
    struct ch_decoder_shape s = decoder_case[i].shape;

    s.V = V;
    s.E = E;
    s.H = H;
    s.F = F;
    return s;
}

/* Places of an image: 1 when it has no grid. */
static inline size_t decoder_places(size_t i)
{
    return decoder_case[i].shape.L ? decoder_case[i].shape.L : 1;
}

#endif
