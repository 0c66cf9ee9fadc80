/* fuzz_model.c - any bytes as a model file */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "net/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A model that was taken must be whole: run one step of it. */
static void decode(const struct ch_model *m)
{
    const struct ch_decoder_shape *shape = &m->decoder.shape;
    size_t L = shape->L, F = shape->F, V = shape->V;
    struct ch_decoder_state s;
    struct ch_arena arena = { 0 };
    float *feature = calloc(L * F, sizeof *feature);
    float *logp = calloc(V, sizeof *logp);
    const int32_t word = CH_WORD_START;

    if (feature && logp &&
        !ch_arena_init(&arena, ch_decoder_state_bytes(&m->decoder, 1), NULL)) {
        ch_model_standardise(m, L, feature, feature);
        ch_decoder_state_init(&m->decoder, 1, &s, &arena);
        ch_decoder_pack(&m->decoder, m->params, &s);
        ch_decoder_begin(&m->decoder, m->params, feature, 1, &s);
        ch_decoder_next(&m->decoder, m->params, &word, &s, logp);
    }
    ch_arena_release(&arena);
    free(logp);
    free(feature);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_model m;

    if (!ch_model_parse(&m, bytes, n, "input", &e)) {
        decode(&m);
        ch_model_release(&m);
    }
    return 0;
}
