/* run_decoder.c - what a model says next, for comparing with frameworks
 *
 *     run_decoder MODEL FEATURES WORDS OUT
 *
 * FEATURES: f32 [B][F], or [B][L][F], as encoders give them.  WORDS: i32
 * [T][B], fed in turn.  OUT: f32 [T][B][V], ln p of the next word.
 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "net/model.h"

struct run {
    struct ch_model model;
    struct ch_map feature, word;
    struct ch_writer out;
    struct ch_arena arena;
    struct ch_decoder_state state;
};

static int say(struct run *r, size_t B, float *feature, float *logp,
               struct ch_err *e)
{
    const struct ch_decoder *d = &r->model.decoder;
    const int32_t *word = (const int32_t *)(const void *)r->word.at;
    size_t T = r->word.size / sizeof *word / B;
    int rc = 0;

    memcpy(feature, r->feature.at, r->feature.size);
    ch_model_standardise(&r->model, r->feature.size / sizeof(float) /
                         d->shape.F, feature, feature);
    ch_decoder_pack(d, r->model.params, &r->state);
    ch_decoder_begin(d, r->model.params, feature, B, &r->state);
    for (size_t t = 0; t < T && !rc; t++) {
        ch_decoder_next(d, r->model.params, word + t * B, &r->state, logp);
        rc = ch_writer_put(&r->out, logp, B * d->shape.V * sizeof *logp, e);
    }
    return rc;
}

static int run(struct run *r, struct ch_err *e)
{
    const struct ch_decoder *d = &r->model.decoder;
    size_t places = d->shape.kind == CH_DECODER_NIC ? 1 : d->shape.L;
    size_t B = r->feature.size / sizeof(float) / places / d->shape.F;
    float *feature = ch_block_get(r->feature.size, 1);
    float *logp = ch_block_get(B * d->shape.V, sizeof *logp);
    int rc = feature && logp ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold a step");

    if (!rc && (!B || r->word.size % (B * sizeof(int32_t))))
        rc = ch_fail(e, CH_EUSAGE, "%zu images, and words of another number",
                     B);
    if (!rc) rc = ch_arena_init(&r->arena, ch_decoder_state_bytes(d, B), e);
    if (!rc) {
        ch_decoder_state_init(d, B, &r->state, &r->arena);
        rc = say(r, B, feature, logp, e);
    }
    ch_block_release(feature);
    ch_block_release(logp);
    return rc;
}

int main(int argc, char **argv)
{
    struct ch_err e = CH_ERR_INIT;
    struct run r;
    int rc;

    if (argc != 5) {
        fprintf(stderr, "usage: run_decoder MODEL FEATURES WORDS OUT\n");
        return 2;
    }
    memset(&r, 0, sizeof r);
    rc = ch_model_read(&r.model, argv[1], &e);
    if (!rc) rc = ch_map_open(&r.feature, argv[2], &e);
    if (!rc) rc = ch_map_open(&r.word, argv[3], &e);
    if (!rc) rc = ch_writer_open(&r.out, argv[4], &e);
    if (!rc) rc = run(&r, &e);
    if (!rc) rc = ch_writer_finish(&r.out, &e);
    ch_writer_close(&r.out);
    ch_map_close(&r.feature);
    ch_map_close(&r.word);
    ch_arena_release(&r.arena);
    ch_model_release(&r.model);
    if (rc)
        fprintf(stderr, "run_decoder: %s\n", e.msg);
    return rc ? 1 : 0;
}
