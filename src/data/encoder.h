/* encoder.h - a frozen CNN (the door of OpenVINO's C API)
 *
 * An encoder is described by a JSON file beside its network:
 *   {"format":"chorus-encoder","version":1,"name":"efficientnet-lite2",
 *    "network":"efficientnet-lite2.onnx",     relative to the JSON file
 *    "hash":"16 hex digits",                  of the network file; optional
 *    "input":{"size":260,"resize":"squash","shorter":0,"channels":"rgb",
 *             "mean":[127,127,127],"std":[128,128,128]},
 *    "pooled":"features","grid":"grid"}       names of outputs; grid optional
 * What shards and models record is the same JSON with "hash", "path" (absolute,
 * of the JSON file) and "precision" in it, and without "network".
 */
#ifndef CH_DATA_ENCODER_H
#define CH_DATA_ENCODER_H

#include "base/bytes.h"
#include "data/image.h"

struct ch_encoder_spec {
    char name[64];
    char path[4096];          /* of the JSON file, absolute */
    char network[4096];       /* absolute */
    uint64_t hash;
    char pooled[128], grid[128];   /* grid: "" when there is none */
    struct ch_image_rule rule;
};

int ch_encoder_spec_read(struct ch_encoder_spec *s, const char *path,
                         struct ch_err *e);
/* From recorded JSON (shards, models).  `instead`: a path given by the user in
 * place of the recorded one, or NULL.  The network's hash must be the recorded
 * one: features of another network would be silently wrong. */
int ch_encoder_spec_find(struct ch_encoder_spec *s, const char *json,
                         const char *instead, struct ch_err *e);
void ch_encoder_spec_json(const struct ch_encoder_spec *s,
                          const char *precision, struct ch_buffer *out);

struct ch_encoder;
/* precision: "f32" or "bf16".  The network file is checked against the hash.
 * threads: inference threads of this handle. */
int ch_encoder_open(struct ch_encoder **out, const struct ch_encoder_spec *s,
                    const char *precision, size_t threads, struct ch_err *e);
void ch_encoder_close(struct ch_encoder *c);
size_t ch_encoder_feature_count(const struct ch_encoder *c);      /* F */
size_t ch_encoder_grid_rows(const struct ch_encoder *c);          /* G, or 0 */
/* planes: n x [3][size][size].  pooled: [n][F].  grid: [n][G][F], or NULL.
 * One thread at a time per handle; results of one picture do not depend on its
 * neighbours (pictures go through one by one). */
int ch_encoder_run(struct ch_encoder *c, const float *planes, size_t n,
                   float *pooled, float *grid, struct ch_err *e);

#endif
