/* sight.h - the encoder that a model sees with */
#ifndef CH_CAPTION_SIGHT_H
#define CH_CAPTION_SIGHT_H

#include "caption/captioner.h"
#include "data/encoder.h"

/* What the model recorded, found beside it or where the options say; without
 * the grid, when the decoder does not look at one.  precision: borrowed. */
int ch_sight_find(const struct ch_captioner *c, struct ch_encoder_spec *spec,
                  const char **precision, struct ch_err *e);
/* The same of what a model recorded, for who has no model open: json its
 * encoder, model its path, instead the user's or NULL. */
int ch_sight_recorded(const char *json, const char *model,
                      const char *instead, struct ch_encoder_spec *spec,
                      const char **precision, struct ch_err *e);
/* Does the open encoder give what the model expects?  One that computes in
 * another precision is told in the log. */
int ch_sight_check(const struct ch_captioner *c,
                   const struct ch_encoder_spec *spec,
                   const struct ch_encoder *encoder, struct ch_err *e);

#endif
