/* encoder.h - a frozen CNN (the door of OpenVINO's C API)
 *
 * An encoder is described by a JSON file beside its network:
 *   {"format":"chorus-encoder","version":1,"name":"efficientnet-lite2",
 *    "network":"efficientnet-lite2.onnx",     relative to the JSON file
 *    "hash":"16 hex digits",                  of the network file; optional
 *    "input":{"size":260,"resize":"squash","shorter":0,"channels":"rgb",
 *             "mean":[127,127,127],"std":[128,128,128],
 *             "crops":1,"flip":false},        views that are averaged; optional
 *    "pooled":"features","grid":"grid"}       names of tensors
 * The network is an ONNX, TFLite or OpenVINO IR (.xml, .bin beside it) file of
 * one f32 input, channels first or last.  Of IR the hash covers both files.
 * In an ONNX file any tensor may be named; without "pooled" both are found
 * (data/onnx.h).  In other files outputs are named.  Without "grid", or "",
 * there is none.
 *
 * What shards and models record is the same JSON with "hash", "file" (the name
 * of the JSON file, without its folder) and "precision" in it, and without
 * "network".  Names are for people: features are of one encoder when the bytes
 * of the network and all that changes its numbers are the same, wherever its
 * files lie and however they are called.
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
/* From JSON that a model recorded: the file of the recorded name beside the
 * model, or `instead`, a path given by the user, or NULL.  The network's hash
 * must be the recorded one: features of another network would be silently
 * wrong. */
int ch_encoder_spec_find(struct ch_encoder_spec *s, const char *json,
                         const char *model, const char *instead,
                         struct ch_err *e);
/* The views fit the rest of the rule; after changing them. */
int ch_encoder_spec_check(const struct ch_image_rule *rule, const char *path,
                          struct ch_err *e);
void ch_encoder_spec_json(const struct ch_encoder_spec *s,
                          const char *precision, struct ch_buffer *out);
/* Of recorded JSON: a hash of all that decides about features, which are the
 * network's bytes, precision, input and outputs; of the text as it is, when it
 * is damaged. */
uint64_t ch_encoder_identity(const char *json, size_t n);

struct ch_encoder;
/* precision: "f32" or "bf16"; a processor that has no bf16 computes in f32 all
 * the same.  lanes: how many pictures may go through at the same time, each on
 * one thread; the weights are held once. */
int ch_encoder_open(struct ch_encoder **out, const struct ch_encoder_spec *s,
                    const char *precision, size_t lanes, struct ch_err *e);
void ch_encoder_close(struct ch_encoder *c);
/* What it computes in: "f32" or "bf16". */
const char *ch_encoder_precision(const struct ch_encoder *c);
size_t ch_encoder_feature_count(const struct ch_encoder *c);      /* F */
/* Rows (places) and columns of the grid, or 0 when there is none. */
size_t ch_encoder_grid_rows(const struct ch_encoder *c);          /* G */
size_t ch_encoder_grid_columns(const struct ch_encoder *c);
/* views: what ch_image_input() made of one picture.  pooled: [F], the mean
 * over the views.  grid: [G][columns], or NULL; the mean over a picture and its
 * mirror image, turned back; only without corners.  One thread at a time per
 * lane; results depend on the picture alone. */
int ch_encoder_run(struct ch_encoder *c, size_t lane, const float *views,
                   float *pooled, float *grid, struct ch_err *e);

#endif
