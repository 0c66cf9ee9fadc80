/* run_encoder.c - inputs through an encoder, for comparing with frameworks
 *
 *     run_encoder SPEC.json IN OUT
 *
 * IN: f32 [n][3][size][size], ready to be put in.  OUT: for each, f32 [F] and
 * [G][columns].
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "data/encoder.h"

static int run(struct ch_encoder *c, const struct ch_map *in, size_t plane,
               struct ch_writer *out, struct ch_err *e)
{
    size_t F = ch_encoder_feature_count(c);
    size_t G = ch_encoder_grid_rows(c) * ch_encoder_grid_columns(c);
    float *value = malloc((F + G) * sizeof *value);
    int rc = value ? 0 : ch_fail(e, CH_ENOMEM, "cannot hold the features");

    for (size_t at = 0; at + plane <= in->size && !rc; at += plane) {
        rc = ch_encoder_run(c, 0, (const float *)(const void *)(in->at + at),
                            value, G ? value + F : NULL, e);
        if (!rc) rc = ch_writer_put(out, value, (F + G) * sizeof *value, e);
    }
    free(value);
    return rc;
}

int main(int argc, char **argv)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_encoder_spec spec;
    struct ch_encoder *c = NULL;
    struct ch_writer out = { 0 };
    struct ch_map in = { 0 };
    int rc;

    if (argc != 4) {
        fprintf(stderr, "usage: run_encoder SPEC.json IN OUT\n");
        return 2;
    }
    rc = ch_encoder_spec_read(&spec, argv[1], &e);
    if (!rc) rc = ch_encoder_open(&c, &spec, "f32", 1, &e);
    if (!rc) rc = ch_map_open(&in, argv[2], &e);
    if (!rc) rc = ch_writer_open(&out, argv[3], &e);
    if (!rc)
        rc = run(c, &in, 3 * spec.rule.size * spec.rule.size * sizeof(float),
                 &out, &e);
    if (!rc) rc = ch_writer_finish(&out, &e);
    ch_writer_close(&out);
    ch_map_close(&in);
    ch_encoder_close(c);
    if (rc)
        fprintf(stderr, "run_encoder: %s\n", e.msg);
    return rc ? 1 : 0;
}
