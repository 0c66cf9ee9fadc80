/* encoder_link.h - where the encoder of shards and models is found again
 *
 * A link "encoder.json" in a folder of shards leads to the JSON of the encoder
 * that made their features; a model has one beside it, under the name it
 * recorded.  Links are for convenience: one that cannot be made is told at
 * debug level, and captions of photos then need --encoder.
 */
#ifndef CH_DATA_ENCODER_LINK_H
#define CH_DATA_ENCODER_LINK_H

#define CH_ENCODER_LINK "encoder.json"

/* folder/name leads to `file`, unless that is not there, or a plain file has
 * the name. */
void ch_encoder_link(const char *file, const char *folder, const char *name);
/* From shards to other shards. */
void ch_encoder_link_shards(const char *from, const char *to);
/* Beside model, a file; json: the encoder it recorded. */
void ch_encoder_link_model(const char *json, const char *shards,
                           const char *model);
/* The same from another model. */
void ch_encoder_link_like(const char *json, const char *like,
                          const char *model);

#endif
